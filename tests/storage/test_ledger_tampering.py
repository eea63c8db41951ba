"""Whatever is changed behind the ledger's back is found, and named in words."""

import re
from copy import copy
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import text
from sqlmodel import select

from models.commands import Role
from models.ledger.entries import Account, Head, Posting, genesis
from models.tables import DocumentRow
from storage.database import Database
from storage.ledger.anchors import Anchors
from storage.ledger.chain import entries
from storage.ledger.journal import Booking, append
from tests.storage.programme import Programme
from tests.storage.studio import NOON
from tests.storage.test_ledger import CENT, agrees, checked, events

PAY_AGAIN = """
    INSERT INTO payout_attempts (payout_id, attempt, organization_id, reference, amount, currency, sent_at, outcome)
    SELECT payout_id, 2, organization_id, reference || 'x', amount, currency, sent_at, 'paid' FROM payout_attempts
"""
TAMPERED = [
    (
        "UPDATE journal_postings SET amount_micros = amount_micros + 10000 WHERE position = 2 AND number = 1",
        "chains",
        "does not balance: its debits and credits differ by USD 0.01",
    ),
    (
        "UPDATE journal_postings SET amount_micros = amount_micros * 2 WHERE position = 2",
        "chains",
        "entry 2 .* was changed after it was written",
    ),
    (
        "UPDATE journal_entries SET hash = '{other}' WHERE position = 3",
        "chains",
        "entry 3 .* was changed after",
    ),
    (
        "UPDATE journal_entries SET event = 'statement.issue' WHERE position = 2",
        "chains",
        "entry 2 .* was changed after",
    ),
    (
        "UPDATE journal_entries SET previous_hash = '{other}' WHERE position = 4",
        "chains",
        "entry 4 .* does not follow",
    ),
    (
        "UPDATE journal_postings SET account = 'pocket' WHERE position = 2 AND number = 2",
        "chains",
        "entry 2 ",
    ),
    (
        "UPDATE journal_entries SET position = position + 10 WHERE position IN (2, 3)",
        "chains",
        "comes where entry 2 should be",
    ),
    ("DELETE FROM journal_postings WHERE position = 3", "chains", "entry 3 .* was changed"),
    (
        "UPDATE statements SET net = net + 1",
        "statements",
        "says USD 700.01 as its net before tax, but its lines come to USD 700.00",
    ),
    (
        "UPDATE statement_lines SET gross = gross + 1, net = net + 1",
        "statements",
        "says USD 1,000.00 as its gross, but its lines come to USD 1,000.01",
    ),
    (
        "UPDATE statement_lines SET gross_micros = gross_micros + 1",
        "sources",
        "does not agree with the orders",
    ),
    ("UPDATE order_events SET beans = beans + 1", "sources", "does not agree with the orders"),
    ("UPDATE statements SET bean_price_micros = 20000", "sources", "does not agree with the orders"),
    ("UPDATE statement_lines SET bean_price_micros = 20000", "sources", "does not agree with the orders"),
    ("UPDATE order_events SET settled_in = NULL", "sources", "does not agree with the orders"),
    (
        "UPDATE documents SET state = 'confirmed' WHERE machine = 'statement'",
        "documents",
        "“confirmed”, where USD -700.00 should be",
    ),
    (
        "UPDATE documents SET state = 'scheduled' WHERE machine = 'payout'",
        "documents",
        "has USD 700.00 of payout/.* in “invoiced”, where USD 0.00 should be by the payout itself",
    ),
    (
        "UPDATE invoices SET amount = amount + 100",
        "invoices",
        "is for USD 701.00, but its statements come to USD 700.00",
    ),
    (
        "UPDATE payout_attempts SET outcome = 'failed'",
        "attempts",
        "have USD 0.00 “paid out”, but the payout itself says USD 700.00",
    ),
    ("UPDATE payout_attempts SET amount = amount - 1", "attempts", "USD 699.99"),
    (PAY_AGAIN, "attempts", "USD 1,400.00"),
]


@pytest.fixture(scope="module")
def paid_once(original: str) -> Programme:
    """An organization that was paid once: five entries."""
    programme = Programme(Database(original))
    payout_id = programme.sent(programme.confirmed(100_000))
    programme.act(Role.PROVIDER, "payout.pay", payout_id)
    agrees(programme)
    assert len(events(programme)) == 5
    return programme


@pytest.fixture
def paid(paid_once: Programme, copied: Database) -> Programme:
    """The same organization in a database of its own."""
    programme = copy(paid_once)
    programme.database = copied
    return programme


@pytest.mark.parametrize(("change", "check", "words"), TAMPERED)
def test_whatever_is_changed_is_found_and_named(paid: Programme, change: str, check: str, words: str) -> None:
    tamper(paid.database, change.format(other="0" * 64))
    found = {c.check: c.difference for c in checked(paid) if c.difference}
    assert found, "nothing was found"
    named = [difference for name, difference in found.items() if re.fullmatch(check, name)]
    assert named and any(re.search(words, d.sentence) for d in named), found
    assert all(difference.organization_id == paid.id for difference in found.values())


