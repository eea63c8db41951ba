"""How long an action takes from the click to its answer, beside a bare Temporal update on the same server.

An action is an admin's: it goes through the API (who are they, may they, was it asked before), is decided by the
organization's workflow, and recorded by the worker before it is answered. The bare update is the least that any
such system pays: a client, the server, a workflow that answers at once. Both are asked one at a time and 32 at once,
in turns; medians of the rounds.
"""

import asyncio
import os
import tempfile
import time
from collections.abc import Awaitable, Callable
from pathlib import Path
from statistics import median, quantiles
from typing import Any

from temporalio import workflow
from temporalio.client import Client, WorkflowHandle
from temporalio.worker import UnsandboxedWorkflowRunner, Worker

from cli.demo.api_client import ApiClient
from cli.demo.people import Person
from cli.stack.local_stack import Wish, up

AT_ONCE = (1, 32)
ACTIONS = 64
ROUNDS = 3

Act = Callable[[int, str], Awaitable[object]]
"""Do something as one of those who act at once, under a key of its own."""


@workflow.defn
class BareWorkflow:
    """Answers updates at once, and lasts until it is ended."""

    @workflow.run
    async def run(self) -> None:
        """Wait for ever."""
        await workflow.wait_condition(lambda: False)

    @workflow.update
    async def act(self, key: str) -> str:
        """The answer."""
        return key


async def bare(client: Client) -> list[WorkflowHandle[Any, None]]:
    """As many workflows as people act at once."""
    queue = "bench-bare"
    return [
        await client.start_workflow(BareWorkflow.run, id=f"bare-{number}", task_queue=queue)
        for number in range(max(AT_ONCE))
    ]


async def organizations(client: ApiClient) -> list[tuple[Person, str]]:
    """As many organizations, each with its admin, and where the API has it."""
    found = []
    for number in range(max(AT_ONCE)):
        admin = Person(f"admin-{number}", f"Admin {number}")
        made = await client.post(
            admin, "/v1/organizations", {"name": f"Example {number}"}, key=f"org-{number}"
        )
        found.append((admin, f"/v1/organizations/{made['id']}/games"))
    return found


async def time_it(act: Act, at_once: int, mark: str) -> dict[str, float]:
    """Milliseconds from asking to the answer, and answers a second."""
    taken: list[float] = []

    async def one(who: int) -> None:
        for number in range(ACTIONS // at_once):
            began = time.perf_counter()
            await act(who, f"{mark}-{who}-{number}")
            taken.append(1000 * (time.perf_counter() - began))

    began = time.perf_counter()
    await asyncio.gather(*(one(who) for who in range(at_once)))
    whole = time.perf_counter() - began
    return {"p50_ms": median(taken), "p95_ms": quantiles(taken, n=20)[18], "per_second": len(taken) / whole}


async def measure(place: Path) -> dict[str, Any]:
    """All rounds."""
    rounds: dict[tuple[str, int], list[dict[str, float]]] = {}
    async with up(Wish(place, "default", 1.0), lambda line: None) as running:
        client = ApiClient(running.settings)
        places, handles = await organizations(client), await bare(running.client)

        async def ours(who: int, key: str) -> object:
            admin, path = places[who]
            return await client.post(admin, path, {"name": key, "features": ["iaa"]}, key=key)

        async def plain(who: int, key: str) -> object:
            return await handles[who].execute_update(BareWorkflow.act, key, id=key)

        async with Worker(
            running.client,
            task_queue="bench-bare",
            workflows=[BareWorkflow],
            workflow_runner=UnsandboxedWorkflowRunner(),
        ):
            for number in range(ROUNDS + 1):
                for at_once in AT_ONCE:
                    for name, act in (("bare", plain), ("action", ours)):
                        found = await time_it(act, at_once, f"{name}-{number}-{at_once}")
                        if number:  # the first round warms up
                            rounds.setdefault((name, at_once), []).append(found)
        await client.close()
    return {
        f"{at_once} at once": {
            **{name: middle(rounds[name, at_once]) for name in ("action", "bare")},
            "action_to_bare": ratio(rounds["action", at_once], rounds["bare", at_once]),
        }
        for at_once in AT_ONCE
    }


def middle(rounds: list[dict[str, float]]) -> dict[str, float]:
    """The median round of each figure."""
    return {name: round(median(one[name] for one in rounds), 1) for name in rounds[0]}


def ratio(ours: list[dict[str, float]], other: list[dict[str, float]]) -> float:
    """How many times as long ours takes: the median of the rounds' ratios."""
    return round(median(a["p50_ms"] / b["p50_ms"] for a, b in zip(ours, other, strict=True)), 2)


def main() -> dict[str, Any]:
    """Measure, print and return the figures."""
    os.environ["MONETIZATION_REQUESTS_PER_MINUTE"] = "0"
    with tempfile.TemporaryDirectory(prefix="monetization-bench-") as place:
        figures = asyncio.run(measure(Path(place)))
    for name, found in figures.items():
        print(f"   {name:12} action {found['action']}  bare {found['bare']}  x{found['action_to_bare']}")
    return figures


if __name__ == "__main__":
    main()
