"""Files: uploaded once, then named by forms; what they are is found out by their content."""

import hashlib
import re
import unicodedata
from pathlib import PurePosixPath
from typing import Annotated, Any
from urllib.parse import quote

from fastapi import APIRouter, Path, Request, Response
from starlette.datastructures import UploadFile as Upload

from api.http.ceilings import ceiling_told
from api.http.problems import FieldProblem, Problem, Unavailable, documented, not_found
from api.http.routing import READ, Limit, StartingAfter, organization_router
from api.installation import Here, Installation
from api.security.identity import IN_TURN, Admin, Reading
from api.services.file_inspection import Busy, inspect
from api.services.views import FileView, Paged
from models.identity import new_id
from models.tables import FileRow, real_now
from providers.failures import NotFound
from storage.organizations import queries
from storage.organizations.ceilings import add_upload, refuse_more_files

router: APIRouter = organization_router("documents")

EXTENSIONS = {"application/pdf": ".pdf", "image/png": ".png", "image/jpeg": ".jpg"}
ALSO = {".jpeg": "image/jpeg", ".jpg": "image/jpeg", ".png": "image/png", ".pdf": "application/pdf"}
UNSPECIFIC = ("", "application/octet-stream", "binary/octet-stream")
LONGEST_NAME = 100

WHY = {
    "type_not_supported": "Only PDF, PNG and JPEG files are taken.",
    "type_differs": "The file is not what its name or content type says.",
    "empty": "The file is empty.",
    "unreadable": "The file is damaged, or not what it claims to be.",
    "encrypted": "Remove the password first.",
    "too_complex": "The file has too many parts.",
    "too_many_pages": "The file has too many pages.",
    "no_pages": "The file has no pages.",
    "active_content": "The file does something by itself, as scripts do; print it into a new PDF.",
    "image_too_small": "The image must be at least 480 × 480 pixels.",
    "image_too_large": "The image has too many pixels.",
}

UPLOAD_BODY: dict[str, Any] = {
    "requestBody": {
        "required": True,
        "content": {
            "multipart/form-data": {
                "schema": {
                    "type": "object",
                    "properties": {"file": {"type": "string", "format": "binary"}},
                    "required": ["file"],
                }
            }
        },
    }
}

FileIdInPath = Annotated[str, Path(pattern=r"^file_[0-9a-z]{1,40}$")]


@router.post(
    "/documents",
    status_code=201,
    responses=documented(400, 401, 403, 404, 409, 413, 415, 422, 429, 500, 503),
    openapi_extra=UPLOAD_BODY,
)
async def upload(request: Request, admin: Admin, here: Here) -> FileView:
    """Upload a PDF, PNG or JPEG of at most 10 MB as the part `file`; images must be at least 480 × 480."""
    if not request.headers.get("content-type", "").lower().startswith("multipart/form-data"):
        raise Problem(415, "unsupported_media_type", "Send the file as multipart/form-data.")
    async with request.form(max_files=1, max_fields=1) as form:
        file = form.get("file")
        if not isinstance(file, Upload):
            raise not_taken("missing", "Send the file as the part named file.")
        content = await file.read()
        name, claimed = file.filename or "", file.content_type or ""
    sent_by = (admin.organization_id, admin.person.subject)
    row = await here.queues.strangers_files.run(
        admin.organization_id, keep, here, *sent_by, content, name, claimed
    )
    return FileView.model_validate(row, from_attributes=True)


def keep(
    here: Installation, organization_id: str, subject: str, content: bytes, name: str, claimed: str
) -> FileRow:
    """Look at a file, and keep it if it is what it claims to be."""
    if not content:
        raise not_taken("empty")
    if len(content) > here.policy.file_limit_bytes:
        raise Problem(413, "too_large", f"A file may have at most {here.policy.file_limit_bytes} bytes.")
    try:
        found = inspect(content, here.policy.image_min_pixels)
    except Busy:
        raise Unavailable(
            "busy", "The file could not be looked at just now. Nothing is wrong with it: send it again.", 10
        ) from None
    if found.content_type is None:
        raise not_taken(found.refused or "unreadable")
    by_name = ALSO.get(PurePosixPath(name.lower()).suffix, found.content_type)
    by_header = claimed.partition(";")[0].strip().lower()
    if by_name != found.content_type or by_header not in (*UNSPECIFIC, found.content_type):
        raise not_taken("type_differs")
    row = FileRow(
        id=new_id("file"),
        organization_id=organization_id,
        name=clean_name(name, EXTENSIONS[found.content_type]),
        content_type=found.content_type,
        size=len(content),
        sha256=hashlib.sha256(content).hexdigest(),
        created_by=subject,
        created_at=real_now(),
    )
    return keep_upload(here, row, content)


def keep_upload(here: Installation, row: FileRow, content: bytes) -> FileRow:
    """Keep a file, unless there are as many as there may be: then its content is not kept either."""
    with here.database.reading() as session, ceiling_told():
        refuse_more_files(session, row, here.policy.most_files)
    here.files.save(content)
    with here.database.transaction() as session, ceiling_told():
        return add_upload(session, row, here.policy.most_files)


def not_taken(code: str, detail: str = "") -> Problem:
    """A file that is not taken."""
    error = FieldProblem(pointer="/file", code=code, detail=detail or WHY.get(code, WHY["unreadable"]))
    return Problem(422, "invalid_request", errors=[error])


def clean_name(name: str, extension: str) -> str:
    """A name that is safe to show and to save under: no path, no control or reordering characters."""
    plain = unicodedata.normalize("NFC", name.encode("utf-8", "ignore").decode())
    stem = re.split(r"[/\\]", plain)[-1].rpartition(".")[0] or "file"
    kept = "".join(c if c.isalnum() or c in " ._-()" else "_" for c in stem).strip(" .")
    return f"{kept[:LONGEST_NAME] or 'file'}{extension}"


@router.get("/documents", responses=READ)
def list_files(
    reader: Reading, here: Here, limit: Limit = 20, starting_after: StartingAfter = None
) -> Paged[FileView]:
    """The organization's files, the newest first."""
    with here.database.reading() as session:
        page = queries.files(session, reader.organization_id, limit, starting_after)
    shown = [FileView.model_validate(row, from_attributes=True) for row in page.data]
    return Paged(data=shown, has_more=page.has_more)


@router.get("/documents/{file_id}", responses=READ, response_class=Response, dependencies=[IN_TURN])
def download(reader: Reading, here: Here, file_id: FileIdInPath) -> Response:
    """A file's content, to be saved."""
    with here.database.reading() as session:
        row = queries.file(session, reader.organization_id, file_id)
    try:
        content = here.files.read(row.sha256) if row else None
    except NotFound:
        content = None
    if row is None or content is None:
        raise not_found("This file")
    headers = {
        "Content-Disposition": f"attachment; filename*=UTF-8''{quote(row.name)}",
        "Content-Security-Policy": "sandbox; default-src 'none'",
    }
    return Response(content, media_type=row.content_type, headers=headers)