@pytest.mark.parametrize(
    ("machine", "wrong", "words"),
    [
        (
            "statement",
            {"net": {"amount": 70_001, "currency": "USD"}},
            "is shown USD 700.01 of statement/.* as “",
        ),
        ("statement", {"state": "replaced"}, "as “.*”, where USD .* should be shown"),
        ("payout", {"state": "cancelled"}, "of payout/.* as “.*”, where USD .* should be shown"),
    ],
)
def test_what_is_shown_otherwise_than_it_is_is_found(
    paid: Programme, machine: str, wrong: dict[str, Any], words: str
) -> None:
    show(paid, machine, wrong)
    found = {c.check: c.difference for c in checked(paid) if c.difference}
    assert re.search(words, found["balances"].sentence), found


def test_two_entries_that_change_places_are_found(paid: Programme) -> None:
    swap = "UPDATE {table} SET position = CASE position WHEN {a} THEN {b} ELSE {c} END WHERE position IN ({a}, {b})"
    for table in ("journal_postings", "journal_entries"):
        for a, b, c in ((2, 102, 2), (3, 2, 3), (102, 3, 102)):
            tamper(paid.database, swap.format(table=table, a=a, b=b, c=c).replace(f", {b})", ")"))
    [difference] = [c.difference for c in checked(paid) if c.check == "chains"]
    assert difference and difference.subject == "entry 2" and "does not follow" in difference.sentence


def test_a_foreign_entry_is_found(paid: Programme) -> None:
    """One that is sound in itself and follows from the last, but that no document knows of."""
    posted = [
        Posting(Account.INVOICED, "payout/none", 5 * CENT),
        Posting(Account.PAID_OUT, "payout/none", -5 * CENT),
    ]
    with paid.database.transaction() as session:
        append(session, [Booking(paid.id, "payout.pay", "payout/none", "x", paid.now, "USD", posted)])
    found = {c.check: c.difference for c in checked(paid) if c.difference}
    assert set(found) == {"documents"}
    assert "USD 0.05 of payout/none in “invoiced”, where USD 0.00 should be" in str(found["documents"])


def test_a_tail_that_is_cut_off_is_seen_by_the_anchors_alone(paid: Programme, tmp_path: Path) -> None:
    anchors = tmp_path / "anchors.jsonl"
    assert Anchors(anchors).write(paid.database) == 1
    agrees(paid, anchors)
    for table in ("journal_postings", "journal_entries"):
        tamper(paid.database, f"DELETE FROM {table} WHERE position = 5")
    tamper(paid.database, "UPDATE documents SET state = 'sending' WHERE machine = 'payout'")
    show(paid, "payout", {"state": "sending"})
    tamper(paid.database, "UPDATE payout_attempts SET outcome = NULL")
    agrees(paid)
    [difference] = [c.difference for c in checked(paid, anchors) if c.difference]
    assert difference.sentence.endswith(
        "ends with entry 4, but entry 5 was anchored outside the database: entries are missing at its end."
    )


def test_a_chain_that_is_written_anew_is_seen_by_the_anchors(paid: Programme, tmp_path: Path) -> None:
    anchors = tmp_path / "anchors.jsonl"
    Anchors(anchors).write(paid.database)
    forge(paid)
    agrees(paid)
    [difference] = [c.difference for c in checked(paid, anchors) if c.difference]
    assert difference.subject == "entry 5" and "not the one that was anchored" in difference.sentence


def forge(programme: Programme) -> None:
    """Give every entry another time and all hashes anew, as somebody who has the database could."""
    with programme.database.reading() as session:
        chain = [entry for entry, _ in entries(session, programme.id)]
    last = genesis(programme.id)
    for old in chain:
        entry = replace(old, previous_hash=last.hash, at=NOON)
        last = Head(programme.id, entry.position, entry.hash())
        tamper(
            programme.database,
            f"UPDATE journal_entries SET hash = '{last.hash}', previous_hash = '{entry.previous_hash}', "
            f"at = '2026-01-01 12:00:00{'' if programme.database.engine.name == 'sqlite' else '+00'}' "
            f"WHERE organization_id = '{programme.id}' AND position = {entry.position}",
        )


def show(programme: Programme, machine: str, facts: dict[str, Any]) -> None:
    """Change what is shown of a document."""
    with programme.database.transaction() as session:
        row = session.exec(select(DocumentRow).where(DocumentRow.machine == machine)).one()
        row.facts = row.facts | facts


def tamper(database: Database, change: str) -> None:
    """Change something past the triggers and keys that would not have it."""
    with database.engine.connect() as connection:
        if database.engine.name == "sqlite":
            connection.exec_driver_sql("PRAGMA foreign_keys = OFF")
            connection.rollback()
            raw = connection.connection.driver_connection
            assert raw is not None
            raw.execute("PRAGMA foreign_keys = OFF")
            for table in ("journal_entries", "journal_postings"):
                for event in ("UPDATE", "DELETE"):
                    raw.execute(f"DROP TRIGGER IF EXISTS {table}_refuse_{event}")
            raw.execute(change)
            raw.execute("PRAGMA foreign_keys = ON")
        else:
            connection.execute(text("SET LOCAL session_replication_role = replica"))
            connection.execute(text(change))
            connection.commit()
