"""Running until done or told to stop: Ctrl-C, SIGTERM and a closed terminal all end a command orderly."""

import asyncio
import signal
from collections.abc import Coroutine
from typing import Any, TypeVar

from cli.errors import CliError, Exit

T = TypeVar("T")

STOPPING = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


def run(work: Coroutine[Any, Any, T]) -> T:
    """The result of some work; CliError when it was told to stop, after it has cleaned up."""

    async def interruptible() -> T:
        task = asyncio.current_task()
        assert task is not None
        for name in STOPPING:
            if signal.getsignal(name) is signal.SIG_IGN:
                continue  # nohup, say, wants it to be ignored
            asyncio.get_running_loop().add_signal_handler(name, task.cancel)
        return await work

    try:
        return asyncio.run(interruptible())
    except (asyncio.CancelledError, KeyboardInterrupt):
        raise CliError("Stopped.", code=Exit.INTERRUPTED) from None


async def until_told() -> None:
    """Wait until told to stop; that is how this is meant to end, and no failure."""
    try:
        await asyncio.Event().wait()
    except asyncio.CancelledError:
        task = asyncio.current_task()
        if task is not None:
            task.uncancel()
