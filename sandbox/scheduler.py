"""The clockwork: does what falls due, in the order of time, and sleeps in between."""

import asyncio
from datetime import timedelta

import structlog

from sandbox.services import desks, payments, storefront
from sandbox.state import World

SHORTEST = 0.02
LONGEST = 1.0

_log = structlog.get_logger("sandbox.scheduler")


async def run(world: World, stirred: asyncio.Event) -> None:
    """Keep the world going, for ever."""
    while True:
        try:
            pause = await asyncio.to_thread(turn, world)
        except Exception:
            # A full disk, say, must not stop the world for good.
            _log.exception("turn failed")
            pause = LONGEST
        try:
            await asyncio.wait_for(stirred.wait(), pause)
        except TimeoutError:
            continue
        stirred.clear()


def turn(world: World) -> float:
    """Do what is due; returns the real seconds until something else is, or for which it is safe to sleep."""
    now = world.now()
    with world.store.read() as session:
        soonest = (desks.next_due(session), payments.next_due(session), storefront.next_due(session, now))
    first = min((moment for moment in soonest if moment), default=now + timedelta(days=365))
    if first > now:
        wait = world.clock.real_delay(first - now).total_seconds()
        return min(max(wait, SHORTEST), LONGEST)
    with world.store.write() as session:
        desks.decide_due(session, world, now)
        payments.move_due(session, world, now)
        storefront.report_due(session, world, now)
    world.stir()
    return SHORTEST
