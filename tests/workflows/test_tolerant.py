"""An unknown field of a newer release stops no older process: for every model that travels through Temporal."""

from collections.abc import Iterator, Mapping
from datetime import date, datetime, timedelta
from enum import Enum
from pathlib import Path
from typing import Annotated, Any, Literal, get_args, get_origin, get_type_hints

import pytest
from pydantic import BaseModel, TypeAdapter, ValidationError
from pydantic_core import to_json
from temporalio.api.failure.v1 import Failure
from temporalio.common import RawValue
from temporalio.converter import WorkflowSerializationContext
from temporalio.exceptions import ApplicationError

from activities.catalogue import all_activities
from activities.installation import assemble
from config.settings import Settings
from models.commands import Command, Effect, Outcome, ProviderEvent, Refusal
from models.documents import Payout, stored_document
from models.dossier import Dossier
from models.money import Money
from models.programme.policy import Policy, RetrySchedule
from models.programme.withholding import Withholding
from models.texts.sentences import Sentence
from models.wire.origin import RunInput
from models.wire.steps import ExternalStep, News, SettlementProgress
from models.wire.tolerant import OfAnotherRelease, read_value
from storage.encryption.payload_codec import connect
from tests.workflows.programme import CONVERTER
from worker import WORKFLOWS
from workflows.inputs import SettlementInput, Status, WorkflowInput
from workflows.loop.payloads import MESSAGES

NEWER = {"of_a_newer_release": {"deep": [1]}}
CANDIDATES: dict[type, tuple[Any, ...]] = {
    str: ("id", "US", "USD", "UTC", "a.b", "W-9", "0" * 64, "2026-01-01"),
    int: (1, 16, 0),
    float: (0.5,),
    bool: (True,),
    datetime: ("2026-01-02T03:04:05Z",),
    date: ("2026-01-02",),
    timedelta: ("PT1H",),
    Sentence: ("A sentence.",),
}


async def signatures(tmp_path: Path) -> Iterator[Any]:
    """The types in the definitions of activities, of workflows' inputs, messages and answers."""
    settings = Settings(state_dir=tmp_path)
    found: list[Any] = []
    for step in all_activities(assemble(settings, await connect(settings, lazy=True))):
        found += get_type_hints(step).values()
    for workflow in WORKFLOWS:
        for handler in (getattr(workflow, name) for name in dir(workflow)):
            if any(name.startswith("__temporal_") for name in getattr(handler, "__dict__", ())):
                found += get_type_hints(handler).values()
    inputs: list[type] = [RunInput]
    while inputs:
        found.append(kind := inputs.pop())
        inputs += kind.__subclasses__()
    return iter([*found, *MESSAGES.values()])


def models_in(annotation: Any) -> Iterator[type[BaseModel]]:
    """The models in an annotation, and those in their fields."""
    seen: set[Any] = set()
    todo = [annotation]
    while todo:
        kind = todo.pop()
        todo += get_args(kind) if get_origin(kind) is not Literal else ()
        if isinstance(kind, type) and issubclass(kind, BaseModel) and kind not in seen:
            seen.add(kind)
            todo += [field.annotation for field in kind.model_fields.values()]
            yield kind


def example(annotation: Any, rules: tuple[Any, ...] = (), newer: bool = False, inside: Any = None) -> Any:
    """A value of a type as JSON holds it, in which every field is filled; with a field more in every model if asked.

    What holds values of its own kind holds none here.
    """
    origin, arguments = get_origin(annotation), get_args(annotation)
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        fields = annotation.model_fields.items()
        own = {name: example(f.annotation, tuple(f.metadata), newer, annotation) for name, f in fields}
        return {**own, **NEWER} if newer else own
    if origin is Annotated:
        return example(arguments[0], (*arguments[1:], *rules), newer)
    if origin is Literal:
        return arguments[0]
    if origin in (list, tuple):
        return [example(argument, (), newer) for argument in arguments if argument not in (..., inside)]
    if origin in (dict, Mapping):
        return {example(arguments[0]): example(arguments[1], (), newer)}
    if arguments:
        return example(next(a for a in arguments if a is not type(None)), rules, newer)
    if isinstance(annotation, type) and issubclass(annotation, Enum):
        return next(iter(annotation)).value
    if annotation is Any:
        return "anything"
    return next(value for value in CANDIDATES[annotation] if fits(value, annotation, rules))


def fits(value: Any, annotation: Any, rules: tuple[Any, ...]) -> bool:
    kind: Any = annotation
    for rule in rules:
        kind = Annotated[kind, rule]
    try:
        TypeAdapter(kind).validate_python(value)
    except ValidationError:
        return False
    return True


async def through_temporal(value: Any, kind: Any) -> Any:
    """A value as one process of ours hands it to another: sealed, and opened as a kind."""
    place = WorkflowSerializationContext(namespace="default", workflow_id="organization/org_1")
    converter = CONVERTER.with_context(place)
    (read,) = await converter.decode(await converter.encode([value]), [kind])
    return read


async def test_every_model_that_travels_is_read_without_the_fields_of_a_newer_release(tmp_path: Path) -> None:
    kinds = {model for hint in await signatures(tmp_path) for model in models_in(hint)}
    # What travels in each way; all that these hold is found by itself.
    assert kinds > {
        WorkflowInput,
        SettlementInput,
        Command,
        ProviderEvent,
        Outcome,
        Status,
        ExternalStep,
        News,
    }
    assert kinds > {Policy, RetrySchedule, Withholding, Payout, Effect, Dossier, Money, SettlementProgress}
    for kind in kinds:
        read = await through_temporal(example(kind, newer=True), kind)
        assert read.model_dump() == kind.model_validate_json(to_json(example(kind))).model_dump(), kind


@pytest.mark.parametrize("kind", [Command, Policy, Payout])
async def test_what_somebody_has_typed_is_read_strictly(kind: type[BaseModel]) -> None:
    newer = example(kind, newer=True)
    with pytest.raises(ValidationError, match="Extra inputs"):
        kind.model_validate_json(to_json(newer))
    (payload,) = CONVERTER.payload_converter.to_payloads([newer])
    with pytest.raises(ValidationError, match="Extra inputs"):
        CONVERTER.payload_converter.from_payload(payload, kind)


async def test_a_value_that_is_not_known_is_not_guessed_and_an_activity_is_given_back() -> None:
    step = example(ExternalStep)
    step["document"]["machine"] = "visa"
    with pytest.raises(OfAnotherRelease):
        await through_temporal(step, ExternalStep)
    # As the SDK's worker does it.
    try:
        try:
            await through_temporal(step, ExternalStep)
        except Exception as error:
            raise ApplicationError("Failed decoding arguments") from error
    except ApplicationError as error:
        failure = Failure()
        await CONVERTER.encode_failure(error, failure)
    info = failure.application_failure_info
    assert (info.type, info.non_retryable, failure.HasField("cause")) == ("OfAnotherRelease", True, False)


def test_documents_and_refusals_of_a_newer_release_are_read() -> None:
    newer, known = example(Payout, newer=True), example(Payout)
    assert stored_document(newer) == Payout.model_validate(known)
    assert read_value(Refusal, example(Refusal, newer=True)) == Refusal.in_details([example(Refusal)])


def test_every_argument_that_workflow_code_takes_is_read_by_that_reader() -> None:
    """The handlers take raw values, so that nothing is decoded on the way to them."""
    for kind in WORKFLOWS:
        hints = get_type_hints(kind.run)
        del hints["return"]
        assert set(hints.values()) == {RawValue}
