"""Reading what another release of ours may have written: a field that this one does not know is left out.

Models refuse unknown fields, because people and providers mistype them. What our own processes write for each other
(everything that travels through Temporal, and documents in the database) is read with these functions instead: while
releases are rolled out or back, the reader may be older than the writer. Only fields are left out. A value that this
release does not know, such as a new member of an enumeration, is never guessed: reading fails.
"""

from typing import Any, TypeVar

from pydantic import TypeAdapter, ValidationError

T = TypeVar("T")


class OfAnotherRelease(ValueError):
    """A process of ours has written what this release cannot read, beyond fields that it does not know."""


_adapters: dict[Any, TypeAdapter[Any]] = {}


def adapter_of(kind: Any) -> TypeAdapter[Any]:
    """What reads a kind of value; made once."""
    if kind not in _adapters:
        _adapters[kind] = TypeAdapter(kind)
    return _adapters[kind]


def read_json(kind: type[T], data: bytes | str) -> T:
    """A value of a kind from JSON; raises ValidationError."""
    read: T = adapter_of(kind).validate_json(data, extra="ignore")
    return read


def read_value(kind: type[T], value: Any) -> T:
    """The same from what JSON was already parsed to; raises ValidationError."""
    read: T = adapter_of(kind).validate_python(value, extra="ignore")
    return read


def unknown_fields(kind: type[Any], data: bytes | str) -> list[str]:
    """The dotted paths of the fields that reading leaves out."""
    try:
        adapter_of(kind).validate_json(data, extra="forbid")
    except ValidationError as error:
        extra = [problem for problem in error.errors() if problem["type"] == "extra_forbidden"]
        return [".".join(str(part) for part in problem["loc"]) for problem in extra]
    return []
