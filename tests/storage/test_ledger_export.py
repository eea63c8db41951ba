"""The exported ledger: what anyone can check without us, whole or not at all, byte for byte the same each time."""

import hashlib
import json
import subprocess
import sys
import zipfile
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import text

from models.commands import Role
from storage.database import Database
from storage.ledger import export as exporting
from storage.ledger.anchors import Anchors
from storage.ledger.export import CHECKER, export
from storage.ledger.verification import balances
from tests.storage.programme import Programme


@pytest.fixture
def programme(database: Database) -> Programme:
    """An organization that was paid once."""
    found = Programme(database)
    payout = found.sent(found.confirmed(100_000))
    found.act(Role.PROVIDER, "payout.accept", payout)
    found.act(Role.PROVIDER, "payout.pay", payout)
    return found


def files(bundle: Path) -> dict[str, bytes]:
    with zipfile.ZipFile(bundle) as opened:
        return {name: opened.read(name) for name in opened.namelist()}


def manifest(bundle: Path) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(files(bundle)["manifest.json"])
    return found


def entries(bundle: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in files(bundle)["entries.jsonl"].splitlines()]


def by_the_checker(bundle: Path) -> subprocess.CompletedProcess[str]:
    """What somebody sees who has only the bundle and Python."""
    own = bundle.parent / "check_ledger.py"
    own.write_bytes(files(bundle)["check_ledger.py"])
    return subprocess.run(
        [sys.executable, "-I", str(own), str(bundle)], capture_output=True, text=True, check=False
    )


def test_the_bundle_holds_every_entry_in_order_with_its_hash(programme: Programme, tmp_path: Path) -> None:
    bundle = tmp_path / "ledger.zip"
    [head] = export(programme.database, tmp_path / "none", bundle, programme.id)
    written = entries(bundle)
    with programme.database.reading() as session:
        query = text(
            "SELECT position, event FROM journal_entries WHERE organization_id = :id ORDER BY position"
        )
        kept = [tuple(row) for row in session.execute(query, {"id": programme.id})]
    assert [(entry["position"], entry["event"]) for entry in written] == kept
    assert (head.organization_id, head.position, head.hash) == (
        programme.id,
        written[-1]["position"],
        written[-1]["hash"],
    )


def test_the_manifest_says_what_is_in_it_and_what_it_comes_to(programme: Programme, tmp_path: Path) -> None:
    bundle = tmp_path / "ledger.zip"
    export(programme.database, tmp_path / "none", bundle, programme.id)
    said, content = manifest(bundle), files(bundle)
    assert said["organization_id"] == programme.id
    for one in said["files"]:
        raw = content[one["name"]]
        assert (one["sha256"], one["lines"]) == (hashlib.sha256(raw).hexdigest(), raw.count(b"\n"))
    assert {one["name"] for one in said["files"]} == set(content) - {"manifest.json"}
    with programme.database.reading() as session:
        held = balances(session, programme.id)
    assert {(b["currency"], b["account"]): b["balance_micros"] for b in said["balances"]} == held


def test_the_checker_that_comes_with_it_agrees_and_finds_what_was_changed(
    programme: Programme, tmp_path: Path
) -> None:
    bundle = tmp_path / "ledger.zip"
    anchors = Anchors(tmp_path / "anchors.jsonl")
    assert anchors.write(programme.database) == 1
    export(programme.database, anchors.path, bundle, programme.id)
    agreed = by_the_checker(bundle)
    assert agreed.returncode == 0, agreed.stdout + agreed.stderr
    changed = {**files(bundle)}
    changed["entries.jsonl"] = changed["entries.jsonl"].replace(b"payout.pay", b"payout.lie")
    with zipfile.ZipFile(bundle, "w") as forged:
        for name, raw in changed.items():
            forged.writestr(name, raw)
    assert by_the_checker(bundle).returncode != 0


def test_the_same_ledger_gives_the_same_bytes(programme: Programme, tmp_path: Path) -> None:
    one, two = tmp_path / "one.zip", tmp_path / "two.zip"
    for out in (one, two):
        export(programme.database, tmp_path / "none", out, programme.id)
    assert one.read_bytes() == two.read_bytes()


def test_an_organization_is_given_its_own_entries_and_anchors_only(
    programme: Programme, database: Database, tmp_path: Path
) -> None:
    other = Programme(database)
    other.confirmed(40_000)
    anchors = Anchors(tmp_path / "anchors.jsonl")
    anchors.write(database)
    own, everybody = tmp_path / "own.zip", tmp_path / "all.zip"
    export(database, anchors.path, own, programme.id)
    heads = export(database, anchors.path, everybody)
    assert {entry["organization_id"] for entry in entries(own)} == {programme.id}
    assert other.id.encode() not in b"".join(files(own).values())
    assert {programme.id, other.id} <= {head.organization_id for head in heads}
    assert manifest(everybody)["organization_id"] is None


def test_an_organization_without_entries_has_an_empty_bundle(database: Database, tmp_path: Path) -> None:
    bundle = tmp_path / "ledger.zip"
    assert export(database, tmp_path / "none", bundle, "org_nobody") == []
    assert (entries(bundle), manifest(bundle)["heads"], manifest(bundle)["balances"]) == ([], [], [])
    assert by_the_checker(bundle).returncode == 0


def test_it_is_there_whole_or_not_at_all(
    programme: Programme, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    bundle = tmp_path / "ledger.zip"
    bundle.write_bytes(b"the one before")

    def torn(*_: object) -> dict[object, object]:
        raise OSError("the disk is full")

    monkeypatch.setattr(exporting, "balances", torn)
    with pytest.raises(OSError, match="disk"):
        export(programme.database, tmp_path / "none", bundle, programme.id)
    assert bundle.read_bytes() == b"the one before"


def test_the_checker_is_the_very_tool_of_the_repository(programme: Programme, tmp_path: Path) -> None:
    bundle = tmp_path / "ledger.zip"
    export(programme.database, tmp_path / "none", bundle)
    assert files(bundle)["check_ledger.py"] == CHECKER.read_bytes()
