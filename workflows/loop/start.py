"""What a run begins with, read so that the input of another release, or of nobody, does not stop it."""

import json
from typing import Any, TypeVar

from pydantic import ValidationError
from temporalio import workflow
from temporalio.common import RawValue

from models.commands import Effect, Outcome
from models.dossier import Dossier
from models.wire.origin import RunInput, seems_ours
from models.wire.tolerant import OfAnotherRelease, read_json, unknown_fields

Input = TypeVar("Input", bound=RunInput)

NAMED = 100
"""How many entries that are left out are named at most."""


def input_of(given: RawValue, kind: type[Input]) -> tuple[Input | None, list[str]]:
    """What a run begins with, and the names of what another release has put into it and this one leaves out.

    Fields that this release does not know are left out. What the database knows better is left out whole where any of
    it is strange beyond that: the documents, and what is to be done for them. A rule with a value that this release does
    not know is not guessed.

    Returns:
        None where it cannot be read, and no process of ours has made it.

    Raises:
        OfAnotherRelease: it cannot be read, and a process of ours has made it; one of another release, or one with
            the right keys, can go on.
    """
    data = given.payload.data
    try:
        read: Input | None = workflow.payload_converter().from_payload(given.payload, kind)
        left_out = unknown_fields(kind, data)
    except Exception as error:
        # Whatever a converter raises on strange bytes.
        try:
            read, left_out = tolerant(json.loads(data), kind)
        except (ValueError, LookupError, TypeError, RecursionError):
            if seems_ours(given.payload):
                raise OfAnotherRelease(f"this release cannot read it: {kind.__name__}") from error
            return None, []
    if read is not None:
        read.remember_origin(given.payload)
    return read, left_out[:NAMED]


def tolerant(value: Any, kind: type[Input]) -> tuple[Input, list[str]]:
    """An input without what is not understood; raises ValueError where too much is left out."""
    if not isinstance(value, dict):
        raise ValueError("no object")
    left_out: list[str] = []
    value = dict(value)
    if "applied" in value:
        value["applied"] = understood(value["applied"], Outcome, "applied", left_out)
    if "effects" in value:
        effects = value["effects"] if isinstance(value["effects"], list) else [None]
        known = understood(dict(enumerate(effects)), Effect, "effects", left_out)
        value["effects"] = list(known.values())
    if value.get("dossier") is not None and not is_understood(value["dossier"], Dossier):
        left_out.append("dossier")
    if any(name == "dossier" or name.startswith("effects.") for name in left_out):
        # What is under way outside is found again from the documents, once the database has given them.
        value["dossier"], value["effects"] = None, []
    data = json.dumps(value)
    return read_json(kind, data), left_out + unknown_fields(kind, data)


def understood(entries: Any, kind: type[Any], name: str, left_out: list[str]) -> dict[Any, Any]:
    """The entries that are of a kind."""
    if not isinstance(entries, dict):
        left_out.append(name)
        return {}
    left_out += [f"{name}.{key}" for key, entry in entries.items() if not is_understood(entry, kind)]
    return {key: entry for key, entry in entries.items() if is_understood(entry, kind)}


def is_understood(value: Any, kind: type[Any]) -> bool:
    """Whether a value is of a kind as this release knows it."""
    try:
        read_json(kind, json.dumps(value))
    except ValidationError:
        return False
    return True
