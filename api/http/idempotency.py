"""Requests under an Idempotency-Key: carried out once, answered alike each time."""

import hashlib
import re
from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from typing import Annotated, Any

from fastapi import Depends, Header, HTTPException, Request
from sqlmodel import Session

from api.http.problems import Problem
from api.installation import CurrentInstallation
from api.queues import in_thread
from api.security.organization_access import Admin
from api.security.tokens import Person
from models.identity import ALPHABET
from storage import idempotency
from storage.database import Database
from words.voice import Sentence

KEY = re.compile(r"[\x21-\x7e]{1,140}")

MEANING = (
    "1 to 140 visible ASCII characters, a fresh UUID for example. The same key with the same body is carried out "
    "once and answered alike; with another body it is refused (422)."
)

KeyHeader = Annotated[str | None, Header(alias="Idempotency-Key", description=MEANING)]
NeededKeyHeader = Annotated[
    str | None, Header(alias="Idempotency-Key", description=f"Needed, because this moves money. {MEANING}")
]


class AlreadyAnswered(Exception):
    """This very request was carried out before; its answer is given again, whatever has happened since.

    Attributes:
        status: of that answer.
        response: its body.
    """

    def __init__(self, status: int, response: dict[str, Any]) -> None:
        super().__init__(status)
        self.status = status
        self.response = response


def reused() -> Problem:
    """The key stands for another request."""
    return Problem(422, "idempotency_key_reused", Sentence("Take a fresh Idempotency-Key for a new request."))


@dataclass(frozen=True)
class IdempotentRequest:
    """One request, and the key under which it was sent, if any.

    Attributes:
        principal: within whose requests the key means this one.
        route: method and path.
        holder: names this one try of the request: another try may take the key over from it.
    """

    database: Database
    principal: str
    key: str | None
    route: str
    body_sha256: str
    holder: str = field(default_factory=idempotency.new_holder)

    def begin(self, session: Session) -> dict[str, Any] | None:
        """Take the key, in the transaction of the first work; the answer given before, if there is one."""
        if self.key is None:
            return None
        try:
            stored = idempotency.begin(
                session, self.principal, self.key, self.route, self.body_sha256, self.holder
            )
        except idempotency.InFlight:
            raise Problem(
                409,
                "idempotency_in_flight",
                Sentence("This very request is being worked on; ask again for its answer."),
                headers={"Retry-After": "1"},
            ) from None
        except idempotency.KeyReused:
            raise reused() from None
        return stored.response if stored else None

    def stored(self, session: Session) -> idempotency.Stored | None:
        """The answer that was given before, if there is one; takes nothing; 422 when the key was used otherwise."""
        if self.key is None:
            return None
        try:
            return idempotency.answered(session, self.principal, self.key, self.route, self.body_sha256)
        except idempotency.KeyReused:
            raise reused() from None

    def raise_if_answered(self) -> None:
        """Raise the answer that was given before, if there is one: before anything is judged by where things stand now.

        Raises:
            AlreadyAnswered: this very request was carried out; this is its answer.
            Problem: 422, the key was used for another request.
        """
        with self.database.reading() as session:
            stored = self.stored(session)
        if stored is not None:
            raise AlreadyAnswered(stored.status, stored.response)

    def refuse_shown(self) -> None:
        """409 when this very request has made its secret before, whatever could be said against it now."""
        with self.database.reading() as session:
            stored = self.stored(session)
        if stored is not None:
            raise shown_once()

    def begin_secret(self, session: Session) -> None:
        """Take the key for what makes a secret: 409 the second time, because the secret is shown only once."""
        if self.begin(session) is not None:
            raise shown_once()

    def once(self, work: Callable[[], dict[str, Any]]) -> dict[str, Any]:
        """Do something that keeps no answer by itself, and keep what it says; the second time only that is said again.

        Raises:
            Problem: whatever the work raises, or 409 while another try of it is under way.
        """
        with self.database.transaction() as session:
            before = self.begin(session)
        if before is not None:
            return before
        try:
            done = work()
        except BaseException as error:
            self.give_up(error)
            raise
        with self.database.transaction() as session:
            return self.finish(session, 200, done)

    def session(self) -> AbstractContextManager[Session]:
        """Where the answer is worked out: a transaction, if it is to be kept."""
        return self.database.transaction() if self.key is not None else self.database.reading()

    def finish(self, session: Session, status: int, response: dict[str, Any]) -> dict[str, Any]:
        """Keep the answer; returns the one that was kept first, which is the answer to every try."""
        if self.key is None:
            return response
        return idempotency.finish(session, self.principal, self.key, status, response)

    def give_up(self, error: BaseException) -> None:
        """Free the key when the request was refused; hold it when its outcome is not known.

        A refusal because too much is under way (429) says nothing of an earlier try.
        """
        if self.key is None:
            return
        refused = isinstance(error, HTTPException) and error.status_code < 500 and error.status_code != 429
        with self.database.transaction() as session:
            end = idempotency.release if refused else idempotency.leave_open
            end(session, self.principal, self.key, self.holder)


def shown_once() -> Problem:
    """A secret was made and shown before; it cannot be shown again."""
    return Problem(
        409,
        "shown_once",
        Sentence(
            "This was sent before and has been done, once. The answer to it showed the secret, which is kept "
            "nowhere else: if nobody has it, end what was made and make another."
        ),
    )


async def idempotent_request(
    request: Request, database: Database, principal: str, key: str | None, required: bool = False
) -> IdempotentRequest:
    """A request and its key; 400 when the key is missing or malformed."""
    if key is None and required:
        raise Problem(
            400,
            "idempotency_key_missing",
            Sentence("This moves money: send an Idempotency-Key, so that it can be repeated safely."),
        )
    if key is not None and not KEY.fullmatch(key):
        raise Problem(400, "idempotency_key_malformed", Sentence("Send 1 to 140 visible ASCII characters."))
    return IdempotentRequest(
        database=database,
        principal=principal,
        key=key,
        route=f"{request.method} {request.url.path}",
        body_sha256=await digest_of(request),
    )


async def digest_of(request: Request) -> str:
    """SHA-256 of a request's body; of a form that is read as it comes in, because it may bring files, of what it says."""
    of_form: str | None = getattr(request.state, "form_sha256", None)
    return of_form or hashlib.sha256(await request.body()).hexdigest()


async def secret_request(
    request: Request, admin: Admin, installation: CurrentInstallation, key: KeyHeader = None
) -> IdempotentRequest:
    """An admin's request for a secret, and its key; 409 when it has made it before, before anything else is judged."""
    request_once = await idempotent_request(
        request, installation.database, principal_of(admin.organization_id, admin.person), key
    )
    await in_thread(request_once.refuse_shown)
    return request_once


SecretRequest = Annotated[IdempotentRequest, Depends(secret_request)]
"""For what makes a secret; put it before what else a route asks of the one who sends the request."""


def principal_of(organization_id: str, person: Person) -> str:
    """Within whose requests a key means one."""
    return f"{organization_id}/{person.subject}"


def derived_id(prefix: str, *parts: str) -> str:
    """An id that is always the same for the same parts: a repeated request makes nothing twice."""
    number = int.from_bytes(hashlib.sha256("\n".join(parts).encode()).digest())
    return f"{prefix}_{''.join(ALPHABET[number >> 5 * place & 31] for place in range(20))}"
