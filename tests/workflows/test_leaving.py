"""What nothing follows in leaves a workflow's state with its run, and what is said of it is answered as ever."""

import asyncio
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest
from temporalio.client import WorkflowHistory
from temporalio.worker import Replayer

from lifecycle.decide import decide
from models.commands import Accepted
from models.documents import Statement
from models.dossier import Dossier
from models.identity import new_id, organization_workflow_id
from models.tables import RefusalRow
from storage.organizations.decisions import record
from tests.workflows.programme import (
    ADMIN,
    BANK,
    CONSOLE,
    CONVERTER,
    OPERATOR,
    PATIENCE,
    RUNNER,
    TASK_QUEUE,
    Organization,
    Programme,
    command,
    eventually,
)
from tests.workflows.test_seen import words_of
from worker import WORKFLOWS
from workflows.inputs import WorkflowInput

pytestmark = [pytest.mark.temporal, pytest.mark.asyncio(loop_scope="module")]

BEFORE = Path(__file__).parent / "histories" / "before_documents_left.json"
"""A history of the time when every document stayed: signals about what is not there, and an appeal.

It holds a made-up organization, sealed with the key of the tests.
"""
PERIOD: dict[str, Any] = {
    "stream": "iaa",
    "period_start": "2026-10-01",
    "period_end": "2026-10-15",
    "net": {"amount": 5, "currency": "USD"},
}
CAME_BACK = {"failure_class": "account", "failure_code": "no_account", "refused_account": "sub_1"}


async def until_gone(organization: Organization, *document_ids: str) -> None:
    """Have so much happen that the workflow goes on in a new run, without those documents."""
    async with asyncio.timeout(PATIENCE):
        while {*document_ids} & (await organization.status()).dossier.documents.keys():
            game = new_id("g")
            await organization.do("launch.register", f"launch/{game}", game_id=game, features=["iaa"])


async def refused_so_far(organization: Organization, count: int) -> list[RefusalRow]:
    await eventually(lambda: len(organization.refusals()), count)
    return sorted(organization.rows(RefusalRow), key=lambda row: row.recorded_at)


async def replays(organization: Organization) -> None:
    history = await organization.handle.fetch_history()
    await Replayer(workflows=WORKFLOWS, data_converter=CONVERTER, workflow_runner=RUNNER).replay_workflow(
        history
    )


async def test_a_payment_that_comes_back_after_its_documents_have_left_is_judged_as_before(
    restless: Programme,
) -> None:
    organization = await (await restless.organization()).payable()
    invoice = await organization.invoiced()
    [statement] = invoice.statement_ids
    await organization.tell("invoice.pay", invoice.id)
    await organization.tell("invoice.close", invoice.id)
    await organization.becomes(invoice.id, "closed")
    await organization.tell("invoice.return_payment", invoice.id, **CAME_BACK)
    [before] = await refused_so_far(organization, 1)
    await until_gone(organization, invoice.id)
    assert organization.stored().documents[invoice.id].state == "closed"
    await organization.tell("invoice.return_payment", invoice.id, **CAME_BACK)
    _, after = await refused_so_far(organization, 2)
    assert (after.code, after.reason) == (before.code, before.reason)
    assert before.code == "wrong_state"
    # The last paid statement stays, for it tells that the organization was paid before.
    assert statement in (await organization.status()).dossier.documents
    await replays(organization)


async def test_a_document_that_has_left_is_never_called_unknown_nor_made_anew(restless: Programme) -> None:
    organization = await (await restless.organization()).payable()
    carried = await organization.statement(net=-5)
    await until_gone(organization, carried)
    refusal = await organization.refused("statement.confirm", carried)
    assert refusal.code == "wrong_state" and "Carried forward" in refusal.reason
    await organization.tell("statement.issue", carried, **PERIOD)
    [again] = await refused_so_far(organization, 1)
    assert again.code == "already_exists"
    assert (await organization.refused("statement.confirm", "statement/none")).code == "unknown_document"
    stored = organization.stored().documents[carried]
    assert (stored.state, stored.revision) == ("carried_forward", 1)
    await replays(organization)


async def test_an_invoice_that_names_statements_that_have_left_is_told_that_they_are_not_to_be_invoiced(
    restless: Programme,
) -> None:
    organization = await (await restless.organization()).payable()
    carried = await organization.statement(net=-5)
    await until_gone(organization, carried)
    refusal = await organization.refused(
        "invoice.submit",
        "invoice/1",
        number="1",
        statement_ids=[carried],
        total={"amount": 5, "currency": "USD"},
        dated="2026-10-20",
        submission_id=organization.form("invoice"),
    )
    assert refusal.code == "statement_not_confirmed"


