"""What is answered: where things stand, in words and as data."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any, Generic, TypeVar

from pydantic import BaseModel

from lifecycle.views.pending import Waiting
from models.commands import Outcome, Role
from models.documents import Reason
from words.voice import Words

T = TypeVar("T")


class Paged(BaseModel, Generic[T]):
    """A part of a list; ask for more with ``starting_after`` and the id of the last one."""

    data: list[T]
    has_more: bool


class Done(Outcome):
    """A command that was carried out.

    Attributes:
        id: the document's id as it is used in addresses.
        next_actions: what the one who asked should do next in this organization, the hundred most urgent things.
    """

    id: str
    next_actions: list[Waiting]


class DocumentView(BaseModel):
    """Where a document stands.

    Attributes:
        meaning: the state in a sentence.
        waits_for: who must act next.
        todo: what they should do.
        due: when the clock acts on it next (programme time).
        then: what the clock does then.
        late: the review is past its due date.
        reasons: why it stands so.
        allowed_actions: what you may do with it now.
    """

    document_id: str
    state: str
    meaning: Words
    since: datetime
    revision: int
    waits_for: Role | None
    todo: Words
    due: datetime | None
    then: str | None
    late: bool
    reasons: list[Reason]
    allowed_actions: list[str]


class FileView(BaseModel):
    """A file that was uploaded; ``id`` is what forms refer to."""

    id: str
    name: str
    content_type: str
    size: int
    sha256: str
    created_at: datetime


class FormView(BaseModel):
    """A form as it was submitted; numbers of identity, tax and bank are masked.

    Attributes:
        submitted_at: programme time, like all that it stands beside.
        digest: names exactly this content; who approves a change names what they have seen.
    """

    submitted_at: datetime | None
    fields: dict[str, Any]
    files: list[FileView]
    digest: str


@dataclass(frozen=True)
class PaperFile:
    """A file that was made to be saved; its name is made of our own words and ids."""

    name: str
    content: bytes


class DocumentSummary(BaseModel):
    """Where a document stands, in short."""

    document_id: str
    machine: str
    state: str
    since: datetime
    waits_for: Role | None
    late: bool
