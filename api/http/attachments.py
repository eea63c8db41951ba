"""Files that are made when they are asked for, to be saved."""

from typing import Any

from fastapi import Response

from api.http.routing import READ
from api.security.organization_access import IN_TURN

CSV = "text/csv; charset=utf-8"
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
PDF = "application/pdf"


def file_of(media_type: str, responses: dict[int | str, dict[str, Any]] = READ) -> dict[str, Any]:
    """The documentation of an operation that answers with a file."""
    content = {media_type.partition(";")[0]: {"schema": {"type": "string", "format": "binary"}}}
    answers = responses | {200: {"description": "The file", "content": content}}
    return {"response_class": Response, "responses": answers, "dependencies": [IN_TURN]}


def attachment(content: bytes, media_type: str, name: str) -> Response:
    """A file to be saved; its name is made of our own words and ids."""
    headers = {
        "Content-Disposition": f'attachment; filename="{name}"',
        "Content-Security-Policy": "sandbox; default-src 'none'",
    }
    return Response(content, media_type=media_type, headers=headers)
