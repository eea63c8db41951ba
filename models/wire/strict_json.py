"""JSON from others, read so that it can mean one thing only."""

import json
import math
import re
from typing import Any, NoReturn

from models.texts.sentences import Sentence

INT64 = 2**63
LONGEST_NUMBER = 40


class Unreadable(ValueError):
    """A body that is no JSON, or JSON that means different things to different readers; ``why`` says it to people."""

    def __init__(self, why: Sentence) -> None:
        super().__init__(why)
        self.why = why


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
        raise Unreadable(Sentence("The body is not UTF-8.")) from None
    except json.JSONDecodeError as error:
        raise Unreadable(
            Sentence("The body is no JSON: look at character {place}.", place=error.pos)
        ) from None
    except RecursionError:
        raise Unreadable(Sentence("The body is nested too deeply.")) from None
    _check_texts(value)
    return value


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise Unreadable(Sentence("A name occurs twice in the same object."))
    return found


def _constant(_: str) -> NoReturn:
    raise Unreadable(Sentence("NaN and Infinity are no numbers in JSON."))


def _integer(text: str) -> int:
    if len(text) > LONGEST_NUMBER or not -INT64 <= (number := int(text)) < INT64:
        raise Unreadable(Sentence("An integer is beyond 64 bits."))
    return number


def _number(text: str) -> float:
    if len(text) > 10 * LONGEST_NUMBER or not math.isfinite(number := float(text)):
        raise Unreadable(Sentence("A number is too large."))
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
            raise Unreadable(Sentence("A text contains NUL or half a character."))
