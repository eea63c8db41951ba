"""What mails are written from: notifications, what they are about, and the people who get them."""

from dataclasses import dataclass, field
from datetime import datetime

from models.commands import Role
from models.documents import AnyDocument
from models.mail.topics import Audience, Profile, Topic


@dataclass(frozen=True)
class Recipient:
    """Somebody who gets a mail.

    Attributes:
        subject: the person's id; empty for somebody who is only invited.
        address: where to, or the subject where no address is known.
    """

    subject: str
    address: str = field(repr=False)
    profile: Profile = field(default_factory=Profile)

    @property
    def key(self) -> str:
        """What tells one reader from another."""
        return self.subject or self.address


@dataclass(frozen=True)
class Told:
    """One notification, with what is needed to say it in anybody's language.

    Attributes:
        document: as it stands now; ``None`` where it is about none.
        until: when what it is about ends by itself (programme time), and ``then`` what happens then, a sentence.
        to_state: where its document was led; empty where it is about none.
        actor: in which role and as whom that was done.
    """

    id: int
    kind: str
    document_id: str
    text: str
    topic: Topic
    at: datetime
    document: AnyDocument | None
    until: datetime | None = None
    then: str | None = None
    to_state: str = ""
    actor: tuple[Role, str] = (Role.PIPELINE, "")


@dataclass(frozen=True)
class Letter:
    """Notifications of one organization that belong together: all of one command, say.

    Attributes:
        games: what its games are called, by id.
        people: what people are called who have done something, by id.
        documents: the documents that are spoken of, and the invoices of payouts among them.
        named: whom it goes to, if that is not its audience: somebody who is only invited.
    """

    organization_id: str
    organization: str
    audience: str
    notifications: tuple[Told, ...]
    games: dict[str, str]
    people: dict[str, str]
    documents: dict[str, AnyDocument]
    named: tuple[str, ...] = ()

    @property
    def to_its_own(self) -> bool:
        """Whether the organization's own admins read it."""
        return self.audience == Audience.ADMINS and not self.named

    @property
    def id(self) -> int:
        """The first notification that it tells."""
        return self.notifications[0].id

    @property
    def ids(self) -> list[int]:
        """The notifications that it tells."""
        return [told.id for told in self.notifications]
