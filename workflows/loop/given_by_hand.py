"""What is given to a workflow by hand in Temporal: known by not being sealed, and allowed next to nothing."""

from temporalio import workflow
from temporalio.exceptions import ApplicationError

from models.commands import Actor, Command, Refusal, Role
from models.texts.sentences import Sentence
from models.wire.origin import RunInput, place

BY_HAND = Actor(role=Role.PIPELINE, id="temporal")
"""Whoever may write in Temporal; who that was, the event in its history says."""

GIVEN_BY_HAND = Refusal(
    code="given_by_hand",
    reason=Sentence(
        "It was given by hand in Temporal, where nobody proves who they are. Use the console, the API or the "
        "command line."
    ),
)

SEALED_INPUTS = "sealed-inputs"
"""The patch since which a run begins with a sealed input only; older runs go on as they began."""

LONGEST_ID = 300


def own_place() -> str:
    """The place of this workflow, for which what it is given must be sealed."""
    return place(workflow.info().namespace, workflow.info().workflow_id)


def is_sealed(start: RunInput) -> bool:
    """Whether a process of ours has started this run."""
    return start.is_from(workflow.info().namespace, workflow.info().workflow_id)


def not_ours() -> ApplicationError:
    """Ends a run that a stranger has started, with whatever documents and policy they liked."""
    return ApplicationError(
        "It was not started by a process of this installation, or by one with other keys.",
        type="NotSealed",
        non_retryable=True,
    )


def by_hand(command: Command) -> Command:
    """A command as what it is, whatever actor it names; its id is kept apart, so that it takes no other's place."""
    return command.model_copy(update={"actor": BY_HAND, "id": f"temporal/{command.id}"[:LONGEST_ID]})
