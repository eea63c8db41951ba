"""What people, providers and the clock ask for, and what comes of it."""

from collections.abc import Sequence
from datetime import datetime
from enum import StrEnum
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field, model_validator

from models.documents import AnyDocument, Reason
from models.mail.topics import Topic
from models.texts.sentences import Said, said_again, written
from models.wire.tolerant import read_value

ACT = "act"
"""The update, and the signal, by which a ``Command`` is given to a workflow."""

PROVIDER_EVENT = "provider_event"
"""The signal by which a ``ProviderEvent`` is brought to a workflow."""

RENEW_POLICY = "policy.renew"
"""The action, and the update and signal, by which an organization is told to go by another policy."""

COMPARE = "compare"
"""The signal by which a workflow looks whether the database is as far as it is itself; it brings nothing."""


class Role(StrEnum):
    """In which role somebody or something acts."""

    ADMIN = "admin"
    OPERATOR = "operator"
    FINANCE = "finance"
    PROVIDER = "provider"
    CLOCK = "clock"
    PIPELINE = "pipeline"


PEOPLE = (Role.ADMIN, Role.OPERATOR, Role.FINANCE)
"""The roles of people; the others are systems and the clock."""


class Actor(BaseModel):
    """Who acts: a role, and the opaque id of the person or system behind it."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    role: Role
    id: Annotated[str, Field(min_length=1, max_length=200)]


CLOCK = Actor(role=Role.CLOCK, id="clock")
PIPELINE = Actor(role=Role.PIPELINE, id="pipeline")


class Command(BaseModel):
    """A wish to move one document along its machine.

    Attributes:
        id: makes the command idempotent; the same id is never applied twice to an organization.
        action: ``machine.event``, for example ``statement.confirm``.
        document_id: which document, for example ``statement/st_…``.
        actor: who asks.
        facts: values that the transition takes, by the names of the document's fields.
        reasons: why, where the action needs or allows it; never personal data.
        reference: for provider news, the request that it answers; other requests' news are stale.
        request_id: the API request it came with, for the logs.
    """

    model_config = ConfigDict(extra="forbid")

    id: Annotated[str, Field(min_length=1, max_length=300)]
    action: Annotated[str, Field(pattern=r"^[a-z_]+\.[a-z_]+$", max_length=100)]
    document_id: Annotated[str, Field(min_length=1, max_length=200)]
    actor: Actor
    facts: dict[str, Any] = {}
    reasons: list[Reason] = []
    reference: str | None = None
    request_id: str | None = None

    @property
    def machine(self) -> str:
        """The machine that the action belongs to."""
        return self.action.partition(".")[0]

    @property
    def event(self) -> str:
        """The event within its machine."""
        return self.action.partition(".")[2]


class ProviderEvent(BaseModel):
    """News from an external system: what it says about the request that it was sent.

    Attributes:
        id: the provider's id of this piece of news.
        action: the action that it amounts to, for example ``verification.verify``.
        document_id: which document it is about.
        reference: our reference of the request that it answers.
    """

    model_config = ConfigDict(extra="forbid")

    id: str
    action: str
    document_id: str
    reference: str | None = None
    facts: dict[str, Any] = {}
    reasons: list[Reason] = []

    def command(self, provider: str = "provider") -> Command:
        """The command that this news amounts to."""
        return Command(
            id=f"provider/{self.id}",
            action=self.action,
            document_id=self.document_id,
            actor=Actor(role=Role.PROVIDER, id=provider),
            facts=self.facts,
            reasons=self.reasons,
            reference=self.reference,
        )


class Transition(BaseModel):
    """One document's step from a state to a state: what is recorded, and all that is ever recorded.

    Attributes:
        command_id: the command that caused it.
        index: its place among the transitions of that command, from 0.
        action: ``machine.event``.
        from_state: the state before; ``None`` for a new document.
        at: programme time.
        document: the document as it stands after the transition.
        waits_for: who must act on it now.
        message: what the organization's admins are told; empty when nothing.
        topic: what that is about, where they are told something.
        until: when the state that it led to ends by itself (programme time), if somebody loses or gains something then.
        then: what happens then, a sentence; ``None`` where nothing does.
        webhook_type: under which its own systems are told; ``None`` when they are not.
    """

    model_config = ConfigDict(extra="forbid")

    command_id: str
    index: int
    action: str
    actor: Actor
    from_state: str | None
    at: datetime
    reasons: list[Reason] = []
    request_id: str | None = None
    document: AnyDocument
    waits_for: Role | None = None
    message: str = ""
    topic: Topic = Topic.PROGRESS
    until: datetime | None = None
    then: str | None = None
    webhook_type: str | None = None


class Effect(BaseModel):
    """Something to be done in the outside world because of a transition.

    Attributes:
        name: the activity (or workflow step) that does it.
        document_id: the document that it is for.
        reference: the idempotency key under which the outside world is asked, and by which it answers.
        message: what another workflow is told, as it was when the transition happened.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: str
    document_id: str
    reference: str
    message: Command | None = None

    @property
    def key(self) -> str:
        """What tells effects apart."""
        return f"{self.name} {self.reference}"


class AllowedAction(BaseModel):
    """An action that an actor could take now."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    action: str
    document_id: str


class Refusal(BaseModel):
    """Why a command is not carried out, and what would be allowed instead.

    Attributes:
        code: stable, for programs.
        reason: a sentence for the person who asked.
        told: the same as it travels, so that it can be said in another language; older releases do not send it.
        allowed_actions: what the same actor may do with the same document now.
    """

    model_config = ConfigDict(extra="forbid")

    code: str
    reason: Said
    told: dict[str, Any] | None = None
    allowed_actions: list[AllowedAction] = []

    @model_validator(mode="after")
    def _remember(self) -> "Refusal":
        self.told = self.told or written(self.reason)
        return self

    @classmethod
    def in_details(cls, details: Sequence[Any]) -> "Refusal":
        """The refusal that an error of Temporal carries as its detail, whichever release has refused."""
        refusal = read_value(cls, details[0])
        refusal.reason = said_again(refusal.reason, refusal.told)
        return refusal


class Accepted(BaseModel):
    """What a command leads to: transitions to be recorded together, and effects to be done after."""

    model_config = ConfigDict(extra="forbid")

    transitions: list[Transition]
    effects: list[Effect] = []


class Outcome(BaseModel):
    """The answer to an accepted command.

    Attributes:
        command_id: the command.
        document_id: the document that it was about.
        state: that document's state after the command.
        revision: that document's revision after the command.
        duplicate: the command had been applied before; nothing was done now.
    """

    model_config = ConfigDict(extra="forbid")

    command_id: str
    document_id: str
    state: str
    revision: int
    duplicate: bool = False
