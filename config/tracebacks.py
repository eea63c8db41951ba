"""Exceptions as logs show them: types and places, never their messages, which repeat what people have typed."""

import sys
import traceback
from collections.abc import Iterator
from types import TracebackType

from structlog.types import EventDict
from temporalio.exceptions import ApplicationError
from temporalio.service import RPCError

from config.settings import BadSetting

ExcInfo = tuple[type[BaseException], BaseException, TracebackType | None]

DEEPEST = 8
"""How many exceptions of a chain or a group inside each other are shown."""

MOST_FRAMES = 40
SHORTEST_MASKED = 4
"""A shorter message hides nothing, and stands in too many innocent words."""


def show_exceptions(_: object, __: str, event: EventDict) -> EventDict:
    """Turn ``exc_info`` into the text ``exception``, and take the exception's own words out of the line."""
    info = resolve(event.pop("exc_info", None))
    event.pop("exception", None)
    if info is not None:
        event["exception"] = shown(info)
    words = str(event.get("event", ""))
    # Libraries also write an exception that they handle into the line itself.
    for error in (*chain(info[1] if info else None), *chain(sys.exc_info()[1])):
        for own in own_words(error):
            words = words.replace(own, type(error).__name__)
    event["event"] = words
    return event


def own_words(error: BaseException) -> list[str]:
    """What an exception says by itself, in whole and in parts, the longest first."""
    found: list[str] = []
    for what in (error, *error.args):
        try:
            found += [str(what), repr(what)]
        except Exception:  # an exception may even fail to say what it is
            continue
    return sorted((words for words in found if len(words) >= SHORTEST_MASKED), key=len, reverse=True)


def resolve(given: object) -> ExcInfo | None:
    """The exception that a logger was given: itself, as a triple, or ``True`` for the one being handled."""
    if isinstance(given, BaseException):
        return type(given), given, given.__traceback__
    found = given if isinstance(given, tuple) else sys.exc_info() if given else (None, None, None)
    kind, error, trace = found
    if kind is None or error is None:
        return None
    return kind, error, trace


def shown(info: ExcInfo) -> str:
    """A traceback whose exceptions are named by their types, with what is certainly ours of their words."""
    told = traceback.TracebackException(*info, limit=-MOST_FRAMES, compact=True)
    return "\n".join(lines(told, info[1], DEEPEST))


def lines(told: traceback.TracebackException, error: BaseException | None, deep: int) -> Iterator[str]:
    """The lines of one exception after those of what caused it."""
    before, why = told.__cause__, "The above was the direct cause of:"
    origin = error.__cause__ if error is not None else None
    if before is None and not told.__suppress_context__:
        before, why = told.__context__, "While that was handled:"
        origin = error.__context__ if error is not None else None
    if before is not None and deep:
        yield from lines(before, origin, deep - 1)
        yield why
    yield "Traceback (most recent call last):"
    yield from "".join(told.stack.format()).splitlines()
    yield named(error) if error is not None else "an exception"
    parts = error.exceptions if isinstance(error, BaseExceptionGroup) else ()
    for part, one in zip(told.exceptions or (), parts, strict=False):
        if deep:
            yield from (f"  | {line}" for line in lines(part, one, deep - 1))


def named(error: BaseException) -> str:
    """An exception's type, and of its message what no person can have written."""
    kind = type(error)
    name = kind.__qualname__ if kind.__module__ == "builtins" else f"{kind.__module__}.{kind.__qualname__}"
    if isinstance(error, RPCError):
        return f"{name}: {error.status.name}"
    if isinstance(error, ApplicationError) and error.type:
        return f"{name}: {error.type}"
    if isinstance(error, BadSetting):
        return f"{name}: {error}"
    if isinstance(error, OSError) and error.strerror:
        return f"{name}: {error.strerror}"
    return name


def chain(error: BaseException | None) -> Iterator[BaseException]:
    """An exception, and all that it came from or is made of."""
    seen: set[int] = set()
    waiting = [error]
    while waiting:
        one = waiting.pop()
        if one is None or id(one) in seen:
            continue
        seen.add(id(one))
        yield one
        waiting += [one.__cause__, one.__context__]
        waiting += one.exceptions if isinstance(one, BaseExceptionGroup) else ()
