"""What comes in from outside, read so that nothing malformed can stop a workflow."""

import functools
from collections.abc import Callable, Coroutine
from typing import Any, TypeVar

from temporalio import workflow
from temporalio.api.common.v1 import Payload
from temporalio.common import RawValue

from models.commands import Actor, Command, ProviderEvent, Refusal, Role

NOTHING = RawValue(Payload())
"""What stands for an argument that was left out."""

MALFORMED_ACTION = "signal.malformed"
"""The action under which a signal that cannot be read is recorded as refused."""

MALFORMED = Refusal(
    code="malformed",
    reason="It is no command: it needs id, action, document_id and actor, in the form that the API reference gives.",
)


class Unreadable(ValueError):
    """What came in is not what it should be."""


Self = TypeVar("Self")
Result = TypeVar("Result")


def one(arguments: tuple[object, ...]) -> RawValue:
    """The one argument of a message; none, or several, which Temporal does not leave raw, are as good as nothing."""
    match arguments:
        case (RawValue() as given,):
            return given
    return NOTHING


def alone(handler: Callable[[Self, RawValue], Result]) -> Callable[[Self, RawValue], Result]:
    """Lets a handler of one raw argument be called with any number of them, as Temporal does with a stranger's."""

    @functools.wraps(handler)
    def called(self: Self, *arguments: object) -> Result:
        return handler(self, one(arguments))

    return called


def alone_async(
    handler: Callable[[Self, RawValue], Coroutine[Any, Any, Result]],
) -> Callable[[Self, RawValue], Coroutine[Any, Any, Result]]:
    """The same for a handler that waits: Temporal looks at whether it is a coroutine function."""

    @functools.wraps(handler)
    async def called(self: Self, *arguments: object) -> Result:
        return await handler(self, one(arguments))

    return called


def command_of(given: RawValue) -> Command:
    """The command that came in.

    Raises:
        Unreadable: it is none.
    """
    try:
        command: Command = workflow.payload_converter().from_payload(given.payload, Command)
        storable(command.model_dump())
    except Exception as error:
        # Whatever a converter raises on strange bytes; the bytes may be anybody's data, so they are not kept.
        raise Unreadable from error
    return command


def event_of(given: RawValue) -> Command:
    """The command that a provider's news amounts to.

    Raises:
        Unreadable: it is none.
    """
    try:
        event: ProviderEvent = workflow.payload_converter().from_payload(given.payload, ProviderEvent)
        storable(event.model_dump())
        return event.command()
    except Exception as error:
        raise Unreadable from error


def storable(value: Any) -> None:
    """Raises ValueError where a text holds a NUL, which no database of ours stores, so that recording it never ends."""
    if isinstance(value, str) and "\0" in value:
        raise ValueError("NUL in a text")
    if isinstance(value, dict):
        for key, inner in value.items():
            storable(key)
            storable(inner)
    elif isinstance(value, list):
        for inner in value:
            storable(inner)


def unreadable(signal: str, unique: str) -> Command:
    """What is recorded of a signal that cannot be read: that it came, and none of what it held."""
    return Command(
        id=f"malformed/{signal}/{unique}",
        action=MALFORMED_ACTION,
        document_id="unknown",
        actor=Actor(role=Role.PIPELINE, id="temporal"),
    )
