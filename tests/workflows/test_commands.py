"""Commands by update and by signal: one effect each, refusals that change nothing and say what is allowed."""

import asyncio

import pytest
from temporalio.api.enums.v1 import EventType
from temporalio.client import WorkflowUpdateFailedError

from models.commands import Actor, Outcome, Role
from models.tables import DocumentRow, TransitionRow
from tests.workflows.programme import ADMIN, OPERATOR, Programme, command, eventually, give

pytestmark = [pytest.mark.temporal, pytest.mark.asyncio(loop_scope="module")]


async def test_a_refused_update_never_enters_history_and_says_what_is_allowed(programme: Programme) -> None:
    organization = await programme.organization()
    refusal = await organization.refused("contract.sign", "contract/iaa")
    assert refusal.code == "not_verified" and "Business verification" in refusal.reason
    refusal = await organization.refused("verification.verify", "verification")
    assert [allowed.action for allowed in refusal.allowed_actions] == ["verification.submit"]
    assert await updates(organization.handle) == 0
    assert organization.actions() == []


async def test_the_same_command_twice_has_one_effect(programme: Programme) -> None:
    organization = await programme.organization()
    form = organization.form("verification")
    submit = command("verification.submit", "verification", ADMIN, submission_id=form, country="US")
    first = await give(organization.handle, submit)
    assert await updates(organization.handle) == 1
    again = await organization.handle.execute_update(
        "act", submit, id="another update of the same command", result_type=Outcome
    )
    assert not first.duplicate and again.duplicate
    assert (again.state, again.revision) == (first.state, first.revision)
    assert organization.actions() == ["verification.submit"]


async def test_of_fifty_confirmations_at_once_one_has_effect(programme: Programme) -> None:
    organization = await (await programme.organization()).payable()
    statement = await organization.statement()
    limit = asyncio.Semaphore(8)

    async def confirm() -> bool:
        async with limit:
            try:
                await organization.do("statement.confirm", statement)
            except WorkflowUpdateFailedError:
                return False
            return True

    outcomes = await asyncio.gather(*(confirm() for _ in range(50)))
    assert sum(outcomes) == 1
    assert organization.actions().count("statement.confirm") == 1


async def test_an_appeal_and_a_confirmation_at_once_leave_one_of_them(programme: Programme) -> None:
    organization = await (await programme.organization()).payable()
    for _ in range(5):
        statement = await organization.statement()
        results = await asyncio.gather(
            organization.do("statement.confirm", statement),
            organization.do("statement.appeal", statement, submission_id=organization.form("appeal")),
            return_exceptions=True,
        )
        assert sum(isinstance(result, Outcome) for result in results) == 1


async def test_a_signalled_command_works_like_an_update(programme: Programme) -> None:
    organization = await programme.organization()
    form = organization.form("verification")
    submit = command("verification.submit", "verification", ADMIN, submission_id=form, country="US")
    await organization.handle.signal("act", submit)
    await organization.becomes("verification", "in_review")
    await organization.handle.signal("act", submit)
    assert (await organization.do("launch.register", "launch/g", game_id="g", features=["iaa"])).revision == 1
    await organization.counts("verification.submit", 1)


async def test_an_invalid_signal_is_recorded_as_refused_and_harms_nothing(programme: Programme) -> None:
    organization = await programme.organization()
    await organization.handle.signal("act", command("statement.confirm", "statement/none", ADMIN))
    await organization.handle.signal("act", command("no.such", "verification", ADMIN))
    await organization.verified()
    await eventually(lambda: sorted(organization.refusals()), ["unknown_action", "unknown_document"])


async def test_somebody_who_is_no_admin_is_refused_by_the_database(programme: Programme) -> None:
    organization = await programme.organization()
    stranger = Actor(role=Role.ADMIN, id="mallory")
    form = organization.form("verification")
    refusal = await organization.refused(
        "verification.submit", "verification", stranger, submission_id=form, country="US"
    )
    assert refusal.code == "not_authorized"
    staff = Actor(role=Role.OPERATOR, id="ada")
    await organization.do("verification.submit", "verification", submission_id=form, country="US")
    refusal = await organization.refused("verification.verify", "verification", staff)
    assert refusal.code == "not_authorized"
    assert (await organization.document("verification")).state == "in_review"


async def test_news_of_an_earlier_request_are_stale(programme: Programme) -> None:
    organization = await programme.organization()
    form = organization.form("verification")
    await organization.do("verification.submit", "verification", submission_id=form, country="US")
    first = (await organization.document("verification")).reference
    await organization.news("verification.decline", "verification", "unreadable")
    await organization.becomes("verification", "could_not_verify")
    await organization.do("verification.submit", "verification", submission_id=form, country="US")
    from models.commands import ProviderEvent

    late = ProviderEvent(id="late", action="verification.verify", document_id="verification", reference=first)
    await organization.handle.signal("provider_event", late)
    await eventually(organization.refusals, ["stale"])
    assert (await organization.document("verification")).state == "in_review"


async def test_a_workflow_that_lags_behind_the_database_takes_it_over(programme: Programme) -> None:
    organization = await (await programme.organization()).verified()
    known = await organization.document("verification")
    with programme.database.transaction() as session:
        # As if a run had recorded a reminder and been killed before it heard so.
        row = session.get_one(DocumentRow, (organization.id, "verification"))
        row.revision += 1
        row.facts = {**row.facts, "revision": row.revision}
    await organization.handle.signal(
        "act", command("verification.suspend", "verification", OPERATOR, "under investigation")
    )
    suspended = await organization.becomes("verification", "suspended")
    assert suspended.revision == known.revision + 2


async def test_the_database_and_the_workflow_hold_the_same(programme: Programme) -> None:
    organization = await (await programme.organization()).payable()
    await organization.statement()
    known = (await organization.status()).dossier
    assert organization.stored().documents == known.documents
    for row in organization.rows(TransitionRow):
        assert row.actor_id and row.to_state and row.command_id


async def test_a_payment_account_is_masked_from_history(programme: Programme) -> None:
    organization = await programme.organization()
    await organization.payable({"account_number": "000123999321"})
    history = (await organization.handle.fetch_history()).to_json()
    assert "000123999321" not in history and "Example Games LLC" not in history


async def updates(handle: object) -> int:
    """How many updates a history holds."""
    history = await handle.fetch_history()  # type: ignore[attr-defined]
    return sum(
        event.event_type == EventType.EVENT_TYPE_WORKFLOW_EXECUTION_UPDATE_ACCEPTED
        for event in history.events
    )
