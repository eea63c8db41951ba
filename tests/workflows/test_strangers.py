"""Whoever reaches Temporal is not the platform: a bare client, without our keys, against a real server."""

from functools import partial
from typing import Any

import pytest
from temporalio.api.query.v1 import WorkflowQuery
from temporalio.api.workflowservice.v1 import QueryWorkflowRequest
from temporalio.client import Client, WorkflowFailureError, WorkflowHandle, WorkflowUpdateFailedError
from temporalio.common import RawValue
from temporalio.contrib.pydantic import pydantic_data_converter
from temporalio.service import RPCError
from temporalio.worker import Replayer

from models.commands import ProviderEvent
from models.identity import new_id, organization_workflow_id
from models.programme.policy import Policy
from models.tables import HandRow, RefusalRow, TransitionRow
from models.wire.origin import SEALED_FOR
from tests.workflows.programme import (
    ADMIN,
    CONVERTER,
    FINANCE,
    OPERATOR,
    RUNNER,
    TASK_QUEUE,
    Organization,
    PayoutLife,
    Programme,
    command,
    eventually,
)
from worker import WORKFLOWS
from workflows.inputs import SettlementInput, WorkflowInput
from workflows.loop.claimed_senders import MOST_AT_ONCE

pytestmark = [pytest.mark.temporal, pytest.mark.asyncio(loop_scope="module")]


async def stranger(programme: Programme) -> Client:
    """Somebody who knows our models, and where Temporal is, and has no key of ours."""
    target = programme.client.service_client.config.target_host
    return await Client.connect(target, data_converter=pydantic_data_converter)


async def bare(programme: Programme, life: Organization | PayoutLife) -> WorkflowHandle[Any, Any]:
    return (await stranger(programme)).get_workflow_handle(life.handle.id)


async def in_review(programme: Programme) -> Organization:
    organization = await programme.organization()
    form = organization.form("verification")
    await organization.do("verification.submit", "verification", submission_id=form, country="US")
    await organization.becomes("verification", "in_review")
    return organization


def hands(organization: Organization) -> list[tuple[str, str, str]]:
    """Whom the recorded refusals name, and what for."""
    return [(row.actor_role, row.actor_id, row.code) for row in organization.rows(RefusalRow)]


async def still_waits(organization: Organization, times: int = 1) -> None:
    await eventually(lambda: hands(organization), [("pipeline", "temporal", "given_by_hand")] * times)
    assert (await organization.document("verification")).state == "in_review"
    assert organization.actions() == ["verification.submit"]


async def test_a_command_in_an_operators_name_is_refused_and_recorded_as_given_by_hand(
    programme: Programme,
) -> None:
    organization = await in_review(programme)
    handle = await bare(programme, organization)
    verify = command("verification.verify", "verification", OPERATOR, "looks fine", country="US")
    with pytest.raises((WorkflowUpdateFailedError, KeyError)):  # a stranger cannot even read why
        await handle.execute_update("act", verify)
    await still_waits(organization)


@pytest.mark.parametrize("actor", [OPERATOR, FINANCE, ADMIN])
async def test_a_signal_in_anybodys_name_is_refused_and_recorded(programme: Programme, actor: Any) -> None:
    organization = await in_review(programme)
    handle = await bare(programme, organization)
    await handle.signal("act", command("verification.verify", "verification", actor, country="US"))
    await still_waits(organization)


async def test_a_providers_word_that_anybody_can_have_made_is_refused(programme: Programme) -> None:
    organization = await in_review(programme)
    handle = await bare(programme, organization)
    document = await organization.document("verification")
    word = ProviderEvent(
        id="e1", action="verification.verify", document_id="verification", reference=document.reference,
        facts={"country": "US"},
    )  # fmt: skip
    await handle.signal("provider_event", word)
    await still_waits(organization)
    await organization.handle.signal("provider_event", word)
    await organization.becomes("verification", "verified")


async def test_neither_claiming_to_be_sealed_nor_sealing_for_another_helps(programme: Programme) -> None:
    organization, other = await in_review(programme), await programme.organization()
    handle = await bare(programme, organization)
    verify = command("verification.verify", "verification", OPERATOR, country="US")
    (claimed,) = pydantic_data_converter.payload_converter.to_payloads([verify])
    claimed.metadata[SEALED_FOR] = f"default/{organization.handle.id}".encode()
    await handle.signal("act", RawValue(claimed))
    ours = command("verification.verify", "verification", OPERATOR, country="US")
    await other.handle.signal("act", ours)  # sealed by us, for another organization
    history = await other.handle.fetch_history()
    (sealed,) = [
        event.workflow_execution_signaled_event_attributes.input.payloads[0]
        for event in history.events
        if event.HasField("workflow_execution_signaled_event_attributes")
    ]
    await handle.signal("act", RawValue(sealed))
    await still_waits(organization, 2)


async def test_garbage_that_looks_sealed_harms_nothing(programme: Programme) -> None:
    organization = await in_review(programme)
    handle = await bare(programme, organization)
    (broken,) = pydantic_data_converter.payload_converter.to_payloads([{"nothing": "here"}])
    broken.metadata["encoding"] = b"binary/monetization-sealed"
    for name in ("act", "provider_event"):
        await handle.signal(name, RawValue(broken))
        await handle.signal(name, {"nothing": "here"})
    with pytest.raises((WorkflowUpdateFailedError, RPCError, KeyError)):
        await handle.execute_update("act", RawValue(broken))
    await organization.news("verification.verify", "verification", country="US")
    await organization.becomes("verification", "verified")


