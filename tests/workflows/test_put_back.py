"""A database that is put back by some moments: the two find together again, and nothing is paid twice."""

import asyncio
import sqlite3
from pathlib import Path
from typing import Any

import pytest

from cli.checks.database_restored import check_documents, compared
from cli.errors import CliError
from config.settings import Settings
from models.commands import PIPELINE
from models.tables import DocumentRow, PayoutAttemptRow, TransitionRow
from relays.anchoring import Anchoring
from tests.workflows.programme import (
    PATIENCE,
    TASK_QUEUE,
    Organization,
    PayoutLife,
    Programme,
    command,
)
from workflows.inputs import COMPARE

ISSUED: dict[str, Any] = {
    "stream": "iaa",
    "period_start": "2026-10-01",
    "period_end": "2026-10-15",
    "net": {"amount": 123_456, "currency": "USD"},
}

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


async def ahead(programme: Programme, *lives: Organization | PayoutLife) -> list[str]:
    """Which of some workflows the doctor finds to be further than the database."""
    found = await compared(programme.client, programme.database)
    return [life.handle.id for life in lives if life.handle.id in found.ahead]


async def named_by_the_doctor(programme: Programme, organization: Organization) -> None:
    settings = Settings(task_queue=TASK_QUEUE, database_url=f"sqlite:///{file_of(programme)}")
    with pytest.raises(CliError) as trouble:
        await check_documents(programme.client, settings)
    assert "put back" in trouble.value.what and organization.handle.id in trouble.value.what
    assert "monetization organizations resume" in trouble.value.fix


async def paid(programme: Programme, before: Path) -> tuple[Organization, PayoutLife]:
    """A paid payout, and a copy of the database from before its provider had said so."""
    organization, payout = await scheduled(programme)
    await payout.payment_day()
    await payout.becomes("in_transit")
    copied(file_of(programme), before)
    await payout.news("payout.pay")
    invoice_id = (await payout.becomes("paid")).invoice_id
    await organization.becomes(invoice_id, "paid")
    return organization, payout


async def paid_again(organization: Organization, payout: PayoutLife) -> None:
    """Both have gone back to where the database was put; what the provider says then is believed once more."""
    invoice_id = (await payout.becomes("in_transit")).invoice_id
    await organization.becomes(invoice_id, "processing_payment")
    assert await ahead(organization.programme, organization, payout) == []
    await payout.news("payout.pay")
    await payout.becomes("paid")
    await organization.becomes(invoice_id, "paid")
    assert len(payout.sent()) == 1


async def test_a_paid_payout_is_named_and_finds_together_with_its_database_once_its_organization_is_told(
    programme: Programme, tmp_path: Path
) -> None:
    organization, payout = await paid(programme, tmp_path / "before.db")
    assert await ahead(programme, organization, payout) == []
    copied(tmp_path / "before.db", file_of(programme))
    assert await ahead(programme, organization, payout) == [organization.handle.id, payout.handle.id]
    await named_by_the_doctor(programme, organization)
    await organization.handle.signal(COMPARE)
    await paid_again(organization, payout)


async def test_a_worker_sees_by_the_anchors_of_the_ledger_that_the_database_was_put_back(
    programme: Programme, tmp_path: Path
) -> None:
    organization, payout = await paid(programme, tmp_path / "before.db")
    anchoring = Anchoring(programme.database, tmp_path / "anchors.jsonl", programme.client)
    await anchoring.turn()
    assert anchoring.anchors.put_back == {}
    copied(tmp_path / "before.db", file_of(programme))
    await anchoring.turn()
    assert list(anchoring.anchors.put_back) == [organization.id]
    await paid_again(organization, payout)


async def test_what_the_database_has_never_heard_of_is_missed_and_can_come_again(
    programme: Programme, tmp_path: Path
) -> None:
    organization = await (await programme.organization()).payable()
    copied(file_of(programme), tmp_path / "before.db")
    statement_id = await organization.statement()
    [issued] = [row for row in organization.rows(TransitionRow) if row.document_id == statement_id]
    copied(tmp_path / "before.db", file_of(programme))
    assert await ahead(programme, organization) == [organization.handle.id]
    await organization.handle.signal(COMPARE)
    async with asyncio.timeout(PATIENCE):
        while statement_id in (await organization.status()).dossier.documents:
            await asyncio.sleep(0.05)
    assert await ahead(programme, organization) == []
    # The very command that had issued it is no longer taken for one that was carried out.
    again = command("statement.issue", statement_id, PIPELINE, **ISSUED)
    await organization.handle.signal("act", again.model_copy(update={"id": issued.command_id}))
    await organization.becomes(statement_id, "pending_confirmation")


async def test_where_the_database_is_as_far_comparing_changes_nothing_whatever_the_signal_brings(
    programme: Programme,
) -> None:
    organization, payout = await scheduled(programme)
    before = await payout.now(), organization.actions()
    looked = await looks(payout)
    for life in (organization, payout):
        await life.handle.signal(COMPARE)
        await life.handle.signal(COMPARE, "a stranger's words")
    async with asyncio.timeout(PATIENCE):
        while await looks(payout) == looked:
            await asyncio.sleep(0.05)
    assert (await payout.now(), organization.actions()) == before
    assert await ahead(programme, organization, payout) == []


async def looks(payout: PayoutLife) -> int:
    """How often a payout's workflow has turned to the database since it began."""
    events = (await payout.handle.fetch_history()).events
    return sum(event.HasField("marker_recorded_event_attributes") for event in events)
