"""Idempotency keys: a command given twice under the same key is carried out once, and answered alike.

Keys are kept for good: they are part of the ids of commands, which are in the audit record for good, too. Whoever
carries a request out holds its key; a holder that has not answered within the lease may have died, and the next one
who asks takes over. That is safe while the first lives: all that either makes is named after the key, so it is made once,
and the answer that is kept first is the answer for both.
"""

import secrets
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from sqlalchemy.exc import IntegrityError
from sqlmodel import Session

from models.tables import IdempotencyRow, real_now

LEASE = timedelta(seconds=2)
"""How long nobody else takes a key over: longer than a quick answer takes, and as long as whoever asks again waits."""

OPEN_ENDED = 503
"""The status of a request whose outcome is not known: only the very same may be sent under its key."""


class InFlight(Exception):
    """The same request is being worked on."""


class KeyReused(Exception):
    """The key was used for another request."""


@dataclass(frozen=True)
class Stored:
    """An answer that was given before."""

    status: int
    response: dict[str, Any]


def new_holder() -> str:
    """The name of somebody who carries a request out."""
    return secrets.token_hex(8)


def begin(
    session: Session, principal: str, key: str, route: str, body_sha256: str, holder: str
) -> Stored | None:
    """Take a key for a request, in the transaction that does the request's first work.

    Args:
        holder: who takes it; nobody else than the latest holder may free the key.

    Returns:
        The answer given before, or ``None`` when the request is to be carried out now.

    Raises:
        InFlight: another process or thread is carrying it out.
        KeyReused: the key stands for a different request.
    """
    row = session.get(IdempotencyRow, (principal, key), with_for_update=True)
    if row is None:
        session.add(
            IdempotencyRow(principal=principal, key=key, route=route, body_sha256=body_sha256, holder=holder)
        )
        try:
            session.flush()
        except IntegrityError:
            raise InFlight from None
        return None
    if (row.route, row.body_sha256) != (route, body_sha256):
        raise KeyReused
    if row.status is not None and row.response is not None:
        return Stored(row.status, row.response)
    if row.status is None and row.created_at > real_now() - LEASE:
        raise InFlight
    row.status, row.created_at, row.holder = None, real_now(), holder
    session.flush()
    return None


def answered(session: Session, principal: str, key: str, route: str, body_sha256: str) -> Stored | None:
    """The answer that was given under a key, if there is one; takes nothing.

    Raises:
        KeyReused: the key stands for a different request.
    """
    row = session.get(IdempotencyRow, (principal, key))
    if row is None:
        return None
    if (row.route, row.body_sha256) != (route, body_sha256):
        raise KeyReused
    if row.status is None or row.response is None:
        return None
    return Stored(row.status, row.response)


def finish(
    session: Session, principal: str, key: str, status: int, response: dict[str, Any]
) -> dict[str, Any]:
    """Keep the answer, to be given again; returns the one that is kept, which another holder may have kept before."""
    row = session.get(IdempotencyRow, (principal, key), with_for_update=True)
    if row is None:
        return response
    if row.response is None:
        row.status, row.response = status, response
    return row.response


def leave_open(session: Session, principal: str, key: str, holder: str) -> None:
    """The outcome is not known; the same request may try again at once, no other may use the key."""
    row = session.get(IdempotencyRow, (principal, key), with_for_update=True)
    if row is not None and row.response is None and row.holder == holder:
        row.status = OPEN_ENDED


def release(session: Session, principal: str, key: str, holder: str) -> None:
    """The request was refused and has changed nothing; its key is free again."""
    row = session.get(IdempotencyRow, (principal, key), with_for_update=True)
    if row is not None and row.response is None and row.holder == holder:
        session.delete(row)
