"""A change of key from the command line: nothing is shown, nothing is lost, and what to do next is said."""

import re
from pathlib import Path

import pytest
from sqlmodel import select

from models.programme.policy import Policy
from models.tables import MemberRow, SubmissionRow, real_now
from providers.file_store import DiskDocuments
from storage.database import Database
from storage.encryption.keyring import load_keyring
from storage.organizations.decisions import create_organization
from storage.organizations.submissions import read, save
from storage.schema import upgrade
from tests.cli.runner import monetization

KEYS = "MONETIZATION_FIELD_KEYS"


@pytest.fixture
def address(tmp_path: Path) -> str:
    url = f"sqlite:///{tmp_path / 'monetization.db'}"
    upgrade(url)
    return url


def fill(address: str, configured: str, tmp_path: Path) -> None:
    ring = load_keyring(configured, tmp_path)
    with Database(address).transaction() as session:
        founder = MemberRow(organization_id="org_1", subject="ada", role="admin", name="Ada")
        create_organization(session, "org_1", "Example Games", founder, real_now(), Policy())
        for number in range(3):
            save(session, ring, "payout_account", "org_1", "ada", {"iban": f"CANARY {number}"})


def made(name: str) -> str:
    ended = monetization("keys", "new", name)
    assert ended.code == 0 and re.fullmatch(rf"{name}:[A-Za-z0-9+/=]{{44}}\n", ended.out)
    return ended.out.strip()


def test_keys_are_listed_rotated_and_removed(address: str, tmp_path: Path) -> None:
    old, new = made("k1"), made("k2")
    fill(address, old, tmp_path)
    uploads = DiskDocuments(tmp_path / "files", load_keyring(old, tmp_path))
    names = [uploads.save(b"passport"), uploads.save(b"extract")]
    names.append(DiskDocuments(tmp_path / "files").save(b"from before files were encrypted"))
    state = ("--state-dir", str(tmp_path))

    def with_keys(keys: str, *arguments: str) -> object:
        ended = monetization("keys", *arguments, *state, "--json", env={KEYS: keys})
        assert ended.code == 0, ended.err
        assert not any(key.partition(":")[2] in ended.out + ended.err for key in (old, new))
        return ended.json()

    assert with_keys(f"{new},{old}", "list") == [
        {"key": "k2", "writes": True, "in_ring": True, "forms": 0, "files": 0},
        {"key": "k1", "writes": False, "in_ring": True, "forms": 3, "files": 2},
        {"key": "", "writes": False, "in_ring": False, "forms": 0, "files": 1},
    ]
    assert with_keys(f"{new},{old}", "rotate") == {"key": "k2", "rotated": 3, "files": 3}
    assert with_keys(f"{new},{old}", "rotate") == {"key": "k2", "rotated": 0, "files": 0}
    after = DiskDocuments(tmp_path / "files", load_keyring(new, tmp_path))
    assert [after.read(name)[:8] for name in names] == [b"passport", b"extract", b"from bef"]
    with Database(address).reading() as session:
        for submission_id in session.exec(select(SubmissionRow.id)):
            form = read(session, load_keyring(new, tmp_path), "org_1", submission_id)
            assert str(form.fields["iban"]).startswith("CANARY")


def test_a_missing_key_is_named_and_nothing_is_changed(address: str, tmp_path: Path) -> None:
    old, new = made("k1"), made("k2")
    fill(address, old, tmp_path)
    ended = monetization("keys", "rotate", "--state-dir", str(tmp_path), env={KEYS: new})
    assert ended.code == 1 and "key k1, which is not in the ring" in ended.err
    assert "Traceback" not in ended.err
    listed = monetization("keys", "list", "--state-dir", str(tmp_path), env={KEYS: new})
    assert listed.code == 0 and "missing" in listed.out


def test_a_ring_that_cannot_be_read_is_explained(tmp_path: Path) -> None:
    ended = monetization("keys", "list", "--state-dir", str(tmp_path), env={KEYS: "k1:AAAA"})
    assert ended.code == 1 and "MONETIZATION_FIELD_KEYS" in ended.err and "AAAA" not in ended.err
