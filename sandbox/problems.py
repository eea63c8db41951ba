"""What went wrong, as RFC 9457 problem documents; they never repeat what was sent."""

from collections.abc import Mapping
from typing import Annotated, Any

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from pydantic import BaseModel, Field
from starlette.exceptions import HTTPException
from structlog.contextvars import get_contextvars

PROBLEM = "application/problem+json"


class FieldProblem(BaseModel):
    """What is wrong with one field, by its JSON pointer."""

    pointer: str
    code: str
    detail: str = ""


class ProblemBody(BaseModel):
    """The body of every answer that is an error (``application/problem+json``)."""

    type: Annotated[str, Field(description="a URI naming the problem")]
    title: str
    status: int
    code: Annotated[str, Field(description="stable, for programs")]
    detail: str = ""
    request_id: str
    errors: list[FieldProblem] = []


class Problem(Exception):
    """An answer that is an error."""

    def __init__(
        self,
        status: int,
        code: str,
        detail: str = "",
        headers: Mapping[str, str] | None = None,
        errors: list[FieldProblem] | None = None,
    ) -> None:
        super().__init__(code)
        self.status = status
        self.code = code
        self.detail = detail
        self.headers = dict(headers or {})
        self.errors = errors or []

    def body(self) -> dict[str, Any]:
        """The problem document."""
        return ProblemBody(
            type=f"urn:problem:sandbox:{self.code}",
            title=self.code.replace("_", " ").capitalize(),
            status=self.status,
            code=self.code,
            detail=self.detail,
            request_id=str(get_contextvars().get("request_id", "")),
            errors=self.errors,
        ).model_dump()

    def response(self) -> JSONResponse:
        """The answer."""
        return JSONResponse(self.body(), self.status, headers=self.headers, media_type=PROBLEM)


def problems(*statuses: int) -> dict[int | str, dict[str, Any]]:
    """The part of an operation's documentation that names the errors it may answer with."""
    return {
        status: {"model": ProblemBody, "content": {PROBLEM: {}}} for status in (401, 422, 429, 503, *statuses)
    }


def answer_problems(app: FastAPI) -> None:
    """Make the application answer every error with a problem document."""

    @app.exception_handler(Problem)
    async def _(request: Request, error: Problem) -> JSONResponse:
        return error.response()

    @app.exception_handler(HTTPException)
    async def _(request: Request, error: HTTPException) -> JSONResponse:
        code = {404: "not_found", 405: "method_not_allowed"}.get(error.status_code, "refused")
        return Problem(error.status_code, code, headers=error.headers).response()

    @app.exception_handler(RequestValidationError)
    async def _(request: Request, error: RequestValidationError) -> JSONResponse:
        errors = [
            FieldProblem(pointer="/" + "/".join(map(str, item["loc"])), code=str(item["type"]))
            for item in error.errors()[:50]
        ]
        return Problem(422, "invalid_request", errors=errors).response()
