"""What a run begins with, read so that the input of another release, or of nobody, does not stop it."""

import json
from typing import Any, TypeVar

from pydantic import TypeAdapter, ValidationError
from temporalio import workflow
from temporalio.common import RawValue

from models.commands import Effect, Outcome
from models.dossier import Dossier
from models.origin import RunInput, seems_ours

Input = TypeVar("Input", bound=RunInput)

DOSSIER, EFFECTS = TypeAdapter(Dossier), TypeAdapter(Effect)
OUTCOME = TypeAdapter(Outcome)

PRUNED = 100
"""How many entries that this release does not know are left out at most."""


class OfAnotherRelease(Exception):
    """A process of ours has written an input of which this release does not understand what it cannot do without."""


def input_of(given: RawValue, kind: type[Input]) -> tuple[Input | None, list[str]]:
    """What a run begins with, and the names of what another release has put into it and this one leaves out.

    What the database knows better is left out whole where any of it is strange: the documents, and what is to be
    done for them. A rule that this release does not know is left out; one that it knows, with a value that it does not,
    is not guessed.

    Returns:
        None where it cannot be read, and no process of ours has made it.

    Raises:
        OfAnotherRelease: it cannot be read, and a process of ours has made it; one of another release, or one with
            the right keys, can go on.
    """
    try:
        read: Input = workflow.payload_converter().from_payload(given.payload, kind)
        return read, []
    except Exception as error:
        # Whatever a converter raises on strange bytes.
        try:
            read, left_out = tolerant(json.loads(given.payload.data), kind)
        except (ValueError, LookupError, TypeError, RecursionError):
            if seems_ours(given.payload):
                raise OfAnotherRelease(f"this release cannot read it: {kind.__name__}") from error
            return None, []
    read.remember_origin(given.payload)
    return read, left_out


def tolerant(value: Any, kind: type[Input]) -> tuple[Input, list[str]]:
    """An input without what is not understood; raises ValueError where too much is left out."""
    if not isinstance(value, dict):
        raise ValueError("no object")
    left_out: list[str] = []
    value = dict(value)
    if "applied" in value:
        value["applied"] = understood(value["applied"], OUTCOME, "applied", left_out)
    if "effects" in value:
        effects = value["effects"] if isinstance(value["effects"], list) else [None]
        known = understood(dict(enumerate(effects)), EFFECTS, "effects", left_out)
        value["effects"] = list(known.values())
    if value.get("dossier") is not None and not is_understood(value["dossier"], DOSSIER):
        left_out.append("dossier")
    if any(name == "dossier" or name.startswith("effects.") for name in left_out):
        # What is under way outside is found again from the documents, once the database has given them.
        value["dossier"], value["effects"] = None, []
    for _ in range(PRUNED):
        try:
            return kind.model_validate_json(json.dumps(value)), left_out
        except ValidationError as error:
            problem = error.errors()[0]
            if problem["type"] != "extra_forbidden":
                raise
            left_out.append(".".join(str(part) for part in problem["loc"]))
            drop(value, problem["loc"])
    raise ValueError("too much that is not understood")


def understood(entries: Any, kind: TypeAdapter[Any], name: str, left_out: list[str]) -> dict[Any, Any]:
    """The entries that are of a kind."""
    if not isinstance(entries, dict):
        left_out.append(name)
        return {}
    left_out += [f"{name}.{key}" for key, entry in entries.items() if not is_understood(entry, kind)]
    return {key: entry for key, entry in entries.items() if is_understood(entry, kind)}


def is_understood(value: Any, kind: TypeAdapter[Any]) -> bool:
    """Whether a value is of a kind as this release knows it."""
    try:
        kind.validate_json(json.dumps(value))
    except ValidationError:
        return False
    return True


def drop(value: Any, path: tuple[int | str, ...]) -> None:
    """Leave an entry out."""
    for part in path[:-1]:
        value = value[part]
    del value[path[-1]]
