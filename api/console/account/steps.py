"""The steps in which a payout account is filled in: what stands in each, what is wrong in it, and which comes next."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from api.console.forms import Submitted
from api.http.problems import FieldProblem, Problem
from words.voice import Sentence

PARTS: Mapping[str, tuple[str, ...]] = {
    "business": ("business.",),
    "tax": ("tax.",),
    "bank": ("bank.", "proof_file_ids"),
}
"""The steps with fields, in their order, and how the names of their fields begin."""

REVIEW = "review"


@dataclass(frozen=True)
class Steps:
    """The steps of one form: all of them, or for a change of the bank only that.

    Attributes:
        names: those with fields; the last step is the review of them all.
    """

    names: tuple[str, ...]

    def after(self, step: str) -> str:
        """The step that follows."""
        return [*self.names, REVIEW][self.names.index(step) + 1]

    def first_wrong(self, errors: Iterable[FieldProblem]) -> str | None:
        """The first step in which something is wrong."""
        wrong = {step_of(error.pointer) for error in errors}
        return next((name for name in self.names if name in wrong), None)


def steps_for(changing: bool, whole: bool) -> Steps:
    """The steps of setting up, and of a change, which is of the bank unless all is changed."""
    return Steps(("bank",) if changing and not whole else tuple(PARTS))


def step_of(pointer: str) -> str:
    """The step in which a field stands, by its JSON pointer."""
    first = pointer.strip("/").partition("/")[0]
    return "bank" if first == "proof_file_ids" else first


def merged(before: Mapping[str, list[str]], step: str, form: Submitted) -> dict[str, list[str]]:
    """What was typed before, with a step as it is filled in now."""
    others = {name: texts for name, texts in before.items() if not name.startswith(PARTS.get(step, ()))}
    return {**others, **form.typed()}


def wrong_in(step: str, errors: Iterable[FieldProblem]) -> Problem | None:
    """What is wrong within one step, all of it; what other steps lack is no matter yet."""
    own = [error for error in errors if step_of(error.pointer) == step]
    return Problem(422, "invalid_request", Sentence("Correct what is marked."), errors=own) if own else None
