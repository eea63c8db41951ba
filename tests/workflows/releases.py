"""Workers of releases: the one of this code, or one in which something is otherwise."""

from collections.abc import AsyncIterator, Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager
from typing import Any

from temporalio.worker import Worker

from activities.catalogue import all_activities
from activities.interceptor import Surroundings
from tests.workflows.programme import RUNNER, Programme
from worker import WORKFLOWS


@asynccontextmanager
async def release(
    programme: Programme,
    queue: str,
    organization: type = WORKFLOWS[0],
    activities: list[Callable[..., Any]] | None = None,
    **options: Any,
) -> AsyncIterator[None]:
    """A worker of a release, on a task queue of its own."""
    mended = {f.__temporal_activity_definition.name: f for f in all_activities(programme.installation)}  # type: ignore[attr-defined]
    odd = {f.__temporal_activity_definition.name: f for f in activities or []}  # type: ignore[attr-defined]
    with ThreadPoolExecutor(8) as threads:
        async with Worker(
            programme.client,
            task_queue=queue,
            workflows=(organization, *WORKFLOWS[1:]),
            activities=list({**mended, **odd}.values()),
            activity_executor=threads,
            workflow_runner=RUNNER,
            interceptors=[Surroundings()],
            **options,
        ):
            yield
