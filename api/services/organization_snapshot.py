"""Where an organization stands, as somebody sees it: views of documents from the machines and the database."""

import hashlib
from collections.abc import Collection, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import datetime
from functools import cached_property
from typing import Any, TypeVar

from sqlmodel import Session

from api.installation import Installation
from api.security.organization_access import Reader
from api.services.views import DocumentSummary, DocumentView, FileView, FormView
from lifecycle import in_words
from lifecycle.machines import FINISHED, RECURRING, state_of
from lifecycle.permissions import allowed_actions
from lifecycle.pipeline import STEPS, Per
from lifecycle.turns import waits_for
from lifecycle.views.blockers import Blocker, blockers
from lifecycle.views.pending import Waiting, next_actions
from lifecycle.views.situation import next_alarm
from models.commands import PEOPLE, Actor, Role
from models.documents import AnyDocument, Document
from models.dossier import Dossier
from models.estimates import Estimate
from models.programme.policy import Policy
from models.tables import FileRow
from storage.organizations import queries
from storage.organizations.decisions import load_dossier
from storage.organizations.policies import policy_of
from storage.organizations.submissions import UnknownSubmission, read
from words.voice import Later, Names

V = TypeVar("V", bound=DocumentView)
D = TypeVar("D", bound=Document)
B = TypeVar("B", bound=Blocker)

SECRET = frozenset(
    {
        *("id_number", "birth_date", "tax_number", "holder_tax_number"),
        *("account_number", "routing_number", "iban", "bsb", "sort_code", "ifsc", "cnaps"),
        *("clabe", "cbu", "cci"),
    }
)
"""Fields of forms that are shown masked, even to those who filled them in."""

MOST_LISTED = 100
"""How many steps of games, and how many things that are waited for, one answer tells: of hundreds of games there are
thousands."""

OF_GAMES = tuple(name for name, step in STEPS.items() if step.per in (Per.GAME, Per.GAME_AND_FEATURE))
"""Kinds of documents of which each game has its own."""

UNSEEN = {"revision", "since", "reminders", "late", "reference", "asks", "act_at"}
"""What may change about a document without changing what a person decides on."""


@dataclass(frozen=True)
class OrganizationSnapshot:
    """An organization at one moment of the database, seen by somebody; valid as long as its session is open.

    Attributes:
        actor: who looks; ``None`` for those who can do nothing, as auditors.
        now: programme time.
        policy: the one that the organization goes by, as its workflow does.
    """

    session: Session
    installation: Installation
    dossier: Dossier
    actor: Actor | None
    now: datetime
    policy: Policy

    @property
    def organization_id(self) -> str:
        """Whose."""
        return self.dossier.organization_id

    @property
    def role(self) -> Role | None:
        """As what somebody looks."""
        return self.actor.role if self.actor else None

    @cached_property
    def names(self) -> Names:
        """What the things of the organization are called."""
        games = Later(lambda: queries.game_names(self.session, self.organization_id))
        return Names(games=games, documents=self.dossier.documents)

    def one(self, kind: type[D]) -> D:
        """The document of a kind of which every organization has exactly one."""
        (document,) = self.dossier.of(kind)
        return document

    def etag(self, document_id: str) -> str:
        """What names a document as it is seen here."""
        return etag(self.dossier.documents[document_id])

    def form(self, submission_id: str | None) -> FormView | None:
        """A form as it was filled in, masked."""
        return show_form(self.session, self.installation, self.organization_id, submission_id)

    def seen_by(self, actor: Actor) -> "OrganizationSnapshot":
        """The same moment, seen by somebody else."""
        return replace(self, actor=actor)

    def show(self, kind: type[V], document: AnyDocument, **more: Any) -> V:
        """A document as a view of some kind; ``more`` is what its model does not know."""
        state, who = state_of(document), waits_for(document, self.policy)
        alarm = next_alarm(document, self.now, self.policy)
        own = {name: value for name, value in document if name in kind.model_fields}
        return kind(
            **{
                **own,
                "document_id": document.id,
                "meaning": state.description,
                "waits_for": who,
                "todo": in_words.todo(document, self.names) if who in PEOPLE else "",
                "due": alarm.due if alarm else None,
                "then": alarm.event if alarm else None,
                "allowed_actions": self.allowed(document),
                **more,
            }
        )

    def allowed(self, document: AnyDocument) -> list[str]:
        """What the one who looks may do with a document now."""
        if self.actor is None:
            return []
        found = allowed_actions(self.dossier, self.actor, self.now, self.policy, document.id)
        return [allowed.action for allowed in found]

    def summaries(self) -> list[DocumentSummary]:
        """Where the steps stand, of games only the latest to move; statements, invoices and payouts are counted instead."""
        games = [d for d in self.dossier.documents.values() if d.machine in OF_GAMES]
        left_out = {d.id for d in sorted(games, key=lambda d: d.since, reverse=True)[MOST_LISTED:]}
        return [
            DocumentSummary(
                document_id=document.id,
                machine=document.machine,
                state=document.state,
                since=document.since,
                waits_for=waits_for(document, self.policy),
                late=document.late,
            )
            for document in self.dossier.documents.values()
            if document.machine not in RECURRING and document.id not in left_out
        ]

    def next_actions(self, role: Role = Role.ADMIN) -> list[Waiting]:
        """What people in a role should do next: the most urgent of it."""
        return next_actions(self.dossier, self.now, self.policy, role, self.names)[:MOST_LISTED]

    def blockers(self, estimates: Sequence[Estimate] = ()) -> list[Blocker]:
        """Everything between the organization and its money, whoever must act."""
        return blockers(self.dossier, self.now, self.policy, estimates, self.names)


