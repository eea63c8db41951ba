"""Readiness: what is broken for one organization is said, and turns nobody away."""

import asyncio
from typing import Any

import pytest

from models.identity import new_id
from tests.api.support.live import Live
from tests.sandbox.box import eventually

pytestmark = pytest.mark.temporal

TWO_COUNTS = 120
"""Seconds within which failing workflows are counted more than once."""


def readiness(live: Live) -> Any:
    answer = live.server.call("GET", "/readyz")
    assert answer.status_code == 200, answer.text
    return answer.json()


def test_a_workflow_that_gets_nowhere_degrades_readiness_and_a_mended_one_does_not(live: Live) -> None:
    # A worker that another test has made stand still leaves tasks behind that fail until they are done again.
    eventually(lambda: readiness(live)["status"] == "ok", TWO_COUNTS)
    sick = f"organization/{new_id('org')}"

    async def begin() -> None:
        client = await live.temporal()
        await client.start_workflow(
            "OrganizationWorkflow", {"of": "another release"}, id=sick, task_queue="monetization"
        )

    asyncio.run(begin())
    eventually(
        lambda: (readiness(live)["status"], readiness(live)["failing_workflows"]) == ("degraded", 1),
        TWO_COUNTS,
    )
    live.terminate(sick)
    eventually(lambda: readiness(live)["status"] == "ok", TWO_COUNTS)
