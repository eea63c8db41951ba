"""Bodies: JSON read strictly, and the types that they are made of."""

import json
import math
import re
import unicodedata
from collections.abc import Callable, Coroutine
from datetime import UTC, date, datetime
from typing import Annotated, Any, NoReturn, TypeVar

from fastapi import Request, Response
from fastapi.routing import APIRoute
from pydantic import (
    AfterValidator,
    AwareDatetime,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    StringConstraints,
)

from models.identity import EMAIL

T = TypeVar("T")

INT64 = 2**63
LONGEST_NUMBER = 40


class Unreadable(ValueError):
    """A body that is no JSON, or JSON that means different things to different readers."""


def read_json(raw: bytes) -> Any:
    """The value that some JSON stands for.

    Raises:
        Unreadable: for anything beyond plain JSON: NaN, integers beyond 64 bits, the same name twice, texts
            with NUL or lone surrogates, and whatever is not UTF-8.
    """
    try:
        value = json.loads(
            raw.decode("utf-8"),
            object_pairs_hook=_object,
            parse_constant=_constant,
            parse_int=_integer,
            parse_float=_number,
        )
    except UnicodeDecodeError:
        raise Unreadable("The body is not UTF-8.") from None
    except json.JSONDecodeError as error:
        raise Unreadable(f"The body is no JSON: {error.msg} (character {error.pos}).") from None
    except RecursionError:
        raise Unreadable("The body is nested too deeply.") from None
    _check_texts(value)
    return value


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise Unreadable("A name occurs twice in the same object.")
    return found


def _constant(_: str) -> NoReturn:
    raise Unreadable("NaN and Infinity are no numbers in JSON.")


def _integer(text: str) -> int:
    if len(text) > LONGEST_NUMBER or not -INT64 <= (number := int(text)) < INT64:
        raise Unreadable("An integer is beyond 64 bits.")
    return number


def _number(text: str) -> float:
    if len(text) > 10 * LONGEST_NUMBER or not math.isfinite(number := float(text)):
        raise Unreadable("A number is too large.")
    return number


def _check_texts(value: Any) -> None:
    """Refuse texts that a database or another program would choke on; not recursive."""
    pending = [value]
    while pending:
        item = pending.pop()
        if isinstance(item, dict):
            pending += item.keys()
            pending += item.values()
        elif isinstance(item, list):
            pending += item
        elif isinstance(item, str) and re.search("[\x00\ud800-\udfff]", item):
            raise Unreadable("A text contains NUL or half a character.")


class StrictRequest(Request):
    """A request whose JSON is read strictly.

    What cannot be read is handed on as bytes, which no body accepts: so who is asking is looked at first.
    """

    async def json(self) -> Any:
        """The body's value."""
        raw = await self.body()
        try:
            return read_json(raw)
        except Unreadable as error:
            self.state.unreadable = str(error)
            return raw


class StrictRoute(APIRoute):
    """A route that reads JSON strictly."""

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        """The handler, given a strict request."""
        handler = super().get_route_handler()

        async def strictly(request: Request) -> Response:
            return await handler(StrictRequest(request.scope, request.receive))

        return strictly


class Body(BaseModel):
    """What is sent to us: no unknown fields, no conversions."""

    model_config = ConfigDict(extra="forbid", strict=True, frozen=True)


def _one_line(text: str) -> str:
    if any(unicodedata.category(character) in ("Cc", "Zl", "Zp") for character in text):
        raise ValueError("must be one line without control characters")
    return text


def _several_lines(text: str) -> str:
    if any(unicodedata.category(character) == "Cc" and character not in "\r\n\t" for character in text):
        raise ValueError("must not contain control characters")
    return text


def _day(value: Any) -> Any:
    if not isinstance(value, str) or not re.fullmatch(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", value):
        raise ValueError("must be a day such as 2026-01-31")
    try:
        return date.fromisoformat(value)
    except ValueError:
        raise ValueError("is no day of the calendar") from None


def _moment(value: Any) -> Any:
    if not isinstance(value, str):
        return value
    try:
        moment = datetime.fromisoformat(value)
        return moment.astimezone(UTC) if moment.tzinfo else moment
    except (ValueError, OverflowError):
        raise ValueError("must be a moment such as 2026-01-31T12:00:00Z") from None


def unique(items: list[T]) -> list[T]:
    """A list that names nothing twice."""
    if len(set(items)) != len(items):
        raise ValueError("must not name anything twice")
    return items


Line = Annotated[
    str, StringConstraints(strip_whitespace=True, min_length=1, max_length=200), AfterValidator(_one_line)
]
"""A text of one line."""

Text = Annotated[
    str,
    StringConstraints(strip_whitespace=True, min_length=1, max_length=5000),
    AfterValidator(_several_lines),
]
"""A text of some lines."""

Day = Annotated[date, BeforeValidator(_day)]
"""A day, in ISO 8601."""

Moment = Annotated[AwareDatetime, BeforeValidator(_moment)]
"""A moment with its time zone, in ISO 8601; in UTC from here on."""

Country = Annotated[str, StringConstraints(pattern=r"^[A-Z]{2}$")]
"""A country, in ISO 3166-1 alpha-2."""

Email = Annotated[str, StringConstraints(max_length=254, pattern=EMAIL)]
"""An e-mail address, as far as one can see."""

FileId = Annotated[str, StringConstraints(pattern=r"^file_[0-9a-z]{1,40}$")]
"""A file that was uploaded before."""

FileIds = Annotated[list[FileId], Field(max_length=20), AfterValidator(unique)]
