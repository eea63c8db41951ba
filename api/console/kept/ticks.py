"""The checklist of a case as far as a reviewer has come: theirs alone, and of this submission; kept like a draft."""

from sqlmodel import Session

from api.console.forms import Submitted
from api.console.page import StaffPage
from api.http.problems import not_found
from models.documents import AnyDocument
from storage.organizations import queries
from storage.people import drafts
from words.voice import Sentence

TICKED = "ticked[]"
"""The field whose values are the places of lines in the checklist."""


def place_of(organization_id: str, document: AnyDocument) -> str:
    """Under which a checklist is kept; what is submitted anew is looked at anew."""
    return f"/operators/cases/{organization_id}/{document.id}#{document.since.isoformat()}"


def ticked(page: StaffPage, session: Session, organization_id: str, document: AnyDocument) -> frozenset[str]:
    """The places of the lines that the reader has ticked."""
    path = place_of(organization_id, document)
    kept = drafts.find(session, page.installation.keyring, page.staff.person.subject, path)
    return frozenset((kept or {}).get(TICKED, ()))


def keep(page: StaffPage, organization_id: str, document_id: str, form: Submitted) -> None:
    """Keep what the reader has ticked by now."""
    with page.installation.database.transaction() as session:
        document = queries.document(session, organization_id, document_id)
        if document is None:
            raise not_found(Sentence("This case does not exist here."))
        path, lines = place_of(organization_id, document), form.fields.get(TICKED, [])
        drafts.save(session, page.installation.keyring, page.staff.person.subject, path, {TICKED: lines})
