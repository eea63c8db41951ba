"""What the demo's people read in the API's answers: the few fields that they care about, as a client would."""

from datetime import date, datetime

from pydantic import BaseModel

from models.money import Money


class Document(BaseModel):
    """Where a document stands, and since when (programme time)."""

    document_id: str
    state: str
    since: datetime


class Step(Document):
    """One step of the pipeline; ``machine`` is its kind."""

    machine: str


class Blocker(Document):
    """Something that is waited for: by whom, what to do, and until when (programme time)."""

    who: str
    what: str
    todo: str
    until: datetime | None


class Organization(BaseModel):
    """Where an organization stands."""

    stage: str
    documents: list[Step]
    counts: dict[str, dict[str, int]]
    balance_owed: Money | None
    blockers: list[Blocker]


class Statement(Document):
    """A statement of one stream and period."""

    id: str
    stream: str
    period_start: date
    period_end: date
    issue: int
    net: Money
    issued_at: datetime
    appealed: bool
    replaces: str | None
    replaced_by: str | None


class Invoice(Document):
    """An invoice."""

    id: str
    number: str
    total: Money


class Attempt(BaseModel):
    """One attempt at a payment; ``outcome`` is empty while it is under way."""

    attempt: int
    reference: str
    outcome: str | None
    failure_code: str | None


class Payout(Document):
    """The payment of an invoice; its attempts are told when it is read by itself."""

    id: str
    amount: Money
    returned: bool
    attempts: list[Attempt] = []


class Event(BaseModel):
    """Something that has happened."""

    action: str
    document_id: str
    to_state: str
    what: str


class File(BaseModel):
    """A file that was uploaded."""

    id: str
    name: str


class Approval(BaseModel):
    """What a finance approver is asked to agree to; the digest names it."""

    digest: str


class Waiting(Blocker):
    """Something that waits for the platform's staff."""

    organization_id: str
    your_actions: list[str]
    approval: Approval | None
