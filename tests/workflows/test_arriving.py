"""What comes from outside into a workflow: nothing malformed ends its life, and what was refused is recorded."""

import contextlib
from typing import Any

import pytest
from temporalio.api.common.v1 import Payload
from temporalio.client import (
    Client,
    WorkflowFailureError,
    WorkflowQueryFailedError,
    WorkflowUpdateFailedError,
)
from temporalio.common import RawValue
from temporalio.exceptions import ApplicationError

from models.identity import new_id
from tests.workflows.programme import ADMIN, TASK_QUEUE, Programme, command, eventually

pytestmark = [pytest.mark.temporal, pytest.mark.asyncio(loop_scope="module")]

GOOD = command("verification.submit", "verification", ADMIN).model_dump(mode="json")
NEWS = {"id": "n", "action": "verification.verify", "document_id": "verification"}
NOT_A_NUMBER = (
    b'{"id":"i","action":"a.b","document_id":"d","actor":{"role":"admin","id":"a"},"facts":{"n":NaN}}'
)
CRUEL: list[tuple[str, list[Any]]] = [
    ("act", []),
    ("act", [None]),
    ("act", [{}]),
    ("act", [[GOOD]]),
    ("act", ["verification.submit"]),
    ("act", [{**GOOD, "action": "no action"}]),
    ("act", [{**GOOD, "id": "with\0nul"}]),
    ("act", [{**GOOD, "facts": {"country": "\0"}}]),
    ("act", [RawValue(Payload(metadata={"encoding": b"json/plain"}, data=b"{"))]),
    ("act", [RawValue(Payload(metadata={"encoding": b"unknown"}, data=b"\xff"))]),
    ("provider_event", []),
    ("provider_event", [None]),
    ("provider_event", [{**NEWS, "action": "malformed"}]),
    ("provider_event", [{**NEWS, "id": "x" * 400}]),
    ("provider_event", [{**NEWS, "document_id": ""}]),
    ("provider_event", [7]),
    ("act", [7]),
    ("act", ["x" * 1_500_000]),
    ("act", [{**GOOD, "facts": {"country": "x" * 300_000}}]),
    ("act", [{**GOOD, "facts": {"country": 2**70}}]),
    ("act", [{**GOOD, "actor": {"role": "oracle", "id": "o"}}]),
    ("act", [RawValue(Payload(metadata={"encoding": b"json/plain"}, data=b"[" * 100_000))]),
    ("act", [RawValue(Payload(metadata={"encoding": b"json/plain"}, data=NOT_A_NUMBER))]),
    ("act", [RawValue(Payload())]),
    ("provider_event", [[NEWS]]),
    ("an unknown signal", []),
    ("an unknown signal", [GOOD]),
    ("unknown/" + "x" * 500, [None, 1]),
    ("ACT", [GOOD]),
    ("verification.submit", []),
    ("verification.submit", [7]),
    ("verification.submit", [{**GOOD, "id": ""}]),
    ("payout.retry", [NEWS]),
]


async def test_malformed_signals_are_recorded_as_refused_and_end_nothing(programme: Programme) -> None:
    organization = await programme.organization()
    for signal, arguments in CRUEL:
        await organization.handle.signal(signal, args=arguments)
    await eventually(lambda: organization.refusals().count("malformed"), len(CRUEL))
    form = organization.form("verification")
    await organization.do("verification.submit", "verification", submission_id=form, country="US")
    assert organization.actions() == ["verification.submit"]


async def test_a_payout_lives_on_whatever_is_signalled(programme: Programme) -> None:
    organization = await (await programme.organization()).payable()
    payout = await organization.payout(await organization.invoiced())
    for signal, arguments in CRUEL:
        await payout.handle.signal(signal, args=arguments)
    await eventually(lambda: organization.refusals().count("malformed"), len(CRUEL))
    assert (await payout.now()).state == "scheduled"


@pytest.mark.parametrize("query", ["status", "unknown", "__stack_trace"])
async def test_queries_with_odd_arguments_end_nothing(programme: Programme, query: str) -> None:
    organization = await programme.organization()
    for arguments in ([None], [7], [[GOOD]], ["x" * 1_000_000], [GOOD, GOOD]):
        with contextlib.suppress(WorkflowQueryFailedError):
            await organization.handle.query(query, args=arguments)
    assert (await organization.status()).dossier.documents["verification"].state == "not_started"


NOTHING_OF_OURS: list[list[Any]] = [
    [], [None], [7], ["x"], [[]], [{}], [{"organization_id": "org_x"}, {}],
    [RawValue(Payload(metadata={"encoding": b"of nobody"}, data=b"\xff"))],
]  # fmt: skip


@pytest.mark.parametrize("kind", ["OrganizationWorkflow", "PayoutWorkflow", "SettlementWorkflow"])
@pytest.mark.parametrize("arguments", NOTHING_OF_OURS)
async def test_runs_that_begin_with_nothing_of_ours_end_at_once(
    programme: Programme, kind: str, arguments: list[Any]
) -> None:
    target = programme.client.service_client.config.target_host
    stranger = await Client.connect(target)
    handle = await stranger.start_workflow(kind, args=arguments, id=new_id("odd"), task_queue=TASK_QUEUE)
    with pytest.raises(WorkflowFailureError):
        await handle.result()


async def test_signals_with_too_many_arguments_end_nothing(programme: Programme) -> None:
    organization = await programme.organization()
    several: list[list[Any]] = [[GOOD, GOOD], [None, 1, 2], [{}, {}]]
    for arguments in several:
        for signal in ("act", "provider_event"):
            await organization.handle.signal(signal, args=arguments)
    await eventually(lambda: organization.refusals().count("malformed"), 6)
    assert (await organization.status()).dossier.documents["verification"].state == "not_started"


ODD_UPDATES: list[list[Any]] = [
    [], [None], [{}], [GOOD, GOOD], [{**GOOD, "action": "x"}], [[GOOD]], [7], ["x" * 1_500_000],
    [{**GOOD, "facts": {"country": 2**70}}],
    [RawValue(Payload(metadata={"encoding": b"json/plain"}, data=b"{"))],
]  # fmt: skip


@pytest.mark.parametrize("arguments", ODD_UPDATES)
async def test_malformed_updates_are_refused_and_end_nothing(
    programme: Programme, arguments: list[Any]
) -> None:
    organization = await programme.organization()
    with pytest.raises(WorkflowUpdateFailedError) as caught:
        await organization.handle.execute_update("act", args=arguments)
    assert isinstance(caught.value.cause, ApplicationError)
    assert (await organization.status()).dossier.documents["verification"].state == "not_started"
