"""What every log line of an activity says besides its own: whose workflow it works for, and which attempt it is."""

from typing import Any

import structlog
from temporalio import activity
from temporalio.worker import ActivityInboundInterceptor, ExecuteActivityInput, Interceptor

from models.steps import Step


class LogContext(Interceptor):
    """Binds the ids of the workflow and the activity to whatever is logged on the way."""

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
        return await super().execute_activity(input)
