"""Every action under its own name, as update and as signal: in the Temporal UI's dialogs, in histories and summaries."""

from typing import Any

import pytest
from temporalio.api.sdk.v1 import WorkflowMetadata
from temporalio.client import Client, WorkflowHandle, WorkflowUpdateFailedError
from temporalio.contrib.pydantic import pydantic_data_converter
from temporalio.exceptions import ApplicationError

from lifecycle.machines import MACHINES
from models.commands import Command, Outcome, Role
from models.tables import RefusalRow, TransitionRow
from tests.workflows.programme import (
    ADMIN,
    CONVERTER,
    FINANCE,
    OPERATOR,
    Organization,
    PayoutLife,
    Programme,
    command,
    eventually,
)
from tests.workflows.test_commands import updates

pytestmark = [pytest.mark.temporal, pytest.mark.asyncio(loop_scope="module")]


def asked_for(*machines: str) -> set[str]:
    """The actions of some machines that are not the clock's alone, from the table."""
    return {
        f"{name}.{rule.event}" for name in machines for rule in MACHINES[name].rules if rule.roles != (Role.CLOCK,)
    }  # fmt: skip


async def listed(handle: WorkflowHandle[Any, Any]) -> tuple[dict[str, str], dict[str, str]]:
    """What the dialogs of the Temporal UI offer as updates and as signals: names with their descriptions."""
    answer = await handle.query("__temporal_workflow_metadata", result_type=WorkflowMetadata)
    return (
        {each.name: each.description for each in answer.definition.update_definitions},
        {each.name: each.description for each in answer.definition.signal_definitions},
    )


async def messages(handle: WorkflowHandle[Any, Any]) -> list[str]:
    """Under which names a history says that something came in or was told to others."""
    found = []
    for event in (await handle.fetch_history()).events:
        if event.HasField("workflow_execution_signaled_event_attributes"):
            found.append(f"in {event.workflow_execution_signaled_event_attributes.signal_name}")
        if event.HasField("workflow_execution_update_accepted_event_attributes"):
            request = event.workflow_execution_update_accepted_event_attributes.accepted_request
            found.append(f"in {request.input.name}")
        if event.HasField("signal_external_workflow_execution_initiated_event_attributes"):
            out = event.signal_external_workflow_execution_initiated_event_attributes
            found.append(f"out {out.signal_name}")
    return found


async def summaries(handle: WorkflowHandle[Any, Any]) -> list[str]:
    """The summaries of a history's events, in order."""
    read = CONVERTER.payload_converter.from_payload
    payloads = [event.user_metadata.summary for event in (await handle.fetch_history()).events]
    return [read(payload) for payload in payloads if payload.data]


async def by_hand(programme: Programme, life: Organization | PayoutLife) -> WorkflowHandle[Any, Any]:
    """A workflow as somebody reaches it who has no key of ours."""
    target = programme.client.service_client.config.target_host
    client = await Client.connect(target, data_converter=pydantic_data_converter)
    return client.get_workflow_handle(life.handle.id)


async def submit(organization: Organization, name: str) -> Outcome:
    """Verification submitted by an update of some name."""
    form = organization.form("verification")
    given = command("verification.submit", "verification", ADMIN, submission_id=form, country="US")
    outcome: Outcome = await organization.handle.execute_update(name, given, result_type=Outcome)
    return outcome


async def test_the_dialogs_list_every_action_with_its_description(programme: Programme) -> None:
    organization = await (await programme.organization()).payable()
    payout = await organization.payout(await organization.invoiced())
    theirs = asked_for(*MACHINES) - asked_for("payout")
    for handle, actions in ((organization.handle, theirs), (payout.handle, asked_for("payout"))):
        updates, signals = await listed(handle)
        assert set(updates) == actions | {"act", "policy.renew"}
        assert {name for name in signals if name} == actions | {
            "act",
            "compare",
            "policy.renew",
            "provider_event",
        }
        assert all(updates.values()) and all(signals.values())
    assert "payout.approve" not in theirs and "statement.confirm" in theirs


@pytest.mark.parametrize("name", ["verification.submit", "act"])
async def test_a_command_is_carried_out_under_its_own_name_and_as_act(
    programme: Programme, name: str
) -> None:
    organization = await programme.organization()
    assert (await submit(organization, name)).state == "in_review"
    verify = command("verification.verify", "verification", OPERATOR, country="US")
    await organization.handle.signal("verification.verify" if name != "act" else "act", verify)
    await organization.becomes("verification", "verified")
    assert f"in {name}" in await messages(organization.handle)


async def test_a_command_under_the_name_of_another_action_is_refused_and_says_so(
    programme: Programme,
) -> None:
    organization = await programme.organization()
    with pytest.raises(WorkflowUpdateFailedError) as caught:
        await submit(organization, "verification.reopen")
    assert isinstance(caught.value.cause, ApplicationError) and caught.value.cause.type == "Refused"
    assert caught.value.cause.details[0]["code"] == "misnamed"
    assert await updates(organization.handle) == 0, "it was refused before it entered the history"
    given = command("verification.submit", "verification", ADMIN, country="US")
    await organization.handle.signal("verification.reopen", given)
    await eventually(organization.refusals, ["misnamed"])
    (row,) = organization.rows(RefusalRow)
    assert row.action == "signal.misnamed" and row.command_id.startswith("misnamed/verification.reopen/")
    assert organization.actions() == []


async def test_by_hand_only_what_the_policy_leaves_to_it_is_done_under_its_own_name_too(
    programme: Programme,
) -> None:
    organization = await (await programme.organization()).payable()
    payout = await organization.payout(await organization.invoiced())
    handle = await by_hand(programme, payout)

    def given(event: str) -> Command:
        return command(f"payout.{event}", payout.id, OPERATOR, "by hand")

    for name in ("payout.retry", "act"):
        await handle.signal(name, given("retry"))
    with pytest.raises((WorkflowUpdateFailedError, KeyError)):  # a stranger cannot even read why
        await handle.execute_update("payout.hold", given("hold"))
    await handle.signal("payout.cancel", given("retry"))
    await handle.signal("payout.cancel", given("cancel"))
    await eventually(lambda: "payout.cancel" in organization.actions(), True)
    (row,) = [row for row in organization.rows(TransitionRow) if row.action == "payout.cancel"]
    assert (row.actor_role, row.actor_id) == ("pipeline", "temporal")
    assert sorted(organization.refusals()) == ["given_by_hand"] * 3 + ["misnamed"]


async def test_histories_and_timers_say_what_was_asked_for_and_what_the_clock_will_do(
    programme: Programme,
) -> None:
    organization = await (await programme.organization()).payable()
    assert "clock: verification.review_late: Business verification" in await summaries(organization.handle)
    invoice = await organization.invoiced()
    payout = await organization.payout(invoice)
    assert "clock: payout.send: Payout of an invoice" in await summaries(payout.handle)
    await payout.do("payout.cancel", FINANCE, "no longer wanted")
    await organization.becomes(invoice.id, "cancelled")
    assert "out invoice.cancel" in await messages(payout.handle)
    told = await messages(organization.handle)
    assert {"in statement.issue", "in statement.confirm", "in invoice.approve", "in invoice.cancel"} <= set(
        told
    )
    assert "in act" not in told
