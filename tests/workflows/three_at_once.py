"""A worker's activities in a process of their own: three at once, and no more work is asked for than can be begun."""

import asyncio
import os
from concurrent.futures import ThreadPoolExecutor

from temporalio.worker import Worker

from activities.catalogue import all_activities
from activities.installation import assemble
from activities.interceptor import Surroundings
from config.settings import settings
from storage.encryption.payload_codec import connect
from worker import GRACE, stop_when_told


async def main() -> None:
    """Work until told to stop, and let what is under way finish first."""
    stop = asyncio.Event()
    stop_when_told(stop)
    client = await connect(settings())
    with ThreadPoolExecutor(3) as threads:
        async with Worker(
            client,
            task_queue=settings().task_queue,
            activities=all_activities(assemble(settings(), client)),
            activity_executor=threads,
            max_concurrent_activities=3,
            interceptors=[Surroundings()],
            graceful_shutdown_timeout=GRACE,
        ):
            await stop.wait()


if __name__ == "__main__":
    asyncio.run(main())
    os._exit(0)
