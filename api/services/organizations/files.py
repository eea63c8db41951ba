"""Files: uploaded once, then named by forms; what they are is found out by their content."""

import hashlib
import re
import unicodedata
from dataclasses import dataclass
from pathlib import PurePosixPath

from sqlmodel import Session

from api.http.problems import FieldProblem, Problem, Unavailable, not_found
from api.installation import Installation
from api.security.organization_access import OrganizationAdmin
from api.services.ceilings import ceiling_as_problem
from api.services.organizations.file_inspection import Busy, inspect
from api.services.views import FileView, Paged
from models.identity import new_id
from models.tables import FileRow, real_now
from providers.failures import NotFound
from storage.organizations import queries
from storage.organizations.ceilings import add_upload, refuse_more_files
from words.voice import NOTHING, Sentence

EXTENSIONS = {"application/pdf": ".pdf", "image/png": ".png", "image/jpeg": ".jpg"}
ALSO = {".jpeg": "image/jpeg", ".jpg": "image/jpeg", ".png": "image/png", ".pdf": "application/pdf"}
UNSPECIFIC = ("", "application/octet-stream", "binary/octet-stream")
LONGEST_NAME = 100
WHY = {
    "type_not_supported": Sentence("Only PDF, PNG and JPEG files are taken."),
    "type_differs": Sentence("The file is not what its name or content type says."),
    "empty": Sentence("The file is empty."),
    "unreadable": Sentence("The file is damaged, or not what it claims to be."),
    "encrypted": Sentence("Remove the password first."),
    "too_complex": Sentence("The file has too many parts."),
    "too_many_pages": Sentence("The file has too many pages."),
    "no_pages": Sentence("The file has no pages."),
    "active_content": Sentence("The file does something by itself, as scripts do; print it into a new PDF."),
    "image_too_small": Sentence("The image must be at least 480 × 480 pixels."),
    "image_too_large": Sentence("The image has too many pixels."),
}


@dataclass(frozen=True)
class Upload:
    """A file as it was sent.

    Attributes:
        name: what the sender calls it.
        claimed: the content type that the sender says it has.
    """

    content: bytes
    name: str
    claimed: str


async def keep_in_turn(installation: Installation, admin: OrganizationAdmin, upload: Upload) -> FileView:
    """Look at a file and keep it, when it is the organization's turn to have one looked at."""
    queue = installation.queues.strangers_files
    row = await queue.run(admin.organization_id, keep, installation, admin, upload)
    return FileView.model_validate(row, from_attributes=True)


def keep(installation: Installation, admin: OrganizationAdmin, upload: Upload) -> FileRow:
    """Look at a file, and keep it if it is what it claims to be."""
    content, limit = upload.content, installation.policy.file_limit_bytes
    if not content:
        raise not_taken("empty")
    if len(content) > limit:
        raise Problem(413, "too_large", Sentence("A file may have at most {count} bytes.", count=limit))
    try:
        found = inspect(content, installation.policy.image_min_pixels)
    except Busy:
        raise Unavailable(
            "busy",
            Sentence("The file could not be looked at just now. Nothing is wrong with it: send it again."),
            10,
        ) from None
    if found.content_type is None:
        raise not_taken(found.refused or "unreadable")
    by_name = ALSO.get(PurePosixPath(upload.name.lower()).suffix, found.content_type)
    by_header = upload.claimed.partition(";")[0].strip().lower()
    if by_name != found.content_type or by_header not in (*UNSPECIFIC, found.content_type):
        raise not_taken("type_differs")
    row = FileRow(
        id=new_id("file"),
        organization_id=admin.organization_id,
        name=clean_name(upload.name, EXTENSIONS[found.content_type]),
        content_type=found.content_type,
        size=len(content),
        sha256=hashlib.sha256(content).hexdigest(),
        created_by=admin.person.subject,
        created_at=real_now(),
    )
    return keep_upload(installation, row, content)


def keep_upload(installation: Installation, row: FileRow, content: bytes) -> FileRow:
    """Keep a file, unless there are as many as there may be: then its content is not kept either."""
    with installation.database.reading() as session, ceiling_as_problem():
        refuse_more_files(session, row, installation.policy.most_files)
    installation.files.save(content)
    with installation.database.transaction() as session, ceiling_as_problem():
        return add_upload(session, row, installation.policy.most_files)


def not_taken(code: str, detail: Sentence = NOTHING) -> Problem:
    """A file that is not taken."""
    error = FieldProblem(pointer="/file", code=code, detail=detail or WHY.get(code, WHY["unreadable"]))
    return Problem(422, "invalid_request", errors=[error])


def clean_name(name: str, extension: str) -> str:
    """A name that is safe to show and to save under: no path, no control or reordering characters."""
    plain = unicodedata.normalize("NFC", name.encode("utf-8", "ignore").decode())
    stem = re.split(r"[/\\]", plain)[-1].rpartition(".")[0] or "file"
    kept = "".join(c if c.isalnum() or c in " ._-()" else "_" for c in stem).strip(" .")
    return f"{kept[:LONGEST_NAME] or 'file'}{extension}"


def list_files(session: Session, organization_id: str, limit: int, after: str | None) -> Paged[FileView]:
    """A page of the organization's files, the newest first."""
    page = queries.files(session, organization_id, limit, after)
    shown = [FileView.model_validate(row, from_attributes=True) for row in page.data]
    return Paged(data=shown, has_more=page.has_more)


def read_file(installation: Installation, organization_id: str, file_id: str) -> tuple[FileRow, bytes]:
    """A file and its content; 404 when there is none."""
    with installation.database.reading() as session:
        row = queries.file(session, organization_id, file_id)
    try:
        content = installation.files.read(row.sha256) if row else None
    except NotFound:
        content = None
    if row is None or content is None:
        raise not_found(Sentence("This file does not exist here."))
    return row, content