@contextmanager
def open_snapshot(
    installation: Installation, reader: Reader, history: bool = False
) -> Iterator[OrganizationSnapshot]:
    """An organization at this moment, for somebody who may read it.

    Args:
        history: with the documents in which nothing follows any more, too: more with each year.
    """
    with installation.database.reading() as session:
        yield snapshot_of(session, installation, reader, history)


def snapshot_of(
    session: Session, installation: Installation, reader: Reader, history: bool = False
) -> OrganizationSnapshot:
    """The same, where the database is being read already."""
    organization_id = reader.organization_id
    dossier = load_dossier(session, organization_id) if history else active_dossier(session, organization_id)
    policy = own_policy(session, installation, organization_id)
    return OrganizationSnapshot(session, installation, dossier, reader.actor, installation.now(), policy)


def own_policy(session: Session, installation: Installation, organization_id: str) -> Policy:
    """The policy that an organization goes by."""
    return policy_of(session, organization_id, installation.policy)


def active_dossier(session: Session, organization_id: str, named: Collection[str] = ()) -> Dossier:
    """The documents in which something can follow, and those that are named.

    What can be done, who is waited for and what is owed depends on no others (docs/decisions/0020).
    """
    dossier = queries.dossiers(session, [organization_id], but=FINISHED)[organization_id]
    missing = set(named) - dossier.documents.keys()
    if missing:
        dossier.documents.update(queries.named(session, organization_id, missing).documents)
    return dossier


def most_urgent(found: Sequence[B]) -> list[B]:
    """Of blockers in the order of their urgency the first hundred, and all that money waits for."""
    return [each for place, each in enumerate(found) if place < MOST_LISTED or each.money is not None]


def etag(document: Document) -> str:
    """What a person who decides on a document has seen of it: changes when that does, not at each reminder."""
    seen = document.model_dump_json(exclude=UNSEEN)
    return f'"{hashlib.sha256(seen.encode()).hexdigest()[:20]}"'


def show_form(
    session: Session, installation: Installation, organization_id: str, submission_id: str | None
) -> FormView | None:
    """A form as it was filled in, masked; ``None`` when there is none, as for what came by a signal."""
    if submission_id is None:
        return None
    try:
        form = read(session, installation.keyring, organization_id, submission_id)
    except UnknownSubmission:
        return None
    return FormView(
        submitted_at=form.created_at and installation.policy.clock.programme(form.created_at),
        fields=masked(form.fields),
        files=show_files(form.files),
        digest=form.digest,
    )


def show_files(files: Sequence[FileRow]) -> list[FileView]:
    """Files as they are listed."""
    return [FileView.model_validate(file, from_attributes=True) for file in files]


def masked(fields: Any) -> Any:
    """The same fields, with numbers that could be misused reduced to their last four characters."""
    if isinstance(fields, dict):
        return {
            name: mask(value) if name in SECRET and isinstance(value, str) else masked(value)
            for name, value in fields.items()
        }
    return [masked(item) for item in fields] if isinstance(fields, list) else fields


def mask(text: str) -> str:
    """``••6789``: enough to tell one account from another."""
    return f"••{text[-4:]}" if len(text) >= 8 else "••"
