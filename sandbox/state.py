"""What all rooms of the sandbox share: its time, its memory, its chance, and who may come in."""

import secrets
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from random import Random
from typing import Annotated

from fastapi import Depends, Request
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer

from config.settings import Settings
from models.programme.clock import ProgrammeClock
from sandbox.problems import Problem
from sandbox.store import NoteRow, Store


def _nobody() -> None:
    """Nobody is waiting yet."""


@dataclass
class World:
    """The sandbox while it runs.

    Attributes:
        seed: with the same seed the same things happen to the same references, games and days.
        stir: wakes the loops that wait for something to fall due.
    """

    settings: Settings
    clock: ProgrammeClock
    store: Store
    seed: int
    stir: Callable[[], None] = field(default=_nobody)

    def now(self) -> datetime:
        """Programme time."""
        return self.clock.now()

    def chance(self, *parts: object) -> Random:
        """A source of chance that is always the same for the same parts."""
        return Random("/".join(map(str, (self.seed, *parts))))


def open_world(settings: Settings, seed: int | None) -> World:
    """The sandbox as it was left in ``state_dir``; its seed is remembered until another is given."""
    store = Store(settings.state_dir / "sandbox.db")
    with store.write() as session:
        note = session.get(NoteRow, "seed") or NoteRow(name="seed", value="1")
        if seed is not None:
            note.value = str(seed)
        session.add(note)
        seed = int(note.value)
    return World(settings=settings, clock=settings.load_policy().clock, store=store, seed=seed)


def world_of(request: Request) -> World:
    """The world that the application was made for."""
    world = request.app.state.world
    assert isinstance(world, World)
    return world


_bearer = HTTPBearer(auto_error=False, description="`MONETIZATION_PROVIDER_TOKEN`")


def authenticate(
    request: Request, credentials: Annotated[HTTPAuthorizationCredentials | None, Depends(_bearer)]
) -> None:
    """Let in only who has the provider token."""
    token = world_of(request).settings.provider_token.get_secret_value()
    given = credentials.credentials if credentials else ""
    if not secrets.compare_digest(given.encode("utf-8", "replace"), token.encode()):
        raise Problem(401, "unauthenticated", headers={"WWW-Authenticate": "Bearer"})


Here = Annotated[World, Depends(world_of)]