async def test_confirmed_statements_are_counted_after_a_run_and_come_back_for_their_invoice(
    restless: Programme,
) -> None:
    organization = await (await restless.organization()).payable()
    first, second = await organization.statement(700), await organization.statement(50_000)
    await organization.do("statement.confirm", first)
    await organization.do("statement.confirm", second)
    await until_gone(organization, first, second)
    dossier = (await organization.status()).dossier
    assert dossier.uninvoiced and (dossier.uninvoiced.count, dossier.uninvoiced.net) == (2, {"USD": 50_700})
    assert "$507.00 owed" in await words_of(organization.handle)
    assert (await organization.refused("statement.confirm", first)).code == "wrong_state"
    asked: dict[str, Any] = {
        "number": "1",
        "dated": str(confirmed_on(organization, second)),
        "submission_id": organization.form("invoice"),
    }
    wrong: dict[str, Any] = {
        **asked,
        "statement_ids": [first, second],
        "total": {"amount": 50_000, "currency": "USD"},
    }
    assert (await organization.refused("invoice.submit", "invoice/1", **wrong)).code == "total_differs"
    right: dict[str, Any] = {
        **asked,
        "statement_ids": [second],
        "total": {"amount": 50_000, "currency": "USD"},
    }
    await organization.do("invoice.submit", "invoice/1", **right)
    await until_gone(organization, first)
    dossier = (await organization.status()).dossier
    assert dossier.uninvoiced and (dossier.uninvoiced.count, dossier.uninvoiced.net) == (1, {"USD": 700})
    assert dossier.documents[second].state == "invoiced"
    await replays(organization)


async def test_a_workflow_that_was_lost_counts_what_is_confirmed(restless: Programme) -> None:
    organization = await (await restless.organization()).payable()
    confirmed, pending = await organization.statement(700), await organization.statement()
    await organization.do("statement.confirm", confirmed)
    await lost(restless, organization)
    await organization.becomes(pending, "pending_confirmation")
    dossier = (await organization.status()).dossier
    assert confirmed not in dossier.documents
    assert dossier.uninvoiced and (dossier.uninvoiced.count, dossier.uninvoiced.net) == (1, {"USD": 700})


def confirmed_on(organization: Organization, statement_id: str) -> date | None:
    statement = organization.stored().get(statement_id, Statement)
    assert statement
    return statement.confirmed_on


async def test_a_workflow_that_is_behind_its_database_takes_over_all_once_it_meets_what_it_should_hold(
    restless: Programme,
) -> None:
    organization = await (await restless.organization()).payable()
    statement = await organization.statement(50_000)
    await organization.do("statement.confirm", statement)
    invoice = f"invoice/{new_id('inv')}"
    before = organization.stored().counting()
    asked = {"statement_ids": [statement], "total": {"amount": 50_000, "currency": "USD"}, "number": "1"}
    more = {"dated": confirmed_on(organization, statement), "submission_id": organization.form("invoice")}
    facts: dict[str, Any] = {**asked, **more}
    await organization.do("invoice.submit", invoice, **facts)
    await organization.news("invoice.approve", invoice)
    await organization.becomes(invoice, "processing_payment")
    await lost(restless, organization, before)
    await organization.tell("invoice.pay", invoice)
    await organization.becomes(invoice, "paid")
    dossier = (await organization.status()).dossier
    assert (dossier.documents[statement].state, dossier.uninvoiced) == ("paid", None)


async def lost(programme: Programme, organization: Organization, dossier: Dossier | None = None) -> None:
    """The workflow is lost, and started again: from the database, or from where it once stood."""
    await organization.handle.terminate("lost")
    await begun_again(programme, organization, dossier)


async def begun_again(
    programme: Programme, organization: Organization, dossier: Dossier | None = None
) -> None:
    """A workflow that was lost is started again."""
    organization.handle = await programme.client.start_workflow(
        "OrganizationWorkflow",
        WorkflowInput(
            organization_id=organization.id, policy=programme.policy, console=CONSOLE, dossier=dossier
        ),
        id=organization_workflow_id(organization.id),
        task_queue=TASK_QUEUE,
    )


async def test_a_workflow_that_was_lost_takes_over_only_what_something_can_follow_in(
    restless: Programme,
) -> None:
    organization = await (await restless.organization()).payable()
    carried = await organization.statement(net=-5)
    owed = await organization.statement()
    await lost(restless, organization)
    await organization.becomes(owed, "pending_confirmation")
    assert carried not in (await organization.status()).dossier.documents
    assert (await organization.refused("statement.appeal", carried)).code == "wrong_state"


