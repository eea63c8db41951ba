"""What surrounds every request: its id, its size limit, its log line, the headers of its answer."""

import re
import time
import traceback
from collections.abc import Awaitable, Callable, Mapping
from uuid import uuid4

import structlog
from starlette.datastructures import Headers, MutableHeaders
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send
from structlog.contextvars import bind_contextvars, clear_contextvars

from api.http.problems import Problem, accepted_by, not_found
from api.http.request_metrics import RequestMetrics
from words.voice import Sentence

_log = structlog.get_logger("api.http")

HEADERS: Mapping[str, str] = {
    "X-Content-Type-Options": "nosniff",
    "Cache-Control": "no-store",
    "Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Strict-Transport-Security": "max-age=31536000",
}
"""Set on every answer that has not set its own."""

METHODS = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS")


class RequestMiddleware:
    """The outermost layer of the application; nothing that goes wrong inside gets out except as a problem.

    Args:
        base: the address of this installation.
        body_limit: the largest body in bytes.
        upload_limit: the largest multipart body in bytes.
        form_limit: the same for a form of a page, which may bring several files.
        is_page: whether a person looks at what is answered.
        show: the page for them when something goes wrong.
    """

    def __init__(
        self,
        app: ASGIApp,
        base: str,
        request_metrics: RequestMetrics,
        body_limit: int,
        upload_limit: int,
        form_limit: int,
        is_page: Callable[[Request], bool],
        show: Callable[[Request, Problem], Awaitable[Response]],
    ) -> None:
        self._app = app
        self._base = base
        self._request_metrics = request_metrics
        self._body_limit = body_limit
        self._upload_limit = upload_limit
        self._form_limit = form_limit
        self._is_page = is_page
        self._show = show

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        headers = Headers(scope=scope)
        request_id = request_id_of(headers.get("x-request-id", ""))
        clear_contextvars()
        bind_contextvars(request_id=request_id)
        scope.setdefault("state", {})["request_id"] = request_id
        multipart = headers.get("content-type", "").lower().startswith("multipart/")
        upload_limit = self._form_limit if self._is_page(Request(scope)) else self._upload_limit
        body = LimitedBody(receive, upload_limit if multipart else self._body_limit)
        started, status = time.monotonic(), 0

        async def answer(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                out = MutableHeaders(scope=message)
                out["X-Request-Id"] = request_id
                for name, value in HEADERS.items():
                    out.setdefault(name, value)
            await send(message)

        try:
            refuse_nul(scope)
            body.check_length(headers.get("content-length", ""))
            await self._app(scope, body.receive, answer)
        except Exception as error:
            if status:
                raise
            if isinstance(error, ClientDisconnect):
                error = Problem(400, "bad_request", Sentence("The request was cut off."))
            if not isinstance(error, Problem):
                _log.error("failed", error=describe(error))
                error = Problem(
                    500, "internal", Sentence("It has been logged under the request id; try again.")
                )
            response = await self._response(scope, error)
            await response(scope, receive, answer)
        finally:
            self._finish(scope, status, time.monotonic() - started)

    async def _response(self, scope: Scope, problem: Problem) -> Response:
        if self._is_page(Request(scope)):
            try:
                return await self._show(Request(scope), problem)
            except Exception as error:
                _log.error("no page can be shown", error=describe(error))
        return problem.response(self._base, accepted_by(Request(scope)))

    def _finish(self, scope: Scope, status: int, seconds: float) -> None:
        method = scope["method"] if scope["method"] in METHODS else "other"
        route = getattr(scope.get("route"), "path", None) or "unknown"
        self._request_metrics.count(method, route, status, seconds)
        _log.info(
            "request",
            method=method,
            route=route,
            status=status,
            milliseconds=round(seconds * 1000, 1),
            **{name: value for name, value in scope.get("path_params", {}).items() if is_id(name, value)},
        )


def request_id_of(given: str) -> str:
    """The caller's id of the request, if it is one, or a new one."""
    fits = 0 < len(given) <= 100 and given.isascii() and given.replace("-", "").replace("_", "").isalnum()
    return given if fits else uuid4().hex


def refuse_nul(scope: Scope) -> None:
    """Refuse an address with NUL in it, which PostgreSQL takes in no text."""
    if "\x00" in scope["path"]:
        raise not_found()
    if b"%00" in scope["query_string"]:
        raise Problem(422, "invalid_request", Sentence("The address contains NUL."))


def describe(error: BaseException) -> str:
    """What kind of error it was and where; its message is left out, because it may quote what was sent."""
    frames = traceback.extract_tb(error.__traceback__)[-6:]
    where = [f"{frame.filename.rpartition('/')[2]}:{frame.lineno} {frame.name}" for frame in frames]
    cause = error.__cause__ or error.__context__
    because = f" because of {type(cause).__qualname__}" if cause else ""
    return f"{type(error).__qualname__}{because} at {' < '.join(reversed(where))}"


def is_id(name: str, value: object) -> bool:
    """Whether a part of the address is one of our ids, and so may be logged."""
    return name.endswith("_id") and re.fullmatch(r"[a-z]{1,10}_[0-9A-Za-z]{1,40}", str(value)) is not None


class LimitedBody:
    """A body that may not be longer than a limit, whatever its headers say."""

    def __init__(self, receive: Receive, limit: int) -> None:
        self._receive = receive
        self._limit = limit
        self._size = 0

    def check_length(self, claimed: str) -> None:
        """Refuse a body at once that says itself that it is too long."""
        if claimed.isascii() and claimed.isdecimal() and int(claimed[:20]) > self._limit:
            raise self._too_large()

    async def receive(self) -> Message:
        """The next part of the body."""
        message = await self._receive()
        self._size += len(message.get("body", b""))
        if self._size > self._limit:
            raise self._too_large()
        return message

    def _too_large(self) -> Problem:
        return Problem(
            413, "too_large", Sentence("At most {count} bytes may be sent here.", count=self._limit)
        )
