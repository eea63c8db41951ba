"""Exporting the ledger: a bundle that anyone can check without us, byte for byte the same each time.

``docs/ledger.md`` describes it; ``tools/check_ledger.py``, which comes with it, needs nothing but Python.
"""

import hashlib
import json
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from models.ledger.entries import Head, canonical_json
from storage.database import Database
from storage.ledger.anchors import as_json, read
from storage.ledger.chain import entries
from storage.ledger.verification import balances

CHECKER = Path(__file__).parents[2] / "tools" / "check_ledger.py"
FORMAT = 1


def export(database: Database, anchors: Path, out: Path, organization_id: str | None = None) -> list[Head]:
    """Write the bundle of one organization, or of all; returns the heads of the chains in it.

    Args:
        anchors: the file of anchors; it need not be there.
        out: the file to write; it is there whole or not at all.
    """
    # Before the entries, so that an anchor beyond the last entry says that entries are missing.
    kept = [anchor for anchor in read(anchors) if organization_id in (None, anchor.organization_id)]
    draft = out.with_name(f".{out.name}.draft")
    heads = dict[str, Head]()
    with (
        database.reading() as session,
        zipfile.ZipFile(draft, "w", zipfile.ZIP_DEFLATED, compresslevel=6) as bundle,
    ):
        written = [
            add(bundle, "entries.jsonl", lines(session, organization_id, heads)),
            add(bundle, "anchors.jsonl", (canonical_json(as_json(anchor)) for anchor in kept)),
            add(bundle, "check_ledger.py", iter(CHECKER.read_text(encoding="utf-8").splitlines())),
        ]
        held = balances(session, organization_id)
        manifest = {
            "balances": [
                {"account": account, "balance_micros": micros, "currency": currency}
                for (currency, account), micros in sorted(held.items())
            ],
            "files": written,
            "format": FORMAT,
            "heads": [as_json(heads[name]) for name in sorted(heads)],
            "organization_id": organization_id,
        }
        text = json.dumps(manifest, sort_keys=True, indent=1)
        add(bundle, "manifest.json", iter(text.splitlines()))
    draft.replace(out)
    return [heads[name] for name in sorted(heads)]


def lines(session: Any, organization_id: str | None, heads: dict[str, Head]) -> Iterator[str]:
    """The canonical text of each entry with its hash; notes the last of each organization."""
    for entry, written in entries(session, organization_id):
        heads[entry.organization_id] = Head(entry.organization_id, entry.position, written)
        yield canonical_json({**json.loads(entry.canonical()), "hash": written})


def add(bundle: zipfile.ZipFile, name: str, content: Iterator[str]) -> dict[str, Any]:
    """Add a file line by line, always with the same time; returns what the manifest says of it."""
    info = zipfile.ZipInfo(name, date_time=(1980, 1, 1, 0, 0, 0))
    info.compress_type, info.external_attr = zipfile.ZIP_DEFLATED, 0o644 << 16
    digest, count = hashlib.sha256(), 0
    with bundle.open(info, "w", force_zip64=True) as file:
        for line in content:
            raw = f"{line}\n".encode()
            file.write(raw)
            digest.update(raw)
            count += 1
    return {"lines": count, "name": name, "sha256": digest.hexdigest()}
