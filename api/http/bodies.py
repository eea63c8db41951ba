"""Bodies: JSON read strictly, and the types that they are made of."""

import re
import unicodedata
from collections.abc import Callable, Coroutine
from datetime import UTC, date, datetime
from typing import Annotated, Any, TypeVar

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
from models.wire.strict_json import Unreadable, read_json
from words.voice import Sentence

T = TypeVar("T")


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
            self.state.unreadable = error.why
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
        raise ValueError(Sentence("Write it in one line, without control characters."))
    return text


def _several_lines(text: str) -> str:
    if any(unicodedata.category(character) == "Cc" and character not in "\r\n\t" for character in text):
        raise ValueError(Sentence("Leave out control characters."))
    return text


def _day(value: Any) -> Any:
    if not isinstance(value, str) or not re.fullmatch(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", value):
        raise ValueError(Sentence("Write a day, such as 2026-01-31."))
    try:
        return date.fromisoformat(value)
    except ValueError:
        raise ValueError(Sentence("Choose a day of the calendar; there is none of this date.")) from None


def _moment(value: Any) -> Any:
    if not isinstance(value, str):
        return value
    try:
        moment = datetime.fromisoformat(value)
        return moment.astimezone(UTC) if moment.tzinfo else moment
    except (ValueError, OverflowError):
        raise ValueError(Sentence("Write a moment, such as 2026-01-31T12:00:00Z.")) from None


def unique(items: list[T]) -> list[T]:
    """A list that names nothing twice."""
    if len(set(items)) != len(items):
        raise ValueError(Sentence("Name nothing twice."))
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
