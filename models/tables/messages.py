"""What people and other systems are told."""

from datetime import datetime

from sqlalchemy import JSON, BigInteger, Index, UniqueConstraint
from sqlmodel import Field, SQLModel

from models.mail.topics import Audience, Topic
from models.tables.columns import Sequence, UtcDateTime, real_now


class NotificationRow(SQLModel, table=True):
    """Something an organization's admins or the platform's staff are told; written with its transition, sent after it.

    Attributes:
        audience: who is told: the ``admins``, or the staff with a role.
        topic: what it is about, by which people choose how they hear of it.
        until: when what it is about ends by itself (programme time), and ``what_then`` says what happens then.
        recipient: the address of the only one who is told, if it is not the audience.
    """

    __tablename__ = "notifications"
    __table_args__ = (
        UniqueConstraint(
            "organization_id", "command_id", "position", "audience", name="notification_of_command"
        ),
        Index("notifications_to_send", "sent_at", "claimed_until"),
    )
    id: int | None = Field(default=None, primary_key=True, sa_type=Sequence)
    organization_id: str = Field(foreign_key="organizations.id", index=True)
    command_id: str
    position: int
    kind: str
    document_id: str
    text: str
    audience: str = Field(default=Audience.ADMINS, sa_column_kwargs={"server_default": "admins"})
    topic: str = Field(default=Topic.YOUR_TURN, sa_column_kwargs={"server_default": "your_turn"})
    until: datetime | None = Field(default=None, sa_type=UtcDateTime)
    what_then: str | None = None
    recipient: str | None = None
    at: datetime = Field(sa_type=UtcDateTime)
    sent_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    claimed_until: datetime | None = Field(default=None, sa_type=UtcDateTime)
    tries: int = 0


class MailRow(SQLModel, table=True):
    """A mail that one person has been sent, while others of the same letter still wait for theirs. Real time.

    Attributes:
        letter: the id of the first notification that it tells.
        reader: whom it went to: a person's id, or the address of somebody who is only invited.
    """

    __tablename__ = "mails"
    letter: int = Field(primary_key=True, sa_type=BigInteger, foreign_key="notifications.id")
    reader: str = Field(primary_key=True)
    sent_at: datetime = Field(sa_type=UtcDateTime, default_factory=real_now)


class DigestRow(SQLModel, table=True):
    """Mails that somebody gets as one, in the morning. Real time.

    Attributes:
        due_at: when it is sent; what comes later waits for another one.
    """

    __tablename__ = "digests"
    __table_args__ = (Index("digests_to_send", "sent_at", "due_at"),)
    id: str = Field(primary_key=True)
    subject: str = Field(index=True)
    due_at: datetime = Field(sa_type=UtcDateTime)
    sent_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    claimed_until: datetime | None = Field(default=None, sa_type=UtcDateTime)


class DigestItemRow(SQLModel, table=True):
    """A notification in somebody's digest."""

    __tablename__ = "digest_items"
    digest_id: str = Field(primary_key=True, foreign_key="digests.id")
    notification_id: int = Field(primary_key=True, sa_type=BigInteger, foreign_key="notifications.id")


class NotificationReadRow(SQLModel, table=True):
    """Up to which notification of an organization somebody has read."""

    __tablename__ = "notification_reads"
    organization_id: str = Field(primary_key=True, foreign_key="organizations.id")
    subject: str = Field(primary_key=True)
    up_to: int = Field(sa_type=BigInteger)


class WebhookEndpointRow(SQLModel, table=True):
    """An address of an organization's own that is told of what happens to its documents. Real time.

    Attributes:
        events: the types of webhooks that it is sent; all of them when it is empty.
        secrets_id: the submission that keeps its secrets, encrypted.
        previous_until: until when webhooks are signed with the secret before, too.
        cursor: the sequence of the last transition that was looked at for it.
        disabled_because: ``admin``, ``gone`` (it answered 410), ``failing`` or ``left`` (its maker is no
            longer an admin); empty while it is told.
    """

    __tablename__ = "webhook_endpoints"
    __table_args__ = (UniqueConstraint("organization_id", "url", name="endpoint_of_url"),)
    id: str = Field(primary_key=True)
    organization_id: str = Field(foreign_key="organizations.id", index=True)
    url: str
    events: list[str] = Field(sa_type=JSON)
    secrets_id: str = Field(foreign_key="submissions.id")
    previous_until: datetime | None = Field(default=None, sa_type=UtcDateTime)
    cursor: int = Field(sa_type=BigInteger)
    made_by: str
    made_at: datetime = Field(sa_type=UtcDateTime)
    disabled_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    disabled_because: str = ""


class WebhookDeliveryRow(SQLModel, table=True):
    """One event for one endpoint, and what became of it; it is due while it has a ``due_at``. Real time but ``at``.

    Attributes:
        event_id: the same however often it is sent, and to whichever endpoint.
        body: what is sent, to the byte.
        delivered_at: when it last arrived.
        status: of the last answer, if there was one.
        code: why the last try failed; empty if it did not.
    """

    __tablename__ = "webhook_deliveries"
    __table_args__ = (
        UniqueConstraint("endpoint_id", "event_id", name="delivery_of_event"),
        Index("deliveries_to_send", "due_at", "claimed_until"),
        Index("deliveries_of_endpoint", "endpoint_id", "id"),
        Index("deliveries_by_age", "made_at"),
    )
    id: int | None = Field(default=None, primary_key=True, sa_type=Sequence)
    endpoint_id: str = Field(foreign_key="webhook_endpoints.id")
    organization_id: str = Field(foreign_key="organizations.id")
    event_id: str
    type: str
    document_id: str
    body: str
    made_at: datetime = Field(sa_type=UtcDateTime, default_factory=real_now)
    due_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    claimed_until: datetime | None = Field(default=None, sa_type=UtcDateTime)
    tries: int = 0
    tried_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    delivered_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    status: int | None = None
    code: str = ""
