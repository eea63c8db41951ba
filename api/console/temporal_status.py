"""Whether commands can be taken now, as every page says it; asked of Temporal every few seconds at most."""

import time
from weakref import WeakKeyDictionary

from api.workflow_client import Pipeline

KNOWN_FOR = 5.0
"""Seconds for which an answer is believed."""

_answers: WeakKeyDictionary[Pipeline, tuple[float, bool]] = WeakKeyDictionary()


async def commands_wait(pipeline: Pipeline) -> bool:
    """Whether Temporal is away, so that reading works and commands wait."""
    asked, reachable = _answers.get(pipeline, (float("-inf"), True))
    if time.monotonic() - asked > KNOWN_FOR:
        _answers[pipeline] = time.monotonic(), reachable  # the others do not ask meanwhile
        reachable = await pipeline.is_reachable()
        _answers[pipeline] = time.monotonic(), reachable
    return not reachable
