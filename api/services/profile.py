"""How somebody wants to be spoken to: language, time zone, theme, and of what by mail."""

from sqlmodel import Session

from api.http.bodies import Body
from api.installation import Installation
from api.security.tokens import Person
from models.mail.topics import USUAL, Profile
from storage.people import profiles


class ChosenProfile(Profile, Body):
    """How you want to be spoken to from now on."""


def show_profile(session: Session, person: Person) -> Profile:
    """What somebody has chosen, and the usual for the rest."""
    chosen = profiles.profile_of(session, person.subject)
    return chosen.model_copy(update={"mail": {**USUAL, **chosen.mail}})


def save_profile(installation: Installation, person: Person, profile: Profile) -> Profile:
    """Note what somebody has chosen."""
    with installation.database.transaction() as session:
        profiles.choose(session, person.subject, profile)
        return show_profile(session, person)
