"""Whether a worker of the local stack takes work."""

from collections.abc import Awaitable, Callable

from temporalio.client import Client
from temporalio.service import RPCError

from cli.stack.supervision import CannotTell
from workflows.pollers import pollers


def is_polled(client: Client, task_queue: str) -> Callable[[int], Awaitable[bool]]:
    """Whether the worker with a certain pid asks for work; the SDK puts the pid into its identity."""

    async def ready(pid: int) -> bool:
        try:
            found = await pollers(client, task_queue)
        except RPCError as error:
            raise CannotTell from error
        return any(poller.identity.startswith(f"{pid}@") for poller in found)

    return ready
