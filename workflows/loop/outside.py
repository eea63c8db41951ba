"""Calling activities by their handles; what they answer stays raw until it is read (``payloads.answer_of``)."""

from collections.abc import Awaitable
from datetime import timedelta

from temporalio import workflow
from temporalio.common import RawValue, RetryPolicy

from models.wire.activities import Activity, Answer, Given


def execute_activity(
    step: Activity[Given, Answer],
    given: Given,
    *,
    start_to_close_timeout: timedelta,
    retry_policy: RetryPolicy,
    summary: str,
    heartbeat_timeout: timedelta | None = None,
) -> Awaitable[RawValue]:
    """Have an activity carried out by a worker."""
    return workflow.execute_activity(
        step.name,
        given,
        result_type=RawValue,
        start_to_close_timeout=start_to_close_timeout,
        heartbeat_timeout=heartbeat_timeout,
        retry_policy=retry_policy,
        summary=summary,
    )


def execute_local_activity(
    step: Activity[Given, Answer], given: Given, *, start_to_close_timeout: timedelta, summary: str
) -> Awaitable[RawValue]:
    """Have an activity carried out by the worker that runs the workflow."""
    return workflow.execute_local_activity(
        step.name,
        given,
        result_type=RawValue,
        start_to_close_timeout=start_to_close_timeout,
        summary=summary,
    )
