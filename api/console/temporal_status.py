"""Whether commands can be taken now, as every page says it; asked of Temporal every few seconds at most."""

import time
from weakref import WeakKeyDictionary

from api.workflow_client import WorkflowClient

KNOWN_FOR = 5.0
"""Seconds for which an answer is believed."""

_answers: WeakKeyDictionary[WorkflowClient, tuple[float, bool]] = WeakKeyDictionary()


async def commands_wait(workflow_client: WorkflowClient) -> bool:
    """Whether Temporal is away, so that reading works and commands wait."""
    asked, reachable = _answers.get(workflow_client, (float("-inf"), True))
    if time.monotonic() - asked > KNOWN_FOR:
        _answers[workflow_client] = time.monotonic(), reachable  # the others do not ask meanwhile
        reachable = await workflow_client.is_reachable()
        _answers[workflow_client] = time.monotonic(), reachable
    return not reachable
