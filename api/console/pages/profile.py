"""The profile of the one who is signed in."""

from zoneinfo import available_timezones

from fastapi import APIRouter, Response
from fastapi.responses import HTMLResponse, RedirectResponse

from api.console.forms import Posted
from api.console.page import OfPerson, PersonalPage
from api.console.submission import show_again
from api.http.problems import Problem
from api.queues import in_thread
from api.services import profile
from api.services.profile import ChosenProfile
from words.languages import COMPLETE, name_of, script_of

router = APIRouter(prefix="/profile", include_in_schema=False)

ZONES = {"UTC": "UTC"} | {
    zone: zone.replace("_", " ")
    for zone in sorted(available_timezones())
    if "/" in zone and not zone.startswith(("Etc/", "posix/", "right/", "SystemV/", "US/"))
}
"""Time zones to choose from, by their IANA names."""


def to_choose_from(chosen: str) -> dict[str, str]:
    """Languages by their tags, each by what its readers call it; one that was chosen elsewhere stays among them."""
    offered = {script_of(code).lang: name for code, name in COMPLETE.items()}
    return offered if not chosen or chosen in offered else {**offered, chosen: name_of(chosen)}


def draw(page: PersonalPage) -> HTMLResponse:
    """What somebody has chosen, as a form."""
    with page.reading() as session:
        chosen = profile.show_profile(session, page.person)
        return page.show(
            session, "profile.html", chosen=chosen, zones=ZONES, languages=to_choose_from(chosen.language)
        )


@router.get("")
def show(page: OfPerson) -> HTMLResponse:
    """How somebody wants to be spoken to."""
    return draw(page)


@router.post("")
async def save(page: OfPerson, form: Posted) -> Response:
    """Choose how to be spoken to; twice the same is once."""
    try:
        chosen = form.read(ChosenProfile)
        await in_thread(profile.save_profile, page.installation, page.person, chosen)
    except Problem as problem:
        return await show_again(page, form, problem, draw)
    return RedirectResponse("/profile?saved=1", 303)
