"""What the workflows are started with and go on with in their next run, and the names they answer to."""

from datetime import datetime

from pydantic import BaseModel, ConfigDict, Field

from models.commands import ACT, COMPARE, PROVIDER_EVENT, Command, Effect, Outcome
from models.dossier import Dossier
from models.identity import organization_workflow_id
from models.programme.policy import Policy
from models.wire.origin import RunInput

STATUS = "status"
"""The query that gives a workflow's ``Status``."""

REFUSED = "Refused"
"""The type of the application error by which a command is refused; its detail is the ``Refusal``."""


class WorkflowInput(RunInput):
    """What one run of a workflow begins with.

    Attributes:
        organization_id: whose life it is.
        policy: the rules in numbers, for this whole run.
        dossier: where everything stands; empty for a workflow whose documents are in the database alone.
        applied: outcomes of the latest commands by command id, the oldest first.
        effects: what was still to be done outside when the last run ended.
        console: the address of the console, to which the workflow's page in the Temporal UI leads; "" for none.
        trouble: what failed that nobody had foreseen, by what it is about, and has not gone well since.
        put_off: commands that could not be carried out because of a fault of ours, to be tried again.
    """

    model_config = ConfigDict(extra="forbid")

    organization_id: str
    policy: Policy
    dossier: Dossier | None = None
    applied: dict[str, Outcome] = Field(default={})
    effects: list[Effect] = Field(default=[])
    console: str = ""
    trouble: dict[str, str] = Field(default={})
    put_off: list[Command] = Field(default=[])


class PayoutInput(WorkflowInput):
    """A payout's life: its invoice, and the command by which its one document comes into being."""

    invoice_id: str
    schedule: Command | None = None


class SettlementInput(RunInput):
    """One settlement run.

    Attributes:
        policy: the rules in numbers.
        batch: how many organizations are settled in one activity.
    """

    model_config = ConfigDict(extra="forbid")

    policy: Policy
    batch: int = 500


class Status(BaseModel):
    """What a workflow answers when it is asked where it stands.

    Attributes:
        policy: the ``identity`` of the policy that it goes by; "" of releases that did not say.
    """

    model_config = ConfigDict(extra="forbid")

    dossier: Dossier
    now: datetime
    next_timer: datetime | None
    effects: list[Effect]
    commands: int
    policy: str = ""


__all__ = [
    "ACT",
    "COMPARE",
    "PROVIDER_EVENT",
    "REFUSED",
    "STATUS",
    "PayoutInput",
    "SettlementInput",
    "Status",
    "WorkflowInput",
    "organization_workflow_id",
]
