"""A database that is put back by some moments: the two find together again, and nothing is paid twice."""

import asyncio
import sqlite3
from pathlib import Path

import pytest

from models.tables import DocumentRow, PayoutAttemptRow
from tests.workflows.programme import PATIENCE, Organization, PayoutLife, Programme

pytestmark = [pytest.mark.temporal, pytest.mark.asyncio(loop_scope="module")]


def copied(source: Path, target: Path) -> None:
    """Copy a database that is in use, as its own tool does."""
    with sqlite3.connect(source, timeout=60) as old, sqlite3.connect(target, timeout=60) as new:
        old.backup(new)
    old.close()
    new.close()


def file_of(programme: Programme) -> Path:
    return Path(str(programme.database.engine.url.database))


async def scheduled(programme: Programme) -> tuple[Organization, PayoutLife]:
    organization = await (await programme.organization()).payable()
    return organization, await organization.payout(await organization.invoiced())


async def recorded_again(organization: Organization, payout: PayoutLife) -> None:
    """Let time pass until the database, too, says that the payment is under way."""
    async with asyncio.timeout(PATIENCE):
        while [row.state for row in organization.rows(DocumentRow) if row.id == payout.id] != ["in_transit"]:
            await payout.ahead(hours=2)
            await asyncio.sleep(0.05)


@pytest.mark.parametrize("found", ["in_transit", "lost"])
async def test_what_was_sent_since_is_asked_after_before_anything_is_sent(
    programme: Programme, tmp_path: Path, found: str
) -> None:
    organization, payout = await scheduled(programme)
    copied(file_of(programme), tmp_path / "before.db")
    if found == "lost":
        programme.box.fault("payments", "error", status=429, times=1, organization_id=organization.id)
    await payout.payment_day()
    await payout.becomes("in_transit" if found == "in_transit" else "retrying")
    copied(tmp_path / "before.db", file_of(programme))
    assert organization.rows(PayoutAttemptRow) == []
    # Anything that it decides next shows it that the database is older.
    await payout.news("payout.ask")
    await recorded_again(organization, payout)
    assert [(row.attempt, row.outcome) for row in organization.rows(PayoutAttemptRow)] == [(1, None)]
    assert len(payout.sent()) == 1
    await payout.news("payout.pay")
    await payout.becomes("paid")


async def test_a_payment_of_which_the_database_knows_nothing_any_more_begins_again_and_is_made_once(
    programme: Programme, tmp_path: Path
) -> None:
    organization = await (await programme.organization()).payable()
    copied(file_of(programme), tmp_path / "before.db")
    payout = await organization.payout(await organization.invoiced())
    await payout.payment_day()
    await payout.becomes("in_transit")
    copied(tmp_path / "before.db", file_of(programme))
    await payout.news("payout.ask")
    await recorded_again(organization, payout)
    assert len(payout.sent()) == 1
