"""Examples in the OpenAPI document: of every body that is sent, every answer and every problem. All of it is invented."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from api.http.problems import MEDIA_TYPE, FieldProblem, ProblemBody, title_of
from models.commands import AllowedAction
from words.voice import Sentence

HERE = Path(__file__).parent
INSTALLATION = "https://monetization.example"

PROBLEMS: Mapping[int, tuple[str, str]] = {
    400: (
        "idempotency_key_missing",
        "This moves money: send an Idempotency-Key, so that it can be repeated safely.",
    ),
    401: ("unauthenticated", "Send a bearer token."),
    403: (
        "not_an_admin",
        "Only registered organization admins may use this. The admins are: Ada Example, Bo Example.",
    ),
    404: ("not_found", "This organization does not exist here."),
    409: ("wrong_state", "This does not fit where the statement stands: it is confirmed already."),
    412: ("stale_if_match", "It has changed since you read it; read it again, then decide."),
    413: ("too_large", "At most 1048576 bytes may be sent here."),
    415: ("unsupported_media_type", "Send the body as application/json."),
    422: ("invalid_request", ""),
    428: ("if_match_missing", "Read it first, and send its ETag as If-Match."),
    429: ("too_many_requests", "You ask too often; slow down."),
    500: ("internal", "It has been logged under the request id; try again."),
    503: (
        "temporal_unavailable",
        "Commands cannot be taken right now; reading works. Send the same request again.",
    ),
}
"""A problem for each status: its code, and what it says."""


def add_examples(schema: dict[str, Any]) -> dict[str, Any]:
    """An OpenAPI document with its examples, each of them once among its components."""
    requests, answers = (
        json.loads((HERE / f"{name}.json").read_text("utf-8")) for name in ("requests", "answers")
    )
    kept = schema["components"].setdefault("examples", {})
    for operation in (one for path in schema["paths"].values() for one in path.values()):
        for media in operation.get("requestBody", {}).get("content", {}).values():
            show(media, kept, "", requests, operation["operationId"])
        for status, answer in operation["responses"].items():
            if status >= "400":
                # FastAPI knows them as plain JSON, or as of the kind of the good answer.
                media = {"schema": {"$ref": f"#/components/schemas/{ProblemBody.__name__}"}}
                answer["content"] = {MEDIA_TYPE: media}
                show(media, kept, "Problem", {status: problem(int(status))}, status)
            else:
                for media in answer.get("content", {}).values():
                    show(media, kept, "", answers, operation["operationId"])
    return schema


def show(
    media: dict[str, Any], kept: dict[str, Any], prefix: str, known: Mapping[str, Any], name: str
) -> None:
    """Give a body the example of its schema, or of its operation where the schema has no name."""
    for found in (media.get("schema", {}).get("$ref", "").rpartition("/")[2], name):
        if found in known:
            kept[prefix + found] = {"value": known[found]}
            media["examples"] = {"example": {"$ref": f"#/components/examples/{prefix}{found}"}}
            return


def problem(status: int) -> dict[str, Any]:
    """A problem with a status."""
    code, detail = PROBLEMS[status]
    wrong = FieldProblem(
        pointer="/amount/currency",
        code="literal_error",
        detail=Sentence("Choose one of these: {expected}.", expected="USD"),
    )
    instead = AllowedAction(action="invoice.submit", document_id="invoice/inv_example1")
    body = ProblemBody(
        type=f"{INSTALLATION}/problems/{code}",
        title=title_of(code),
        status=status,
        code=code,
        detail=detail,
        request_id="00000000000000000000000000000000",
        errors=[wrong] if status == 422 else [],
        allowed_actions=[instead] if status == 409 else None,
    )
    return body.model_dump(mode="json", exclude_none=True)
