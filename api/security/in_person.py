"""Who has signed in themselves, and how recently, where a machine's key is not enough."""

from datetime import timedelta
from typing import Annotated

from fastapi import Depends

from api.http.problems import Problem
from api.security.identity import SignedIn
from api.security.tokens import Person
from models.tables import real_now
from words.voice import NOTHING, Sentence, joined

RECENTLY = timedelta(minutes=15)
"""How long ago somebody may have proved who they are, where that matters; real time."""


def refuse_key(person: Person) -> Person:
    """Only somebody who has signed in, not a machine with a key."""
    if person.key is not None:
        raise Problem(403, "not_with_a_key", Sentence("Sign in to do this; an API key is not enough."))
    return person


async def come_in_person(person: SignedIn) -> Person:
    """Only somebody who has signed in."""
    return refuse_key(person)


InPerson = Annotated[Person, Depends(come_in_person)]


def prove_recently(person: Person) -> Person:
    """403 unless somebody has proved in the last minutes who they are (RFC 9470)."""
    since = person.authenticated_at
    if since is None or real_now() - since > RECENTLY:
        unknown = (
            NOTHING
            if since
            else Sentence("When you last did is not known: a token must say so by auth_time.")
        )
        raise Problem(
            403,
            "recent_sign_in_needed",
            joined(
                Sentence("Sign in again, then repeat this: it needs a sign-in of the last 15 minutes."),
                unknown,
            ),
            headers={"WWW-Authenticate": 'Bearer error="insufficient_user_authentication", max_age="900"'},
        )
    return person


async def come_just_signed_in(person: InPerson) -> Person:
    """Only somebody who has signed in just now."""
    return prove_recently(person)


JustSignedIn = Annotated[Person, Depends(come_just_signed_in)]
