"""A living organization and its payouts go by another policy once an operator has said so, and everybody by the same."""

import asyncio

import pytest
from temporalio.client import Client, WorkflowUpdateFailedError
from temporalio.contrib.pydantic import pydantic_data_converter
from temporalio.exceptions import ApplicationError
from temporalio.worker import Replayer

from cli.checks.database_restored import compared
from cli.commands.policy import ask
from models.commands import RENEW_POLICY, Actor, Command, Outcome
from models.identity import new_id
from models.programme.policy import Policy
from storage.organizations.policies import keep_policy, policy_history, policy_of
from tests.workflows.programme import (
    ADMIN,
    CONVERTER,
    NOBODY_IN_A_HURRY,
    OPERATOR,
    PATIENCE,
    RUNNER,
    Organization,
    Programme,
    eventually,
    status_of,
)
from worker import WORKFLOWS

pytestmark = [pytest.mark.temporal, pytest.mark.asyncio(loop_scope="module")]

LONGER = NOBODY_IN_A_HURRY.model_copy(
    update={"version": 2, "verification_review_days": 20, "qualification_review_days": 30}
)


def renewal(programme: Programme, by: Actor = OPERATOR, policy: Policy = LONGER) -> Command:
    """A renewal, its policy kept as the command line does."""
    with programme.database.transaction() as session:
        policy_id = keep_policy(session, policy)
    return Command(
        id=new_id("cmd"), action=RENEW_POLICY, document_id="policy", actor=by, facts={"policy_id": policy_id}
    )


async def give(organization: Organization, command: Command) -> Outcome:
    outcome: Outcome = await organization.handle.execute_update(RENEW_POLICY, command, result_type=Outcome)
    return outcome


def recorded(programme: Programme, organization: Organization) -> Policy:
    """What the API and the console go by."""
    with programme.database.reading() as session:
        return policy_of(session, organization.id, NOBODY_IN_A_HURRY)


async def test_a_renewed_policy_holds_for_what_begins_from_then_on(programme: Programme) -> None:
    organization = await programme.organization()
    form = organization.form("verification", legal_name="Example Games LLC")
    await organization.do("verification.submit", "verification", submission_id=form, country="US")
    await organization.becomes("verification", "in_review")
    runs = (await organization.status()).next_timer
    outcome = await give(organization, command := renewal(programme))
    assert (outcome.state, outcome.revision) == (LONGER.identity, 2)
    assert await give(organization, command.model_copy(update={"id": "again"})) == outcome.model_copy(
        update={"command_id": "again"}
    )
    status = await organization.status()
    assert (status.next_timer, status.policy) == (runs, LONGER.identity)
    assert recorded(programme, organization).version == 2
    await organization.news("verification.verify", "verification", country="US")
    await organization.becomes("verification", "verified")
    await organization.do(
        "qualification.submit", "qualification", submission_id=organization.form("qualification")
    )
    qualification = await organization.becomes("qualification", "in_review")
    due = (await organization.status()).next_timer
    assert due is not None and (due - qualification.since).days > 30
    replayer = Replayer(
        workflows=WORKFLOWS, namespace="default", data_converter=CONVERTER, workflow_runner=RUNNER
    )
    await replayer.replay_workflow(await organization.handle.fetch_history())


async def test_a_payout_that_is_under_way_goes_by_it_too(programme: Programme) -> None:
    organization = await (await programme.organization()).payable()
    payout = await organization.payout(await organization.invoiced())
    await give(organization, renewal(programme))

    async with asyncio.timeout(PATIENCE):
        while (await status_of(payout.handle)).policy != LONGER.identity:
            await asyncio.sleep(0.05)
    replayer = Replayer(
        workflows=WORKFLOWS, namespace="default", data_converter=CONVERTER, workflow_runner=RUNNER
    )
    await replayer.replay_workflow(await payout.handle.fetch_history())


async def test_nobody_else_renews_it_and_by_hand_it_is_recorded_as_refused(programme: Programme) -> None:
    organization = await programme.organization()
    stranger = Actor(role=OPERATOR.role, id="mallory")
    for by, code in ((ADMIN, "wrong_role"), (stranger, "not_authorized")):
        with pytest.raises(WorkflowUpdateFailedError) as caught:
            await give(organization, renewal(programme, by))
        assert isinstance(caught.value.cause, ApplicationError)
        assert caught.value.cause.details[0]["code"] == code
    bare = await Client.connect(
        programme.client.service_client.config.target_host, data_converter=pydantic_data_converter
    )
    handle = bare.get_workflow_handle(organization.handle.id)
    with pytest.raises((WorkflowUpdateFailedError, KeyError)):
        await handle.execute_update(RENEW_POLICY, renewal(programme))
    await handle.signal(RENEW_POLICY, renewal(programme))
    await handle.signal(RENEW_POLICY, 7)
    await eventually(lambda: sorted(organization.refusals()), ["given_by_hand", "given_by_hand", "malformed"])
    assert (await organization.status()).policy == recorded(programme, organization).identity


async def test_the_doctor_names_who_goes_by_another_policy_than_the_database_says(
    programme: Programme,
) -> None:
    organization = await programme.organization()
    command = renewal(programme)
    assert await ask(programme.client, organization.id, command) is None
    said = await ask(programme.client, organization.id, renewal(programme, ADMIN))
    assert said == "Only the platform’s operations team may change the policy."
    assert "does not run" in str(await ask(programme.client, "org_of_nobody", command))
    assert organization.id not in (await compared(programme.client, programme.database)).other_policy
    with programme.database.transaction() as session:
        session.delete(policy_history(session, organization.id)[0][0])  # as a database that was put back
    assert organization.id in (await compared(programme.client, programme.database)).other_policy
    await give(organization, command.model_copy(update={"id": new_id("cmd")}))
    assert organization.id not in (await compared(programme.client, programme.database)).other_policy
