"""What went wrong, as RFC 9457 problem documents; they never repeat what was sent."""

import re
from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from typing import Annotated, Any

from fastapi import FastAPI, HTTPException, Request, Response
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from pydantic import BaseModel, Field
from starlette.exceptions import HTTPException as StarletteHTTPException
from structlog.contextvars import get_contextvars

from models.commands import AllowedAction, Refusal
from models.texts.complaints import in_words
from models.texts.sentences import NOTHING, Said, Sentence
from words.languages import voice_asked_for

MEDIA_TYPE = "application/problem+json"
MOST_ERRORS = 50

TITLES: Mapping[str, str] = {
    "bad_request": "The request cannot be understood",
    "form_incomplete": "The form is not complete",
    "idempotency_key_missing": "An Idempotency-Key is needed",
    "idempotency_key_malformed": "The Idempotency-Key is malformed",
    "unauthenticated": "Not signed in",
    "signature_missing": "The webhook is not signed",
    "signature_malformed": "The signature is malformed",
    "signature_mismatch": "The signature does not match",
    "signature_expired": "The signature is too old or from the future",
    "not_with_a_key": "An API key is not enough",
    "scope_missing": "The API key may not do this",
    "preview_outdated": "The new statement would be another by now",
    "cannot_be_issued": "The new statement cannot be issued",
    "claimed": "Somebody else is at work on it",
    "last_admin": "Somebody must be able to act",
    "too_many_requests": "Too many requests",
    "cross_site": "Another site asked for this",
    "sign_in_failed": "Signing in did not work",
    "sign_in_denied": "The sign-in service did not let you in",
    "sign_in_not_proved": "It could not be proved anew that it is you",
    "recent_sign_in_needed": "Please prove again that it is you",
    "not_an_admin": "Only admins of the organization may use this",
    "not_staff": "Only the platform's staff may use this",
    "staff_may_not": "The platform's staff may not do this for an organization",
    "not_found": "Not found",
    "method_not_allowed": "This address does not take this method",
    "idempotency_in_flight": "The same request is under way",
    "conflict": "Something else was faster",
    "not_running": "The workflow is not running",
    "shown_once": "It was done before, and its secret shown then",
    "endpoint_exists": "There is such an endpoint already",
    "endpoint_disabled": "The endpoint is disabled",
    "ceiling_reached": "There are as many as there may be",
    "too_many_endpoints": "There are too many endpoints",
    "not_paid": "It is not paid yet",
    "not_signed": "It is not signed yet",
    "stale_if_match": "It has changed meanwhile",
    "too_large": "Too large",
    "unsupported_media_type": "Another content type is needed",
    "invalid_request": "Something in the request is not valid",
    "unreadable_body": "The body cannot be read",
    "unexpected_body": "This request takes no body",
    "idempotency_key_reused": "This Idempotency-Key was used for something else",
    "if_match_missing": "If-Match is needed",
    "too_many_streams": "Too many open streams",
    "too_many_in_flight": "Too many of your requests at once",
    "internal": "Something went wrong on our side",
    "busy": "There is too much to do just now",
    "temporal_unavailable": "Commands cannot be taken now",
    "outcome_unknown": "It is not known yet whether the command was carried out",
    "not_caught_up": "What was read cannot be acted on yet",
    "issuer_unavailable": "Sign-in cannot be checked now",
    "not_ready": "Not ready",
}
"""The problems that the API itself finds; refusals by the pipeline have codes of their own."""

NOT_NOW = Sentence("This is not possible as things stand")

STATUS_OF_REFUSAL: Mapping[str, int] = {
    "invalid_facts": 422,
    "reason_missing": 422,
    "reason_unknown": 422,
    "unknown_action": 422,
    "wrong_document": 422,
    "not_authorized": 403,
    "wrong_role": 403,
    "conflict_of_interest": 403,
    "unknown_document": 404,
}
"""The status of a refusal by its code; all others are conflicts with where things stand (409)."""

CODES_OF_STATUS = {400: "bad_request", 404: "not_found", 405: "method_not_allowed", 413: "too_large"}


class FieldProblem(BaseModel):
    """What is wrong with one field, by its JSON pointer."""

    pointer: Annotated[str, Field(description="where in the body (or `#query/…`, `#header/…`)")]
    code: str
    detail: Said = NOTHING


class ProblemBody(BaseModel):
    """The body of every answer that is an error."""

    type: Annotated[str, Field(description="an address that names the problem; its last part is `code`")]
    title: str
    status: int
    code: Annotated[str, Field(description="stable, for programs; all of them are in docs/problems.md")]
    detail: str = ""
    request_id: str
    errors: list[FieldProblem] = []
    allowed_actions: Annotated[
        list[AllowedAction] | None, Field(description="409: what you may do with the document instead")
    ] = None


