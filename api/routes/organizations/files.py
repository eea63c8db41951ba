"""Files: uploaded once, then named by forms; what they are is found out by their content."""

from typing import Any
from urllib.parse import quote

from fastapi import APIRouter, Request, Response
from starlette.datastructures import UploadFile

from api.http.parameters import FileIdInPath, Limit, StartingAfter
from api.http.problems import Problem, documented
from api.http.routing import READ, organization_router
from api.installation import CurrentInstallation
from api.security.organization_access import IN_TURN, Admin, Reading
from api.services.organizations import files
from api.services.organizations.files import Upload, not_taken
from api.services.views import FileView, Paged
from words.voice import Sentence

router: APIRouter = organization_router("documents")
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


@router.post(
    "/documents",
    status_code=201,
    responses=documented(400, 401, 403, 404, 409, 413, 415, 422, 429, 500, 503),
    openapi_extra=UPLOAD_BODY,
)
async def upload(request: Request, admin: Admin, installation: CurrentInstallation) -> FileView:
    """Upload a PDF, PNG or JPEG of at most 10 MB as the part `file`; images must be at least 480 × 480."""
    if not request.headers.get("content-type", "").lower().startswith("multipart/form-data"):
        raise Problem(415, "unsupported_media_type", Sentence("Send the file as multipart/form-data."))
    async with request.form(max_files=1, max_fields=1) as form:
        file = form.get("file")
        if not isinstance(file, UploadFile):
            raise not_taken("missing", Sentence("Send the file as the part named file."))
        sent = Upload(await file.read(), file.filename or "", file.content_type or "")
    return await files.keep_in_turn(installation, admin, sent)


@router.get("/documents", responses=READ)
def list_files(
    reader: Reading,
    installation: CurrentInstallation,
    limit: Limit = 20,
    starting_after: StartingAfter = None,
) -> Paged[FileView]:
    """The organization's files, the newest first."""
    with installation.database.reading() as session:
        return files.list_files(session, reader.organization_id, limit, starting_after)


@router.get("/documents/{file_id}", responses=READ, response_class=Response, dependencies=[IN_TURN])
def download(reader: Reading, installation: CurrentInstallation, file_id: FileIdInPath) -> Response:
    """A file's content, to be saved."""
    row, content = files.read_file(installation, reader.organization_id, file_id)
    headers = {
        "Content-Disposition": f"attachment; filename*=UTF-8''{quote(row.name)}",
        "Content-Security-Policy": "sandbox; default-src 'none'",
    }
    return Response(content, media_type=row.content_type, headers=headers)