async def test_a_statement_that_is_replaced_leaves_only_after_its_replacement_was_issued(
    restless: Programme,
) -> None:
    organization = await (await restless.organization()).payable()
    statement = await organization.statement()
    await organization.do("statement.appeal", statement, submission_id=organization.form("appeal"))
    await organization.do("statement.replace", statement, OPERATOR, "granted")
    await eventually(lambda: organization.actions().count("statement.issue"), 2)
    await until_gone(organization, statement)
    replacements = [s for s in organization.stored().of(Statement) if s.replaces == statement]
    assert len(replacements) == 1


async def test_a_replacement_is_issued_though_the_workflow_was_lost_before_it(restless: Programme) -> None:
    organization = await (await restless.organization()).payable()
    statement = await organization.statement()
    await organization.do("statement.appeal", statement, submission_id=organization.form("appeal"))
    await organization.handle.terminate("lost between its decision and what follows")
    granted = decide(
        organization.stored(),
        command("statement.replace", statement, OPERATOR, "granted"),
        restless.policy.clock.programme(datetime.now(UTC)),
        restless.policy,
    )
    assert isinstance(granted, Accepted)
    record(restless.database, organization.id, granted.transitions, restless.policy)
    await begun_again(restless, organization)
    await eventually(lambda: organization.actions().count("statement.issue"), 2)
    [replacement] = [s for s in organization.stored().of(Statement) if s.replaces == statement]
    await until_gone(organization, statement)
    assert replacement.state == "carried_forward"
    await lost(restless, organization)
    await organization.becomes("payout_account", "active")
    assert statement not in (await organization.status()).dossier.documents


async def decided_without(
    programme: Programme, organization: Organization, action: str, document_id: str
) -> None:
    """A decision is recorded, and the workflow is lost before anything followed from it."""
    await organization.handle.terminate("lost between its decision and what follows")
    accepted = decide(
        organization.stored(),
        command(action, document_id, ADMIN),
        programme.policy.clock.programme(datetime.now(UTC)),
        programme.policy,
    )
    assert isinstance(accepted, Accepted), accepted
    record(programme.database, organization.id, accepted.transitions, programme.policy)


async def test_payouts_hear_of_the_account_though_the_workflow_was_lost_before_it_told_them(
    restless: Programme,
) -> None:
    organization = await (await restless.organization()).payable()
    payout = await organization.payout(await organization.invoiced())
    form = organization.form("payout_account", bank=BANK)
    await organization.do("payout_account.change", "payout_account", proposed_submission_id=form)
    await payout.becomes("awaiting_account")
    await decided_without(restless, organization, "payout_account.withdraw_change", "payout_account")
    await begun_again(restless, organization)
    await payout.becomes("scheduled", "sending", "in_transit")
    await replays(organization)


async def test_a_game_goes_live_though_the_workflow_was_lost_before_the_storefront_was_told(
    restless: Programme,
) -> None:
    organization, game = await restless.organization(), new_id("game")
    launch = await an_approved_game(organization, game)
    await decided_without(restless, organization, "launch.publish", launch)
    assert (organization.stored().documents[launch].state, live_games(restless, game)) == ("live", [])
    await begun_again(restless, organization)
    await eventually(lambda: live_games(restless, game), [True])
    # Lost once more, it is told once more, and nothing changes.
    await lost(restless, organization)
    await organization.becomes(launch, "live")
    assert live_games(restless, game) == [True]
    await replays(organization)


def live_games(programme: Programme, game: str) -> list[bool]:
    """Whether the storefront has a game for its players; nothing when it has never heard of it."""
    found = programme.box.control("GET", "/games")
    return [one["live"] for one in found if one["game_id"] == game]


async def an_approved_game(organization: Organization, game: str) -> str:
    """A game that can be launched; its launch."""
    await organization.verified()
    signature: dict[str, Any] = {"signed_version": 1, "text_sha256": "0" * 64}
    form = organization.form("signature")
    await organization.do("contract.sign", "contract/iaa", submission_id=form, **signature)
    await organization.news("contract.activate", "contract/iaa")
    await organization.becomes("contract/iaa", "active")
    form = organization.form("qualification")
    await organization.do("qualification.submit", "qualification", submission_id=form)
    await organization.do("qualification.approve", "qualification", OPERATOR)
    launch, integration = f"launch/{game}", f"integration/{game}/iaa"
    await organization.do("launch.register", launch, game_id=game, features=["iaa"])
    await organization.do("integration.run", integration)
    await organization.news("integration.pass", integration)
    await organization.becomes(integration, "passed")
    await organization.do("launch.submit", launch, regions=["DE"])
    await organization.do("launch.approve", launch, OPERATOR)
    return launch


async def test_a_history_of_the_time_when_every_document_stayed_replays() -> None:
    history = WorkflowHistory.from_json("organization/org_wwezbx8xenangbcr4pd7", BEFORE.read_text())
    await Replayer(workflows=WORKFLOWS, data_converter=CONVERTER, workflow_runner=RUNNER).replay_workflow(
        history
    )
