"""What a provider answers, read so that it can mean one thing only."""

import json
from typing import Annotated, Any, Self

from pydantic import BaseModel, Field

Reference = Annotated[str, Field(pattern=r"^[A-Za-z0-9_./:@+-]{1,300}$")]


class Answer(BaseModel):
    """An answer of a provider, which may say more than we know, but nothing twice.

    Of a name that occurs twice one reader believes the first value and another the last.
    """

    @classmethod
    def model_validate_json(cls, json_data: str | bytes | bytearray, **how: Any) -> Self:
        """The answer; raises ValidationError, also where a name occurs twice in any object of it."""
        try:
            json.loads(json_data, object_pairs_hook=_each_once)
        except (ValueError, RecursionError):
            return cls.model_validate(None)
        return super().model_validate_json(json_data, **how)


def _each_once(pairs: list[tuple[str, Any]]) -> None:
    names = [name for name, _ in pairs]
    if len(set(names)) != len(names):
        raise ValueError("a name occurs twice")
