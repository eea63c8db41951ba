"""Comparisons: an organization's own records of orders beside the platform's."""

from typing import Any

from fastapi import APIRouter, Request, Response
from starlette.datastructures import UploadFile as Upload

from api.http.attachments import CSV, attachment, file_of
from api.http.idempotency import KeyHeader, idempotent_request, principal_of
from api.http.parameters import ComparisonId, Limit, Position, StartingAfter
from api.http.problems import Problem, documented
from api.http.routing import READ, organization_router
from api.installation import CurrentInstallation
from api.queues import in_thread
from api.security.organization_access import Admin, Reading
from api.services.earnings import comparison
from api.services.earnings.comparison import ComparisonDetail, ComparisonView, read_scope, unfit
from api.services.views import Paged
from models.comparison import DifferenceKind
from words.voice import Sentence

router: APIRouter = organization_router("comparisons")
COMPARISON_BODY: dict[str, Any] = {
    "requestBody": {
        "required": True,
        "content": {
            "multipart/form-data": {
                "schema": {
                    "type": "object",
                    "properties": {
                        "file": {"type": "string", "format": "binary", "description": "CSV in UTF-8"},
                        "statement_id": {"type": "string"},
                        "since": {"type": "string", "format": "date"},
                        "until": {"type": "string", "format": "date"},
                    },
                    "required": ["file"],
                }
            }
        },
    }
}


@router.post(
    "/comparisons",
    status_code=201,
    responses=documented(400, 401, 403, 404, 409, 413, 415, 422, 429, 500, 503),
    openapi_extra=COMPARISON_BODY,
)
async def compare_records(
    request: Request, admin: Admin, installation: CurrentInstallation, key: KeyHeader = None
) -> ComparisonView:
    """Compare your own records of orders with a statement, or with what happened from one day to another.

    Send a CSV of at most 10 MB and 200,000 orders as the part `file`: its first row names the columns `order_id`,
    and `beans` or `amount` (in USD); `refund` and `day` may be there too. Besides, send `statement_id`, or `since`
    and `until`.
    """
    if not request.headers.get("content-type", "").lower().startswith("multipart/form-data"):
        raise Problem(415, "unsupported_media_type", Sentence("Send the file as multipart/form-data."))
    principal = principal_of(admin.organization_id, admin.person)
    request_once = await idempotent_request(request, installation.database, principal, key)
    await in_thread(request_once.raise_if_answered)
    async with request.form(max_files=1, max_fields=3) as form:
        file = form.get("file")
        if not isinstance(file, Upload):
            raise unfit("/file", "missing", Sentence("Send the file as the part named file."))
        content, name = await file.read(), file.filename or ""
        scope = read_scope({field: value for field, value in form.items() if field != "file"})
    return await comparison.compare_in_turn(installation, admin, request_once, content, name, scope)


@router.get("/comparisons", responses=READ)
def list_comparisons(
    reader: Reading,
    installation: CurrentInstallation,
    limit: Limit = 20,
    starting_after: StartingAfter = None,
) -> Paged[ComparisonView]:
    """The organization's comparisons, the newest first."""
    with installation.database.reading() as session:
        return comparison.list_comparisons(session, reader.organization_id, limit, starting_after)


@router.get("/comparisons/{comparison_id}.csv", **file_of(CSV))
def download_comparison(
    reader: Reading, installation: CurrentInstallation, comparison_id: ComparisonId
) -> Response:
    """All orders that differ, in US dollars."""
    with installation.database.reading() as session:
        table = comparison.differences_table(session, reader.organization_id, comparison_id)
    return attachment(table, CSV, f"comparison-{comparison_id}.csv")


@router.get("/comparisons/{comparison_id}", responses=READ)
def read_comparison(
    reader: Reading,
    installation: CurrentInstallation,
    comparison_id: ComparisonId,
    limit: Limit = 20,
    starting_after: Position = 0,
    kind: DifferenceKind | None = None,
) -> ComparisonDetail:
    """A comparison and the orders that differ, or those that differ in one way."""
    with installation.database.reading() as session:
        return comparison.read_comparison(
            session, reader.organization_id, comparison_id, limit, starting_after, kind
        )
