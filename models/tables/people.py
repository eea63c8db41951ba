"""Who there is: organizations, their members, the platform's staff, and how they sign in."""

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, Index, LargeBinary
from sqlmodel import Field, SQLModel

from models.tables.columns import Sequence, UtcDateTime, real_now


class OrganizationRow(SQLModel, table=True):
    """An organization of developers."""

    __tablename__ = "organizations"
    __table_args__ = (Index("organizations_by_age", "created_at", "id"),)
    id: str = Field(primary_key=True)
    name: str
    created_by: str
    created_at: datetime = Field(sa_type=UtcDateTime)


class MemberRow(SQLModel, table=True):
    """Who belongs to an organization: an ``admin`` or a plain ``member``."""

    __tablename__ = "members"
    organization_id: str = Field(primary_key=True, foreign_key="organizations.id")
    subject: str = Field(primary_key=True, index=True)
    role: str
    name: str
    email: str | None = None


class StaffRow(SQLModel, table=True):
    """Who works for the platform: an ``operator``, a ``finance`` approver or an ``auditor``."""

    __tablename__ = "staff"
    subject: str = Field(primary_key=True)
    role: str = Field(primary_key=True)
    name: str
    email: str | None = None


class ProfileRow(SQLModel, table=True):
    """How somebody wants to be spoken to: language, time zone, theme, and of what by mail."""

    __tablename__ = "profiles"
    subject: str = Field(primary_key=True)
    chosen: dict[str, Any] = Field(sa_type=JSON)


class IdempotencyRow(SQLModel, table=True):
    """An API command that was given under a key, and its answer, to be replayed. Real time.

    Attributes:
        holder: which try of the request has taken the key last, at ``created_at``; only that one may free it.
    """

    __tablename__ = "idempotency_keys"
    principal: str = Field(primary_key=True)
    key: str = Field(primary_key=True)
    route: str
    body_sha256: str
    status: int | None = None
    response: dict[str, Any] | None = Field(default=None, sa_type=JSON)
    created_at: datetime = Field(sa_type=UtcDateTime, default_factory=real_now)
    holder: str | None = None


class SessionRow(SQLModel, table=True):
    """Somebody who is signed in to the console; only they have the secret that this is the hash of. Real time.

    Attributes:
        authenticated_at: when they last proved who they are; ``None`` when the issuer did not say.
    """

    __tablename__ = "sessions"
    secret_sha256: str = Field(primary_key=True)
    subject: str = Field(index=True)
    name: str
    email: str | None = None
    begun_at: datetime = Field(sa_type=UtcDateTime)
    seen_at: datetime = Field(sa_type=UtcDateTime)
    authenticated_at: datetime | None = Field(default=None, sa_type=UtcDateTime)


class ParkedFormRow(SQLModel, table=True):
    """What somebody had typed when their session ended, encrypted, until they have signed in again. Real time.

    Attributes:
        subject: whose session it was; nobody else is shown it.
        path: the page of the form.
    """

    __tablename__ = "parked_forms"
    id: str = Field(primary_key=True)
    subject: str
    path: str
    fields: bytes = Field(sa_type=LargeBinary)
    parked_at: datetime = Field(sa_type=UtcDateTime)


class DraftRow(SQLModel, table=True):
    """What somebody has typed into a long form and not submitted yet, encrypted; nobody else is shown it. Real time.

    Attributes:
        path: the page of the form.
    """

    __tablename__ = "drafts"
    subject: str = Field(primary_key=True)
    path: str = Field(primary_key=True)
    fields: bytes = Field(sa_type=LargeBinary)
    saved_at: datetime = Field(sa_type=UtcDateTime)


class InvitationRow(SQLModel, table=True):
    """Somebody who may join an organization, by the address that the issuer must have verified. Real time."""

    __tablename__ = "invitations"
    id: str = Field(primary_key=True)
    organization_id: str = Field(foreign_key="organizations.id", index=True)
    email: str
    role: str
    invited_by: str
    invited_at: datetime = Field(sa_type=UtcDateTime)
    expires_at: datetime = Field(sa_type=UtcDateTime)
    ended_at: datetime | None = Field(default=None, sa_type=UtcDateTime)


class MemberEventRow(SQLModel, table=True):
    """The audit record of who belongs to an organization; never changed. Real time."""

    __tablename__ = "member_events"
    sequence: int | None = Field(default=None, primary_key=True, sa_type=Sequence)
    organization_id: str = Field(foreign_key="organizations.id", index=True)
    change: str
    whom: str
    role: str | None = None
    by: str
    at: datetime = Field(sa_type=UtcDateTime, default_factory=real_now)


class ApiKeyRow(SQLModel, table=True):
    """A key with which a machine acts for the admin who made it; only a hash of its secret is kept. Real time.

    Attributes:
        scopes: what it is good for: ``read``, ``act``.
        used_at: about when it was used last.
    """

    __tablename__ = "api_keys"
    id: str = Field(primary_key=True)
    organization_id: str = Field(foreign_key="organizations.id", index=True)
    name: str
    secret_sha256: str = Field(unique=True)
    scopes: list[str] = Field(sa_type=JSON)
    made_by: str
    made_at: datetime = Field(sa_type=UtcDateTime)
    expires_at: datetime = Field(sa_type=UtcDateTime)
    revoked_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    used_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
