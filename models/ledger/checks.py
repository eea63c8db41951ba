"""What comes of checking the ledger: what was compared with what, how much of it, and the first difference."""

from pydantic import BaseModel, ConfigDict


class Difference(BaseModel):
    """Something that does not agree.

    Attributes:
        subject: what is wrong: an entry (``entry 7``), a statement, an invoice or a payout.
        expected: what should be there.
        found: what is there.
        sentence: all of it in words, for people who answer for the money.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    organization_id: str
    subject: str
    expected: str
    found: str
    sentence: str


class Checked(BaseModel):
    """One check.

    Attributes:
        check: its name.
        compared: what was compared with what.
        count: how many were looked at.
        not_known_yet: how many of them cannot be compared yet, because their outcome is open.
        difference: the first that was found; ``None`` when everything agrees.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    check: str
    compared: str
    count: int
    not_known_yet: int = 0
    difference: Difference | None = None
