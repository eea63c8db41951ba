"""What has happened in an organization: who did what when and why, in words and as data."""

from collections.abc import Iterable, Mapping, Sequence, Set
from dataclasses import dataclass
from datetime import datetime

from pydantic import BaseModel, Field
from sqlmodel import Session

from api.security.organization_access import Reader
from api.services.views import Paged
from lifecycle import in_words
from lifecycle.reviewing import REFER
from models.commands import PEOPLE, Role
from models.documents import AnyDocument, Invoice, Payout, PayoutAccount, Reason
from models.tables import TransitionRow
from storage.organizations import queries
from storage.organizations.given_by_hand import hands_of
from storage.people.members import members
from storage.people.roles import staff_names
from words import names_organization, past, title
from words.actors import by
from words.codes import failure
from words.voice import ENGLISH, Later, Names, Voice


class EventView(BaseModel):
    """Something that happened: who moved what from where to where, when and why.

    Attributes:
        title: what it happened to, in words.
        what: what happened, as a sentence.
        by_whom: who or what did it, in words.
        why: why, in sentences.
    """

    id: str
    action: str
    document_id: str
    from_state: str | None
    to_state: str
    at: datetime
    recorded_at: datetime
    by: Role
    who: str | None = Field(description="an admin's name; for staff, the id of any actor")
    reasons: list[Reason]
    claimed_by: str | None = Field(
        None,
        description="for staff, who Temporal says has given it by hand there; whoever did has chosen that name",
    )
    title: str
    what: str
    by_whom: str
    why: list[str]

    @property
    def is_quiet(self) -> bool:
        """Whether it moved nothing, and nobody did it: a reminder, or a question asked again."""
        return self.from_state == self.to_state and self.by not in PEOPLE


@dataclass(frozen=True)
class Line:
    """A line of a history: an event, and how many more of its kind came before it."""

    event: EventView
    count: int = 1


def folded(events: Iterable[EventView]) -> list[Line]:
    """A history for people: what is quiet stands once for each document, where it happened last."""
    lines: dict[tuple[str, ...], Line] = {}
    for event in events:
        quiet = (event.document_id, event.action, event.to_state)
        key = quiet if event.is_quiet else (event.id,)
        before = lines.get(key)
        lines[key] = Line(before.event, before.count + 1) if before else Line(event)
    return list(lines.values())


def show_timeline(
    session: Session,
    reader: Reader,
    limit: int,
    after: int | None = None,
    document_id: str | None = None,
    voice: Voice = ENGLISH,
    games: Mapping[str, str] | None = None,
) -> Paged[EventView]:
    """A page of what has happened in an organization.

    Args:
        games: what its games are called, if that is known already.
        voice: how the reader is spoken to.
    """
    page = queries.timeline(session, reader.organization_id, limit, after, document_id)
    to_staff = reader.role is not Role.ADMIN
    hands = hands_of(session, reader.organization_id, given_by_hand(page.data)) if to_staff else {}
    names = names_for(session, reader, page.data, to_staff, games)
    failures = {} if after else failures_of(page.data, names)
    return Paged(
        data=[
            show_event(row, names, voice, to_staff, hands.get(row.command_id), failures.get(row.sequence))
            for row in page.data
        ],
        has_more=page.has_more,
    )


def names_for(
    session: Session,
    reader: Reader,
    rows: Sequence[TransitionRow],
    to_staff: bool,
    games: Mapping[str, str] | None,
) -> Names:
    """What a history must know by name; the platform's staff are named to each other only."""
    organization_id = reader.organization_id
    people = {member.subject: member.name for member in members(session, organization_id)}
    if to_staff:
        actors = {row.actor_id for row in rows if row.actor_role in PEOPLE}
        people = staff_names(session, actors - people.keys()) | people
    named = any(names_organization(row.action) for row in rows)
    about = queries.organization(session, organization_id) if named else None
    return Names(
        organization=about.name if about else "",
        games=Later(lambda: queries.game_names(session, organization_id)) if games is None else games,
        people=people,
        documents=documents_called(session, organization_id, {row.document_id for row in rows}),
        reader=reader.actor.id if reader.actor else None,
    )


def documents_called(session: Session, organization_id: str, ids: Set[str]) -> Mapping[str, AnyDocument]:
    """What some documents are called by: themselves, and the invoices of the payouts among them."""
    invoices = {i.replace("payout/", "invoice/", 1) for i in ids if i.startswith("payout/")}
    return queries.named(session, organization_id, ids | invoices).documents


def given_by_hand(rows: Sequence[TransitionRow]) -> list[str]:
    """The commands that were given by hand in Temporal."""
    return [row.command_id for row in rows if (row.actor_role, row.actor_id) == ("pipeline", "temporal")]


def show_event(
    row: TransitionRow,
    names: Names,
    voice: Voice,
    to_staff: bool,
    claimed_by: str | None,
    code: str | None,
) -> EventView:
    """One event; staff stay nameless to the organization."""
    role = Role(row.actor_role)
    named = names.people.get(row.actor_id) if role is Role.ADMIN else None
    known = row.actor_id if to_staff or role is Role.ADMIN else None
    document = names.documents.get(row.document_id)
    told = [] if kept_back(row, to_staff) else row.reasons
    reasons = [Reason.model_validate(reason) for reason in told]
    return EventView(
        id=str(row.sequence),
        action=row.action,
        document_id=row.document_id,
        from_state=row.from_state,
        to_state=row.to_state,
        at=row.at,
        recorded_at=row.recorded_at,
        by=role,
        who=row.actor_id if to_staff else named,
        reasons=reasons,
        claimed_by=claimed_by,
        title=title(row.document_id, names, voice),
        what=past(row.action, row.to_state, document, role, known, names, voice, code),
        by_whom=by(role, known, names, voice),
        why=[*why(row.action, reasons, voice), *([failure(code, voice=voice)] if code else [])],
    )


def kept_back(row: TransitionRow, to_staff: bool) -> bool:
    """Whether the reasons are for the platform's staff alone: a provider's doubts may be a suspicion."""
    return row.action.endswith(f".{REFER}") and not to_staff


def why(action: str, reasons: Iterable[Reason], voice: Voice) -> list[str]:
    """Why something was decided, in sentences."""
    machine, _, event = action.partition(".")
    return [in_words.reason(reason, machine, event, voice) for reason in reasons]


def failures_of(rows: Iterable[TransitionRow], names: Names) -> dict[int | None, str]:
    """Why payments failed, by the events: documents say it of the last one only, which comes first here."""
    found: dict[str, tuple[int | None, str]] = {}
    for row in rows:
        document = names.documents.get(row.document_id)
        if "fail" in row.action and isinstance(document, Payout | Invoice | PayoutAccount):
            found.setdefault(document.id, (row.sequence, document.failure_code or ""))
    return {sequence: code for sequence, code in found.values() if code}
