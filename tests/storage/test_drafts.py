"""Drafts of long forms: kept for the one who typed them, encrypted, and not for ever."""

from pathlib import Path

import pytest
from sqlmodel import select, update

from models.tables import DraftRow, real_now
from storage.database import Database
from storage.encryption.keyring import Keyring, load_keyring
from storage.people import drafts

TYPED = {"bank.iban": ["DE89370400440532013000"]}


@pytest.fixture
def keyring(tmp_path: Path) -> Keyring:
    return load_keyring("", tmp_path)


def test_a_draft_is_found_by_the_one_who_typed_it_on_its_page_only(url: str, keyring: Keyring) -> None:
    with Database(url).transaction() as session:
        assert drafts.save(session, keyring, "ada", "/a", TYPED)
        assert drafts.save(session, keyring, "ada", "/a", {**TYPED, "bank.country": ["DE"]})
        assert drafts.find(session, keyring, "ada", "/a") == {**TYPED, "bank.country": ["DE"]}
        assert drafts.find(session, keyring, "bo", "/a") is None
        assert drafts.find(session, keyring, "ada", "/b") is None
        assert not [row for row in session.exec(select(DraftRow)) if b"DE8937" in row.fields]
        drafts.drop(session, "ada", "/a")
        assert drafts.find(session, keyring, "ada", "/a") is None


def test_a_draft_is_forgotten_after_two_weeks(url: str, keyring: Keyring) -> None:
    with Database(url).transaction() as session:
        drafts.save(session, keyring, "ada", "/a", TYPED)
        session.execute(update(DraftRow).values(saved_at=real_now() - drafts.LASTS))
        assert drafts.find(session, keyring, "ada", "/a") is None
        drafts.save(session, keyring, "bo", "/a", TYPED)
        assert [row.subject for row in session.exec(select(DraftRow))] == ["bo"]


def test_what_no_form_can_hold_is_not_kept(url: str, keyring: Keyring) -> None:
    with Database(url).transaction() as session:
        assert not drafts.save(session, keyring, "ada", "/a", {"name": ["x" * drafts.LARGEST]})
        assert drafts.find(session, keyring, "ada", "/a") is None
