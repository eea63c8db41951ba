"""How the database refuses a command that the machines have taken."""

from typing import Literal, get_args

from models.commands import Refusal
from models.texts.sentences import Sentence

Code = Literal[
    "ceiling_reached",
    "duplicate_invoice_number",
    "not_authorized",
    "conflict_of_interest",
    "unknown_policy",
    "policy_fixed",
]
"""Why the database refuses what the machines would take."""

CODES: frozenset[str] = frozenset(get_args(Code))


class Refused(Exception):
    """Leaves the transaction without a trace; the command is refused."""

    def __init__(self, code: Code, reason: Sentence) -> None:
        super().__init__(code)
        self.refusal = Refusal(code=code, reason=reason)