class Problem(HTTPException):
    """An answer that is an error."""

    def __init__(
        self,
        status: int,
        code: str,
        detail: Sentence = NOTHING,
        *,
        errors: Sequence[FieldProblem] = (),
        allowed_actions: list[AllowedAction] | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> None:
        super().__init__(status, detail, dict(headers or {}))
        self.code, self.said = code, detail
        self.errors = list(errors)
        self.allowed_actions = allowed_actions

    def response(self, base: str, accepted: str = "") -> JSONResponse:
        """The answer.

        No problem is kept under an Idempotency-Key, so each asker may read it in a language of their own.

        Args:
            base: the address of this installation.
            accepted: the ``Accept-Language`` of whoever asks; without it, English.
        """
        language, voice = voice_asked_for(accepted)
        body = ProblemBody(
            type=f"{base.rstrip('/')}/problems/{self.code}",
            title=voice.say(title_of(self.code)),
            status=self.status_code,
            code=self.code,
            detail=Sentence(voice.say(self.said)),
            request_id=str(get_contextvars().get("request_id", "")),
            errors=[
                mark.model_copy(update={"detail": Sentence(voice.say(mark.detail))}) for mark in self.errors
            ],
            allowed_actions=self.allowed_actions,
        )
        content = body.model_dump(mode="json", exclude_none=True)
        headers = {"Content-Language": language, "Vary": "Accept-Language", **(self.headers or {})}
        return JSONResponse(content, self.status_code, headers, media_type=MEDIA_TYPE)


class Unavailable(Problem):
    """Something that we need is away; the same request may be sent again later."""

    def __init__(self, code: str, detail: Sentence, retry_after: int = 2) -> None:
        super().__init__(503, code, detail, headers={"Retry-After": str(retry_after)})


NOT_HERE = Sentence("It does not exist here.")


def title_of(code: str) -> Sentence:
    """What a code means in a few words; of the pipeline's refusals the detail says which it is."""
    return Sentence(TITLES.get(code) or NOT_NOW)


def not_found(what: Sentence = NOT_HERE) -> Problem:
    """It is not there, or not for you: both look the same."""
    return Problem(404, "not_found", what)


def refused(refusal: Refusal) -> Problem:
    """The pipeline's refusal as a problem."""
    status = STATUS_OF_REFUSAL.get(refusal.code, 409)
    actions = refusal.allowed_actions if status == 409 else None
    return Problem(status, refusal.code, refusal.reason, allowed_actions=actions)


def documented(*statuses: int) -> dict[int | str, dict[str, Any]]:
    """The part of an operation's documentation that names the errors it may answer with."""
    return {
        status: {"model": ProblemBody, "content": {MEDIA_TYPE: {}}, "description": DESCRIPTIONS[status]}
        for status in statuses
    }


DESCRIPTIONS = {
    400: "The request cannot be understood, or an Idempotency-Key is missing",
    401: "Not signed in",
    403: "Not allowed: you are no admin (the admins are named), or the role may not do it",
    404: "Not there, or of an organization that is not yours",
    409: "Not possible now: `allowed_actions` says what is",
    412: "It has changed since you read it (`If-Match`)",
    413: "Too large",
    415: "Another content type is needed",
    422: "Something in the request is not valid: `errors` says what and where",
    428: "`If-Match` is needed",
    429: "Too many requests: of one caller, or of this organization at once",
    500: "Something went wrong on our side",
    503: "Something that is needed is away; try again (`Retry-After`)",
}


def pointer(location: Iterable[int | str]) -> str:
    """Where in the request, as a JSON pointer; names that we do not know are left out."""
    place, *parts = list(location) or ["body"]
    root = "" if place == "body" else f"#{place}"
    known = (str(part) for part in parts if isinstance(part, int) or re.fullmatch(r"[A-Za-z_-]{1,40}", part))
    return "/".join((root, *known))


def field_problems(error: RequestValidationError) -> list[FieldProblem]:
    """What is wrong with which field. The values themselves are never repeated."""
    return [
        FieldProblem(pointer=pointer(item["loc"]), code=str(item["type"]), detail=in_words(item))
        for item in error.errors()[:MOST_ERRORS]
    ]


def answer_problems(
    app: FastAPI,
    base: str,
    is_page: Callable[[Request], bool],
    show: Callable[[Request, Problem], Awaitable[Response]],
) -> None:
    """Make the application answer every error with a problem document, or people with a page.

    Args:
        is_page: whether a person looks at the answer to a request.
        show: the page for them.
    """

    async def answer(request: Request, problem: Problem) -> Response:
        return (
            await show(request, problem) if is_page(request) else problem.response(base, accepted_by(request))
        )

    @app.exception_handler(StarletteHTTPException)
    async def _(request: Request, error: StarletteHTTPException) -> Response:
        if not isinstance(error, Problem):
            code = CODES_OF_STATUS.get(error.status_code, "bad_request")
            error = Problem(error.status_code, code, headers=error.headers)
        return await answer(request, error)

    @app.exception_handler(RequestValidationError)
    async def _(request: Request, error: RequestValidationError) -> Response:
        return await answer(request, invalid(request, error))


def accepted_by(request: Request) -> str:
    """Which languages whoever asks reads."""
    return request.headers.get("accept-language", "")


def invalid(request: Request, error: RequestValidationError) -> Problem:
    """Which problem a request that does not fit its operation is."""
    found = error.errors()
    if any(item["loc"][:1] == ("path",) for item in found):
        return not_found()
    if unreadable := getattr(request.state, "unreadable", None):
        return Problem(422, "unreadable_body", unreadable)
    media_type = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    no_object = any(item["loc"] == ("body",) and item["type"] != "missing" for item in found)
    if no_object and media_type != "application/json" and not media_type.endswith("+json"):
        return Problem(415, "unsupported_media_type", Sentence("Send the body as application/json."))
    return Problem(422, "invalid_request", errors=field_problems(error))
