"""What a check before submission found, the same for every form: passed, failed, or could not be made."""

from collections.abc import Iterable
from typing import Literal

from models.documents import Check
from words.voice import NOTHING, Sentence


class Finding(Check):
    """One thing that was looked at before something is submitted.

    ``why`` and ``fix`` never repeat what was filled in, so that they may stand in errors and logs; what was
    filled in stands in ``expected`` and ``found`` only, which are shown to those who may see the form.

    Attributes:
        pointer: the field that it is about, as a JSON pointer into the form; empty for the whole.
        blocking: when it failed, the form is not taken.
        expected: what should stand there, where that is known.
        found: what stands there.
        differing: the parts in which the two differ.
    """

    pointer: str = ""
    blocking: bool = True
    expected: str | None = None
    found: tuple[str, ...] = ()
    differing: tuple[str, ...] = ()

    @property
    def blocks(self) -> bool:
        """Whether the form is not taken because of it."""
        return self.blocking and self.result == "failed"


Verdict = Literal["ready", "to_fix"]


def verdict(findings: Iterable[Finding]) -> Verdict:
    """Whether a form with these findings would be taken."""
    return "to_fix" if any(finding.blocks for finding in findings) else "ready"


def passed(name: str, pointer: str = "") -> Finding:
    """A check that passed."""
    return Finding(name=name, result="passed", pointer=pointer)


def failed(name: str, pointer: str, why: Sentence, fix: Sentence = NOTHING) -> Finding:
    """A check that failed."""
    return Finding(name=name, result="failed", pointer=pointer, why=why, fix=fix)


def not_checked(name: str, pointer: str, why: Sentence) -> Finding:
    """A check that could not be made."""
    return Finding(name=name, result="not_run", pointer=pointer, why=why, blocking=False)
