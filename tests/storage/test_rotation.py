"""A change of key: everything is readable under the new one alone, whatever stopped it on the way."""

import os

import pytest
from cryptography.exceptions import InvalidTag

from models.tables import SubmissionRow
from storage.encryption.keyring import Keyring
from storage.encryption.rotation import Unopened, keys_in_use, rotate_batch
from storage.organizations.submissions import read, registrations, save
from storage.people.sessions import park, parked
from tests.storage.studio import Studio

OLD, NEW = os.urandom(32), os.urandom(32)
BEFORE, DURING, AFTER = Keyring({"k1": OLD}), Keyring({"k2": NEW, "k1": OLD}), Keyring({"k2": NEW})
MANY = 25


def kept(studio: Studio, keyring: Keyring = BEFORE, count: int = MANY) -> dict[str, str]:
    """Forms that a key keeps; the content of each by its id."""
    with studio.database.transaction() as session:
        return {
            save(session, keyring, "payout_account", studio.id, "ada", {"iban": f"number {n}"}): f"number {n}"
            for n in range(count)
        }


def batch(studio: Studio, keyring: Keyring = DURING, limit: int = 10) -> int:
    with studio.database.transaction() as session:
        return rotate_batch(session, keyring, limit)


def in_use(studio: Studio) -> dict[str, int]:
    with studio.database.reading() as session:
        return keys_in_use(session)


def test_after_a_rotation_the_old_key_can_go(studio: Studio) -> None:
    forms = kept(studio)
    with studio.database.reading() as session:
        digests = {i: read(session, BEFORE, studio.id, i).digest for i in forms}
    assert [batch(studio) for _ in range(4)] == [10, 10, 5, 0]
    assert in_use(studio) == {"k2": MANY}
    with studio.database.reading() as session:
        for submission_id, content in forms.items():
            form = read(session, AFTER, studio.id, submission_id)
            assert form.fields == {"iban": content}
            assert form.digest == digests[submission_id], "what people have agreed to is still that"
            with pytest.raises(KeyError):
                read(session, BEFORE, studio.id, submission_id)


def test_a_rotation_that_is_stopped_goes_on_where_it_was(studio: Studio) -> None:
    kept(studio)
    batch(studio)
    with pytest.raises(RuntimeError), studio.database.transaction() as session:
        assert rotate_batch(session, DURING, 10) == 10
        raise RuntimeError("stopped before the end of the transaction")
    assert in_use(studio) == {"k1": 15, "k2": 10}
    kept(studio, DURING, 3)
    assert [batch(studio) for _ in range(3)] == [10, 5, 0]
    assert in_use(studio) == {"k2": MANY + 3}


def test_a_registration_number_is_found_with_each_key_and_after_the_change(studio: Studio) -> None:
    form = {"registration_number": "HRB 1"}
    with studio.database.transaction() as session:
        submission_id = save(session, BEFORE, "verification", studio.id, "ada", form)

    def found(keyring: Keyring) -> bool:
        with studio.database.reading() as session:
            row = session.get(SubmissionRow, submission_id)
            return row is not None and row.registration in registrations(keyring, "hrb-1")

    assert found(BEFORE) and found(DURING) and not found(AFTER)
    batch(studio)
    assert found(AFTER) and not found(BEFORE)


def test_a_key_that_is_missing_changes_nothing(studio: Studio) -> None:
    kept(studio)
    with pytest.raises(Unopened) as found:
        batch(studio, AFTER)
    assert found.value.key_id == "k1" and not found.value.known
    assert in_use(studio) == {"k1": MANY}


def test_a_form_that_was_tampered_with_stops_the_rotation_and_changes_nothing(studio: Studio) -> None:
    first = min(kept(studio))
    with studio.database.transaction() as session:
        row = session.get(SubmissionRow, first)
        assert row is not None
        row.fields = row.fields[:-1] + bytes([row.fields[-1] ^ 1])
    with pytest.raises(Unopened) as found:
        batch(studio)
    assert found.value.submission_id == first and found.value.known
    assert in_use(studio) == {"k1": MANY}


def test_a_form_that_is_moved_to_another_organization_does_not_open(studio: Studio) -> None:
    [submission_id] = kept(studio, count=1)
    other = Studio(studio.database, "Another Studio")
    with studio.database.transaction() as session:
        row = session.get(SubmissionRow, submission_id)
        assert row is not None
        row.organization_id = other.id
    with studio.database.reading() as session, pytest.raises(InvalidTag):
        read(session, BEFORE, other.id, submission_id)


def test_a_form_in_the_place_of_another_does_not_open(studio: Studio) -> None:
    one, two = kept(studio, count=2)
    with studio.database.transaction() as session:
        rows = [session.get(SubmissionRow, submission_id) for submission_id in (one, two)]
        assert rows[0] is not None and rows[1] is not None
        rows[0].fields = rows[1].fields
    with studio.database.reading() as session, pytest.raises(InvalidTag):
        read(session, BEFORE, studio.id, one)


def test_the_digest_names_the_content_and_tells_nothing_of_it(studio: Studio) -> None:
    with studio.database.transaction() as session:
        same = [save(session, BEFORE, "payout_account", studio.id, "ada", {"iban": "x"}) for _ in range(2)]
        digests = {read(session, BEFORE, studio.id, submission_id).digest for submission_id in same}
    assert len(digests) == 2, "the same account number twice does not show by its digest"


def test_what_was_typed_before_a_sign_in_is_gone_with_its_key_and_nothing_else(studio: Studio) -> None:
    with studio.database.transaction() as session:
        parked_id = park(session, BEFORE, "ada", "/page", {"name": ["Example Games"]})
    assert parked_id is not None
    with studio.database.reading() as session:
        assert parked(session, DURING, parked_id, "ada", "/page") == {"name": ["Example Games"]}
        assert parked(session, AFTER, parked_id, "ada", "/page") is None
