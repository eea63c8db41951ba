"""What surrounds every activity: its ids on each log line, and an end to trying what cannot pass."""

from typing import Any

import structlog
from sqlalchemy.exc import InterfaceError, InternalError, OperationalError, ProgrammingError, TimeoutError
from temporalio import activity
from temporalio.exceptions import ApplicationError, FailureError
from temporalio.worker import ActivityInboundInterceptor, ExecuteActivityInput, Interceptor

from models.wire.steps import Step

TRIES = 5
"""After so many failures that nobody has foreseen, a step is given back to its workflow, which shows it and waits."""

PASSING = (OperationalError, InterfaceError, ProgrammingError, InternalError, TimeoutError, OSError)
"""What a database that is away, busy or being upgraded raises, and a disk or a network; it ends by itself."""


class Surroundings(Interceptor):
    """Binds the ids of the workflow and the activity to whatever is logged on the way, and ends endless trying."""

    def intercept_activity(self, next: ActivityInboundInterceptor) -> ActivityInboundInterceptor:
        """Wrap the execution of activities."""
        return BoundActivity(next)


class BoundActivity(ActivityInboundInterceptor):
    """An activity whose log lines carry its ids."""

    async def execute_activity(self, input: ExecuteActivityInput) -> Any:
        """Execute the activity with its ids bound."""
        info = activity.info()
        ids: dict[str, Any] = {
            "workflow_id": info.workflow_id,
            "run_id": info.workflow_run_id,
            "activity_id": info.activity_id,
            "activity_type": info.activity_type,
            "attempt": info.attempt,
        }
        if input.args and isinstance(input.args[0], Step):
            ids["organization_id"] = input.args[0].organization_id
        # Left bound: the SDK logs a failure after this has returned, in the same task, which then ends.
        structlog.contextvars.bind_contextvars(**ids)
        try:
            return await super().execute_activity(input)
        except (FailureError, *PASSING):
            raise
        except Exception as error:
            if "organization_id" not in ids or info.attempt < TRIES:
                raise
            name = type(error).__name__
            raise ApplicationError(name, type=name, non_retryable=True) from error
