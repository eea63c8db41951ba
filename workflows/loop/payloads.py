"""What comes in from outside, read so that nothing malformed can stop a workflow."""

import functools
import math
from collections.abc import Callable, Coroutine, Mapping
from typing import Any, TypeVar

from temporalio import workflow
from temporalio.api.common.v1 import Payload
from temporalio.common import RawValue

from lifecycle.actions import NAMED_ACTIONS
from models.commands import Actor, Command, ProviderEvent, Refusal, Role
from models.texts.sentences import Sentence
from models.wire.activities import Activity, Answer, Given
from models.wire.origin import ACTIVITY, place, sealed_for
from workflows.inputs import ACT, PROVIDER_EVENT

NOTHING = RawValue(Payload())
"""What stands for an argument that was left out."""

MESSAGES: dict[str, type[Command] | type[ProviderEvent]] = {ACT: Command, PROVIDER_EVENT: ProviderEvent}
"""What each message brings that is not named after an action, which brings a command."""

MALFORMED = Refusal(
    code="malformed",
    reason=Sentence(
        "It is no command: it needs id, action, document_id and actor, in the form that the API reference gives."
    ),
)

MISNAMED = Refusal(
    code="misnamed",
    reason=Sentence(
        "It was given under the name of one action and names another; give it under the name of the one it means."
    ),
)

NO_COMMANDS: Mapping[str, Refusal] = {f"signal.{refusal.code}": refusal for refusal in (MALFORMED, MISNAMED)}
"""Why a signal that is no command is refused, by the action under which that is recorded."""

LARGEST = 256 * 1024
"""Bytes of a message; the largest command of ours is a small part of it."""


class Unreadable(ValueError):
    """What came in is not what it should be; ``refusal`` is the answer to it."""

    refusal = MALFORMED


class Misnamed(Unreadable):
    """A command came in under the name of another action."""

    refusal = MISNAMED


class StrangeResult(Exception):
    """What an activity has answered is not what a worker of this release answers."""


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


def command_given(name: str, given: RawValue) -> Command:
    """The command of a message.

    Args:
        name: the message's: an action's own, which the command must name, too; ``act`` or ``provider_event``.

    Raises:
        Unreadable: it is none.
        Misnamed: it is one of another action.
    """
    try:
        small(given)
        message = read_as(MESSAGES.get(name, Command), given)
        command = message.command() if isinstance(message, ProviderEvent) else message
    except Exception as error:
        # Whatever a converter raises on strange bytes; the bytes may be anybody's data, so they are not kept.
        raise Unreadable from error
    if name not in MESSAGES and name != command.action:
        raise Misnamed
    return command


def read_as(kind: type[Command] | type[ProviderEvent], given: RawValue) -> Command | ProviderEvent:
    """What a message holds; raises whatever a converter raises, and ValueError where no database of ours stores it."""
    message: Command | ProviderEvent = workflow.payload_converter().from_payload(given.payload, kind)
    storable(message.model_dump())
    return message


def answer_of(given: RawValue, step: Activity[Given, Answer], *, from_worker: bool) -> Answer:
    """What an activity has answered.

    Temporal decodes no answer for us: one that it cannot decode would stop the workflow.

    Args:
        from_worker: a worker of ours must have sealed it, for whoever reaches Temporal can complete activities.

    Raises:
        StrangeResult: it is of another release, or from somebody who is no worker of ours.
    """
    info = workflow.info()
    if from_worker and sealed_for(given.payload) != ACTIVITY + place(info.namespace, info.workflow_id):
        raise StrangeResult("it was not sealed by a worker of ours")
    try:
        answer: Answer = workflow.payload_converter().from_payload(given.payload, step.answer)
    except Exception as error:
        # Whatever a converter raises on strange bytes.
        raise StrangeResult("this release cannot read it") from error
    return answer


def small(given: RawValue) -> None:
    """Raises ValueError where it is larger than anything that is a command."""
    if len(given.payload.data) > LARGEST:
        raise ValueError("too large")


def storable(value: Any) -> None:
    """Raises ValueError where no database of ours stores a text or a number, so that recording it would never end."""
    if isinstance(value, str) and ("\0" in value or any("\ud800" <= c <= "\udfff" for c in value)):
        raise ValueError("no text")
    if isinstance(value, int) and abs(value) >= 2**63:
        raise ValueError("beyond 64 bits")
    if isinstance(value, float) and not math.isfinite(value):
        raise ValueError("no number")
    if isinstance(value, dict):
        for key, inner in value.items():
            storable(key)
            storable(inner)
    elif isinstance(value, list):
        for inner in value:
            storable(inner)


def no_command(name: str, refusal: Refusal, unique: str) -> Command:
    """What is recorded of a signal that is no command: that it came, why it is refused, and none of what it held."""
    known = name if name in MESSAGES or name in NAMED_ACTIONS else "unknown"
    return Command(
        id=f"{refusal.code}/{known}/{unique}",
        action=f"signal.{refusal.code}",
        document_id="unknown",
        actor=Actor(role=Role.PIPELINE, id="temporal"),
    )
