"""Where documents stand, how they came there, and what was handed in for them."""

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, BigInteger, Index, LargeBinary, UniqueConstraint
from sqlmodel import Field, SQLModel

from models.tables.columns import Sequence, UtcDateTime, real_now


class DocumentRow(SQLModel, table=True):
    """Where a document stands now; ``facts`` is the whole document as its model writes it."""

    __tablename__ = "documents"
    __table_args__ = (
        Index("documents_by_state", "machine", "state", "waits_for", "since"),  # counted without the rows
        Index("documents_by_id", "id"),  # a statement's or invoice's id alone finds its organization
        Index("documents_by_actor", "waits_for"),
    )
    organization_id: str = Field(primary_key=True, foreign_key="organizations.id")
    id: str = Field(primary_key=True)
    machine: str
    state: str
    since: datetime = Field(sa_type=UtcDateTime)
    revision: int
    waits_for: str | None = None
    facts: dict[str, Any] = Field(sa_type=JSON)


class TransitionRow(SQLModel, table=True):
    """The audit record: who moved what from where to where, when, why and by which command; never changed.

    Attributes:
        webhook_type: under which the organization's own systems are told; none when they are not.
    """

    __tablename__ = "transitions"
    __table_args__ = (
        UniqueConstraint("organization_id", "command_id", "position", name="transition_of_command"),
        UniqueConstraint("organization_id", "document_id", "revision", name="transition_of_document"),
        Index("transitions_in_order", "organization_id", "sequence"),
    )
    sequence: int | None = Field(default=None, primary_key=True, sa_type=Sequence)
    organization_id: str = Field(foreign_key="organizations.id")
    command_id: str
    position: int
    action: str
    document_id: str
    revision: int
    actor_role: str
    actor_id: str
    from_state: str | None
    to_state: str
    at: datetime = Field(sa_type=UtcDateTime)
    recorded_at: datetime = Field(sa_type=UtcDateTime, default_factory=real_now)
    reasons: list[dict[str, Any]] = Field(sa_type=JSON, default_factory=list)
    request_id: str | None = None
    webhook_type: str | None = None


class RefusalRow(SQLModel, table=True):
    """A signalled command that was refused: it changed nothing, and nobody was there to be told."""

    __tablename__ = "refusals"
    organization_id: str = Field(primary_key=True)
    command_id: str = Field(primary_key=True)
    action: str
    document_id: str
    actor_role: str
    actor_id: str
    code: str
    reason: str
    at: datetime = Field(sa_type=UtcDateTime)
    recorded_at: datetime = Field(sa_type=UtcDateTime, default_factory=real_now)


class HandRow(SQLModel, table=True):
    """Who Temporal says has given a command by hand there: a claim that anybody can make, beside the audit record.

    Attributes:
        command_id: of a transition or a refusal.
        says: the identities under which it came, cleaned and bounded.
    """

    __tablename__ = "hands"
    organization_id: str = Field(primary_key=True)
    command_id: str = Field(primary_key=True)
    says: str
    recorded_at: datetime = Field(sa_type=UtcDateTime, default_factory=real_now)


class SubmissionRow(SQLModel, table=True):
    """What a person filled into a form, encrypted under the key ``key_id``; documents refer to it by id.

    Attributes:
        registration: the fingerprint of the registration number in it, by which whoever knows the number finds it.
    """

    __tablename__ = "submissions"
    id: str = Field(primary_key=True)
    organization_id: str = Field(foreign_key="organizations.id", index=True)
    kind: str
    key_id: str = Field(index=True)
    fields: bytes = Field(sa_type=LargeBinary)
    registration: bytes | None = Field(default=None, sa_type=LargeBinary, index=True)
    created_by: str
    created_at: datetime = Field(sa_type=UtcDateTime)


class FileRow(SQLModel, table=True):
    """An uploaded file; its bytes are in the file store under ``sha256``."""

    __tablename__ = "files"
    id: str = Field(primary_key=True)
    organization_id: str = Field(foreign_key="organizations.id", index=True)
    name: str
    content_type: str
    size: int
    sha256: str
    created_by: str
    created_at: datetime = Field(sa_type=UtcDateTime)


class ContractTextRow(SQLModel, table=True):
    """A version of a feature's contract: its text and its platform share in basis points.

    ``advance_bean_micros`` is the fixed price of a Bean at which purchases are settled first, to be reconciled
    with the base price later; ``None``: they are settled at the base price at once.
    ``self_billing`` says that the platform may write the organization's invoices.
    """

    __tablename__ = "contract_texts"
    feature: str = Field(primary_key=True)
    version: int = Field(primary_key=True)
    text: str
    sha256: str
    share_basis_points: int
    advance_bean_micros: int | None = Field(default=None, sa_type=BigInteger)
    self_billing: bool = False


class GameRow(SQLModel, table=True):
    """A game of an organization."""

    __tablename__ = "games"
    id: str = Field(primary_key=True)
    organization_id: str = Field(foreign_key="organizations.id", index=True)
    name: str
    created_at: datetime = Field(sa_type=UtcDateTime)


class ClaimRow(SQLModel, table=True):
    """Who of the platform's staff is at work on what, so that two do not do the same. Real time."""

    __tablename__ = "claims"
    organization_id: str = Field(primary_key=True, foreign_key="organizations.id")
    document_id: str = Field(primary_key=True)
    subject: str
    name: str
    since: datetime = Field(sa_type=UtcDateTime)
