"""Help: what the words of the programme mean, and whom to ask."""

from fastapi import APIRouter
from fastapi.responses import HTMLResponse

from api.console.page import OfPerson
from words.glossary import TERMS, WHOM_TO_ASK

router = APIRouter(prefix="/help", include_in_schema=False)


@router.get("")
def show_help(page: OfPerson) -> HTMLResponse:
    """The terms in the order of the alphabet."""
    with page.reading() as session:
        terms = sorted(TERMS.items(), key=lambda term: term[0].lower())
        return page.show(session, "help.html", terms=terms, whom_to_ask=WHOM_TO_ASK)
