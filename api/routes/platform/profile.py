"""The profile of the one who asks."""

from fastapi import APIRouter

from api.http.bodies import StrictRoute
from api.http.routing import COMMAND, READ
from api.installation import CurrentInstallation
from api.security.in_person import InPerson
from api.security.turns import OWN_TURN
from api.services import profile
from api.services.profile import ChosenProfile
from models.mail.topics import Profile

router = APIRouter(tags=["service"], route_class=StrictRoute)


@router.get("/v1/me/profile", responses=READ, dependencies=[OWN_TURN])
def show_profile(person: InPerson, installation: CurrentInstallation) -> Profile:
    """How you want to be spoken to: language, time zone, theme, and which mails you get, and when."""
    with installation.database.reading() as session:
        return profile.show_profile(session, person)


@router.put("/v1/me/profile", responses=COMMAND, dependencies=[OWN_TURN])
def save_profile(person: InPerson, installation: CurrentInstallation, body: ChosenProfile) -> Profile:
    """Choose how you want to be spoken to. Mail about security is always sent at once."""
    return profile.save_profile(installation, person, body)
