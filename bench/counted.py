"""The API, with a count of its SQL statements in every answer: for measuring, and for the tests of that count.

``python -m bench.counted`` serves it as ``python -m api`` does.
"""

import os
from contextvars import ContextVar
from typing import Any

from sqlalchemy import Engine, event
from starlette.datastructures import MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from api.__main__ import run
from api.app import create_app
from config.logs import configure_logs
from config.settings import settings

HEADER = "X-Queries"

_count: ContextVar[list[int] | None] = ContextVar("count", default=None)


class Counted:
    """An application whose answers say how many SQL statements they took, up to their first byte."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app
        if not event.contains(Engine, "before_cursor_execute", count):
            event.listen(Engine, "before_cursor_execute", count)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        counted = [0]
        _count.set(counted)

        async def answer(message: Message) -> None:
            if message["type"] == "http.response.start":
                MutableHeaders(scope=message)[HEADER] = str(counted[0])
            await send(message)

        await self._app(scope, receive, answer)


def count(_: Any, __: Any, statement: str, *more: Any) -> None:
    """One more statement of the request in whose thread it is made."""
    counted = _count.get()
    if counted is not None and not statement.startswith("BEGIN"):
        counted[0] += 1


if __name__ == "__main__":
    here = settings()
    configure_logs("api", here.log_format)
    run(Counted(create_app(here)), here)
    os._exit(0)  # as in ``api.__main__``
