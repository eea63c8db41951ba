"""What workflows hand to activities and get back: one model in, one model out."""

from datetime import date, datetime

from pydantic import BaseModel, ConfigDict

from models.commands import Command, Refusal, Transition
from models.desks import Desk
from models.documents import AnyDocument, Stream
from models.programme.policy import Policy
from models.wire.origin import ActivityResult


class Step(BaseModel):
    """What every input of an activity says: whose organization it is about."""

    model_config = ConfigDict(extra="forbid")

    organization_id: str


class RecordDecision(Step):
    """Record the transitions of one decision together."""

    transitions: list[Transition]


class Recorded(BaseModel):
    """What came of recording a decision.

    Attributes:
        refusal: why the database refused it; then nothing was recorded.
        before: documents that hold as they are here, and not as they were decided now: as the same command left them
            when it was recorded earlier, by a run that was lost before it heard so; or with the number that an invoice
            was given as it was recorded.
        moved_on: the same command was recorded earlier, and its document has gone on since: its effects are long
            done, and must not start anew.
        ledger_head: position and hash of the ledger entry that was written, if money moved, so that the
            workflow's history vouches for the ledger.
    """

    refusal: Refusal | None = None
    before: list[AnyDocument] = []
    moved_on: bool = False
    ledger_head: str | None = None


class RecordRefusal(Step):
    """Remember that a signalled command was refused."""

    command: Command
    refusal: Refusal
    at: datetime


class RenewPolicy(Step):
    """Have the organization go by another policy.

    Attributes:
        command: names the policy, by its id.
        at: programme time.
        carried: what the workflow has gone by until now.
    """

    command: Command
    at: datetime
    carried: Policy


class RenewedPolicy(BaseModel):
    """What the organization goes by from now on, or why that was refused.

    Attributes:
        policy: the one that holds, with those before it.
        revision: how often it was renewed, and one.
    """

    policy: Policy | None = None
    revision: int = 0
    refusal: Refusal | None = None


class WhoGave(Step):
    """Look up who Temporal says has given commands by hand: the ids of commands, and the mark of each message."""

    wanted: dict[str, str]


class LoadDossier(Step):
    """Load where everything stands: the payout of one invoice, or the documents of an organization but the payouts.

    Attributes:
        but: kinds and states of documents that are left out, because nothing follows in them any more.
        only: the documents that are wanted and no others, whatever their states.
        counting: confirmed statements are counted instead of held.
    """

    payout_id: str | None = None
    but: list[tuple[str, str]] = []
    only: list[str] = []
    counting: bool = False


class ExternalStep(Step):
    """Something to be done outside for a document.

    Attributes:
        document: the document as it stands.
        reference: the idempotency key for the outside world.
        now: programme time.
        desks: the desks that review this kind of document, in their order.
    """

    document: AnyDocument
    reference: str
    policy: Policy
    now: datetime
    desks: tuple[Desk, ...] = ()


class News(ActivityResult):
    """What came of a step outside: the command that it amounts to, if the answer is there already."""

    model_config = ConfigDict(extra="forbid")

    command: Command | None = None


class Period(BaseModel):
    """A period of one stream, both days included, and the day on which its statements are delivered.

    Attributes:
        newest: the stream's last delivered period; earnings of earlier ones that came late go with it.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    stream: Stream
    start: date
    end: date
    delivered_on: date
    newest: bool = True


class DuePeriods(BaseModel):
    """Which periods are due at a programme time."""

    model_config = ConfigDict(extra="forbid")

    policy: Policy
    now: datetime


class SettleBatch(BaseModel):
    """Issue the statements of a period for the next organizations after one."""

    model_config = ConfigDict(extra="forbid")

    policy: Policy
    period: Period
    after: str | None
    limit: int
    now: datetime


class SettledBatch(BaseModel):
    """What a batch did: how many organizations and statements, and the last organization looked at.

    Attributes:
        failed: the organizations whose statements could not be issued; the next run tries again.
    """

    model_config = ConfigDict(extra="forbid")

    organizations: int
    statements: int
    last: str | None
    failed: list[str] = []


class SettlementProgress(BaseModel):
    """How far a settlement run has come.

    Attributes:
        failed: the organizations whose statements could not be issued, as far as they are named; the others were.
        failures: how many those are in all.
    """

    model_config = ConfigDict(extra="forbid")

    orders: int = 0
    ad_days: int = 0
    periods: int = 0
    periods_done: int = 0
    organizations: int = 0
    statements: int = 0
    failed: list[str] = []
    failures: int = 0


class Collected(BaseModel):
    """How many earnings a collection brought in."""

    orders: int
    ad_days: int