async def test_a_run_that_a_stranger_starts_ends_at_once(programme: Programme) -> None:
    client = await stranger(programme)
    organization_id = new_id("org")
    own_rules = Policy(payout_approval_above=10**12)
    started = await client.start_workflow(
        "OrganizationWorkflow",
        WorkflowInput(organization_id=organization_id, policy=own_rules),
        id=organization_workflow_id(organization_id),
        task_queue=TASK_QUEUE,
    )
    settled = await client.start_workflow(
        "SettlementWorkflow", SettlementInput(policy=own_rules), id=new_id("set"), task_queue=TASK_QUEUE
    )
    for handle in (started, settled):
        with pytest.raises(WorkflowFailureError):
            await handle.result()


async def test_what_the_policy_leaves_to_such_hands_is_done_and_says_so(programme: Programme) -> None:
    organization = await (await programme.organization()).payable()
    payout = await organization.payout(await organization.invoiced())
    handle = await bare(programme, payout)
    await handle.signal("act", command("payout.retry", payout.id, OPERATOR))
    await handle.signal("act", command("payout.cancel", payout.id, FINANCE, "by hand"))
    await eventually(lambda: "payout.cancel" in organization.actions(), True)
    (row,) = [row for row in organization.rows(TransitionRow) if row.action == "payout.cancel"]
    assert (row.actor_role, row.actor_id) == ("pipeline", "temporal")
    assert ("pipeline", "temporal", "given_by_hand") in hands(organization)


def said(organization: Organization, action: str) -> set[str]:
    """What is kept of whom Temporal names for an action, whether it was done or refused."""
    rows = [*organization.rows(TransitionRow), *organization.rows(RefusalRow)]
    ids = {row.command_id for row in rows if row.action == action}
    return {row.says for row in organization.rows(HandRow) if row.command_id in ids}


async def test_it_is_kept_by_whom_temporal_says_that_something_was_given_by_hand(
    programme: Programme,
) -> None:
    """An update, signals of any kind, also one that came from several, and the cancel button."""
    organization = await in_review(programme)
    target = programme.client.service_client.config.target_host
    other = await Client.connect(target, data_converter=pydantic_data_converter, identity="mallory@laptop")
    handle = other.get_workflow_handle(organization.handle.id)
    await handle.signal("act", command("verification.verify", "verification", OPERATOR, country="US"))
    await handle.signal("provider_event", {"nothing": "here"})
    await handle.signal("no such signal", "whatever")
    await handle.signal("act", args=[1, 2])
    with pytest.raises((WorkflowUpdateFailedError, KeyError)):
        await handle.execute_update("act", command("verification.reject", "verification", OPERATOR, "no"))
    for action in ("verification.verify", "verification.reject", "signal.malformed"):
        await eventually(partial(said, organization, action), {"mallory@laptop"})
    await eventually(lambda: len(organization.rows(HandRow)), 5)
    await organization.news("verification.verify", "verification", country="US")
    await organization.becomes("verification", "verified")
    assert said(organization, "verification.submit") == set(), "what is sealed is asked nothing of"
    replayer = Replayer(
        workflows=WORKFLOWS, namespace="default", data_converter=CONVERTER, workflow_runner=RUNNER
    )
    await replayer.replay_workflow(await organization.handle.fetch_history())


async def test_a_payout_that_is_cancelled_by_hand_says_by_whom_before_it_ends(programme: Programme) -> None:
    organization = await (await programme.organization()).payable()
    payout = await organization.payout(await organization.invoiced())
    target = programme.client.service_client.config.target_host
    other = await Client.connect(target, data_converter=pydantic_data_converter, identity="button@ui")
    await other.get_workflow_handle(payout.handle.id).cancel()
    await eventually(lambda: said(organization, "payout.cancel"), {"button@ui"})


async def test_a_flood_given_by_hand_costs_one_look(programme: Programme) -> None:
    organization = await in_review(programme)
    handle = await bare(programme, organization)
    for _ in range(3 * MOST_AT_ONCE):
        await handle.signal("act", command("verification.verify", "verification", OPERATOR, country="US"))
    await eventually(lambda: len(hands(organization)), 3 * MOST_AT_ONCE)
    looks = [
        event
        async for event in organization.handle.fetch_history_events()
        if event.activity_task_scheduled_event_attributes.activity_type.name == "who_gave_by_hand"
    ]
    assert len(looks) <= 1
    assert len(organization.rows(HandRow)) <= MOST_AT_ONCE


async def test_histories_hold_nothing_in_clear_but_what_the_ui_shows(programme: Programme) -> None:
    organization = await programme.organization()
    form = organization.form("verification", legal_name="CANARY")
    await organization.do("verification.submit", "verification", submission_id=form, country="US")
    handle = await bare(programme, organization)
    raw = b"".join(event.SerializeToString() for event in (await handle.fetch_history()).events)
    assert form.encode() not in raw and b'"actor"' not in raw
    assert b"verification.submit: Business verification" in raw, "summaries are for people"
    answer = await handle._client.workflow_service.query_workflow(
        QueryWorkflowRequest(
            namespace="default",
            execution={"workflow_id": handle.id},  # type: ignore[arg-type]
            query=WorkflowQuery(query_type="__temporal_workflow_metadata"),
        )
    )
    assert b"**Business verification**" in answer.query_result.payloads[0].data
