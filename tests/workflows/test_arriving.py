"""What comes from outside into a workflow: nothing malformed ends its life, and what was refused is recorded."""

from typing import Any

import pytest
from temporalio.api.common.v1 import Payload
from temporalio.client import WorkflowUpdateFailedError
from temporalio.common import RawValue
from temporalio.exceptions import ApplicationError

from tests.workflows.programme import ADMIN, Programme, command, eventually

pytestmark = [pytest.mark.temporal, pytest.mark.asyncio(loop_scope="module")]

GOOD = command("verification.submit", "verification", ADMIN).model_dump(mode="json")
NEWS = {"id": "n", "action": "verification.verify", "document_id": "verification"}
CRUEL: list[tuple[str, list[Any]]] = [
    ("act", []),
    ("act", [None]),
    ("act", [{}]),
    ("act", [[GOOD]]),
    ("act", ["verification.submit"]),
    ("act", [{**GOOD, "action": "no action"}]),
    ("act", [{**GOOD, "another": 1}]),
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
]


async def test_malformed_signals_are_recorded_as_refused_and_end_nothing(programme: Programme) -> None:
    organization = await programme.organization()
    for signal, arguments in CRUEL:
        await organization.handle.signal(signal, args=arguments)
    await eventually(lambda: organization.refusals().count("malformed"), len(CRUEL))
    form = organization.form("verification")
    await organization.do("verification.submit", "verification", submission_id=form, country="US")
    assert organization.actions() == ["verification.submit"]


async def test_signals_with_too_many_arguments_end_nothing(programme: Programme) -> None:
    organization = await programme.organization()
    several: list[list[Any]] = [[GOOD, GOOD], [None, 1, 2], [{}, {}]]
    for arguments in several:
        for signal in ("act", "provider_event"):
            await organization.handle.signal(signal, args=arguments)
    await eventually(lambda: organization.refusals().count("malformed"), 6)
    assert (await organization.status()).dossier.documents["verification"].state == "not_started"


@pytest.mark.parametrize("arguments", [[], [None], [{}], [GOOD, GOOD], [{**GOOD, "action": "x"}]])
async def test_malformed_updates_are_refused_and_end_nothing(
    programme: Programme, arguments: list[Any]
) -> None:
    organization = await programme.organization()
    with pytest.raises(WorkflowUpdateFailedError) as caught:
        await organization.handle.execute_update("act", args=arguments)
    assert isinstance(caught.value.cause, ApplicationError)
    assert (await organization.status()).dossier.documents["verification"].state == "not_started"
