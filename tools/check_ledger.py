#!/usr/bin/env python3
"""Check a ledger bundle without trusting whoever made it: python check_ledger.py BUNDLE [--anchors FILE]

Needs Python 3.8 or later and nothing else. It shares no code with the system that wrote the bundle; docs/ledger.md
describes the format. Exit code 0: everything agrees; 1: something does not; 2: the bundle cannot be read.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import sys
import zipfile
from collections.abc import Iterator
from typing import Any

ACCOUNTS = (
    "gross", "refunds", "platform_share", "rounding", "tax_withheld", "appeals", "carried_forward",
    "unconfirmed", "confirmed", "invoiced", "in_transit", "paid_out", "overpaid",
)  # fmt: skip
MICROS = 1_000_000


class Wrong(Exception):
    """Something that does not agree."""


def genesis(organization_id: str) -> str:
    """What the first entry of an organization follows from."""
    return hashlib.sha256(f"monetization ledger 1\n{organization_id}".encode()).hexdigest()


def hash_of(entry: dict[str, Any]) -> str:
    """The hash of an entry: SHA-256 over its JSON without the hash, keys sorted, no spaces, ASCII."""
    rest = {name: value for name, value in entry.items() if name != "hash"}
    text = json.dumps(rest, sort_keys=True, separators=(",", ":"), ensure_ascii=True)
    return hashlib.sha256(text.encode("ascii")).hexdigest()


def need(condition: object, words: str) -> None:
    """Say what is wrong unless a condition holds."""
    if not condition:
        raise Wrong(words)


def check_entry(entry: dict[str, Any], last_position: int, last_hash: str) -> None:
    """Whether an entry follows from the one before, balances and has its hash."""
    name = (
        f"entry {entry['position']} of {entry['organization_id']} ({entry['event']}, {entry['document_id']})"
    )
    need(entry["position"] == last_position + 1, f"{name} comes where entry {last_position + 1} should be.")
    need(entry["previous_hash"] == last_hash, f"{name} does not follow from the entry before it.")
    amounts = [posting["amount_micros"] for posting in entry["postings"]]
    need(amounts and all(type(a) is int and a for a in amounts), f"{name} has a posting that moves nothing.")
    need(sum(amounts) == 0, f"{name} does not balance: debits and credits differ by {sum(amounts)} micros.")
    unknown = {posting["account"] for posting in entry["postings"]} - set(ACCOUNTS)
    need(not unknown, f"{name} books to accounts that do not exist: {', '.join(sorted(unknown))}.")
    need(hash_of(entry) == entry["hash"], f"{name} was changed after it was written: its hash differs.")


def read_lines(bundle: zipfile.ZipFile, name: str) -> Iterator[dict[str, Any]]:
    """The JSON lines of a file in the bundle."""
    with bundle.open(name) as file:
        for line in file:
            yield json.loads(line)


def check_files(bundle: zipfile.ZipFile, manifest: dict[str, Any]) -> None:
    """Whether the files are the ones that the manifest lists."""
    for listed in manifest["files"]:
        digest = hashlib.sha256(bundle.read(listed["name"])).hexdigest()
        need(digest == listed["sha256"], f"{listed['name']} is not the file that the manifest lists.")


def check_entries(
    bundle: zipfile.ZipFile, anchors: list[dict[str, Any]]
) -> tuple[dict[str, tuple[int, str]], dict[tuple[str, str], int], int]:
    """Every chain from its beginning, and every anchor; the heads, the balances and how many entries there are."""
    expected = {(a["organization_id"], a["position"]): a["hash"] for a in anchors}
    heads: dict[str, tuple[int, str]] = {}
    balances: dict[tuple[str, str], int] = {}
    commands: set[tuple[str, str]] = set()
    count = 0
    for entry in read_lines(bundle, "entries.jsonl"):
        name = entry["organization_id"]
        position, before = heads.get(name, (0, genesis(name)))
        check_entry(entry, position, before)
        command = (name, entry["command_id"])
        need(command not in commands, f"command {entry['command_id']} of {name} was booked twice.")
        commands.add(command)
        heads[name] = (entry["position"], entry["hash"])
        anchored = expected.pop((name, entry["position"]), entry["hash"])
        need(
            anchored == entry["hash"],
            f"entry {entry['position']} of {name} is not the one that was anchored.",
        )
        for posting in entry["postings"]:
            key = (entry["currency"], posting["account"])
            balances[key] = balances.get(key, 0) + posting["amount_micros"]
        count += 1
    for name, position in sorted(expected):
        raise Wrong(
            f"entry {position} of {name} was anchored, but the ledger ends before it: entries are missing."
        )
    return heads, balances, count


def in_bundle(manifest: dict[str, Any], anchor: dict[str, Any]) -> bool:
    """Whether an anchor is of an organization that the bundle says to be about: of one, or of all."""
    return manifest["organization_id"] in (None, anchor["organization_id"])


def check_manifest(
    manifest: dict[str, Any], heads: dict[str, tuple[int, str]], balances: dict[tuple[str, str], int]
) -> None:
    """Whether the manifest sums up the entries."""
    need(manifest["format"] == 1, f"the bundle has format {manifest['format']}; this program knows format 1.")
    strangers = [name for name in heads if not in_bundle(manifest, {"organization_id": name})]
    need(not strangers, f"the bundle is of {manifest['organization_id']} only, and has entries of others.")
    listed = {h["organization_id"]: (h["position"], h["hash"]) for h in manifest["heads"]}
    need(listed == heads, "the heads of the chains are not those that the manifest lists.")
    summed = {(b["currency"], b["account"]): b["balance_micros"] for b in manifest["balances"]}
    need(summed == balances, "the balances are not those that the manifest lists.")


def shown(micros: int) -> str:
    """An amount for people."""
    whole, rest = divmod(abs(micros), MICROS)
    return f"{'-' if micros < 0 else ''}{whole:,}.{rest:06}"


def main() -> int:
    """Check one bundle."""
    arguments = argparse.ArgumentParser(description="Check a ledger bundle.")
    arguments.add_argument("bundle")
    arguments.add_argument("--anchors", help="anchors that you have kept yourself (JSON lines)")
    given = arguments.parse_args()
    try:
        with zipfile.ZipFile(given.bundle) as bundle:
            manifest = json.loads(bundle.read("manifest.json"))
            anchors = list(read_lines(bundle, "anchors.jsonl"))
            if given.anchors:
                with open(given.anchors, encoding="utf-8") as file:
                    own = [json.loads(line) for line in file if line.endswith("\n")]
                anchors += [anchor for anchor in own if in_bundle(manifest, anchor)]
            check_files(bundle, manifest)
            heads, balances, count = check_entries(bundle, anchors)
            check_manifest(manifest, heads, balances)
    except Wrong as wrong:
        print(f"WRONG: {wrong}")
        return 1
    except (OSError, zipfile.BadZipFile, KeyError, TypeError, ValueError, AttributeError) as error:
        print(f"The bundle cannot be read ({type(error).__name__}: {error}).")
        return 2
    print(f"{count} entries of {len(heads)} organizations, {len(anchors)} anchors: everything agrees.")
    for currency, account in sorted(balances, key=lambda key: (key[0], ACCOUNTS.index(key[1]))):
        print(f"  {currency} {account:16} {shown(balances[currency, account]):>24}")
    for name, (position, last) in sorted(heads.items()):
        print(f"  {name}: entry {position}, {last}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
