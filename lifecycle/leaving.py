"""Which documents an organization's workflow need not carry along, and which a command needs back.

An organization gathers statements and invoices for as long as it earns. Where nothing follows in one any more it stays
in the database alone; where it can only wait to be invoiced, however long, it is counted. So a decade costs an action no
more than a year.
"""

from collections.abc import Collection, Iterator, Mapping
from datetime import datetime

from lifecycle.machine import NEW
from lifecycle.machines import FINISHED, RECURRING, RULES
from models.commands import Command, Effect, Outcome
from models.documents import AnyDocument, Statement
from models.dossier import Dossier
from models.states import StatementState

MOST_CARRIED = 64 * 1024
"""Signs of outcomes of commands that a run hands on to the next; some four hundred of the usual ones."""

MOST_NAMED = 201
"""How many documents of a command are looked for: one more than any rule takes."""


def may_leave(document: AnyDocument) -> bool:
    """Whether nothing follows in a document of a kind that the years bring more and more of.

    A payout never leaves: it is all that its own workflow is about.
    """
    return document.machine != "payout" and (document.machine, document.state) in FINISHED


def staying(
    dossier: Dossier, effects: Collection[Effect] = (), moved_since: datetime | None = None
) -> Dossier:
    """The dossier without what may leave, but for what something is still to be done for, and one paid statement.

    That one tells that the organization was paid before. Statements that only wait to be invoiced are counted. The
    database is read in the same way (``load_dossier``).

    Args:
        moved_since: what has moved since then stays, too: by it a database is known that was put back.
    """
    awaited = {effect.document_id for effect in effects}
    if moved_since is not None:
        awaited |= {document.id for document in dossier.documents.values() if document.since >= moved_since}
    paid = max((s.id for s in dossier.of(Statement) if s.state == StatementState.CLOSED), default=None)
    documents = {
        document.id: document
        for document in dossier.documents.values()
        if not may_leave(document) or document.id in awaited or document.id == paid
    }
    return dossier.model_copy(update={"documents": documents}).counting(holding=awaited)


def never_leaves(document: AnyDocument) -> bool:
    """Whether a document is under way, so that it is always held."""
    return not may_leave(document) and not (
        isinstance(document, Statement) and document.state == StatementState.CONFIRMED
    )


def latest(applied: Mapping[str, Outcome], most: int = MOST_CARRIED) -> dict[str, Outcome]:
    """Of the outcomes of commands, the oldest first, the latest that fit; the database knows the others again."""
    kept: dict[str, Outcome] = {}
    for command_id, outcome in reversed(list(applied.items())):
        most -= len(command_id) + len(outcome.model_dump_json())
        if most < 0:
            break
        kept[command_id] = outcome
    return dict(reversed(list(kept.items())))


def makes(command: Command) -> bool:
    """Whether a command brings its own document into being."""
    return any(NEW in rule.sources for rule in RULES.get((command.machine, command.event), ()))


def away(dossier: Dossier, command: Command) -> list[str]:
    """The documents that a command names and the dossier does not hold: they have left, or there are none such."""
    named = {name for name in names({"": command.document_id, **command.facts}) if may_have_left(name)}
    return sorted(named - dossier.documents.keys())[:MOST_NAMED]


def needs_back(dossier: Dossier, command: Command) -> bool:
    """Whether a refusal of a command says nothing yet, because documents are away that it would move or claim."""
    own = {command.document_id} if makes(command) else set()
    return not own.issuperset(away(dossier, command))


def may_have_left(name: str) -> bool:
    """Whether a text is the id of a document of a kind of which some leave."""
    kind, slash, rest = name.partition("/")
    return bool(slash and rest) and kind in RECURRING and kind != "payout"


def names(value: object) -> Iterator[str]:
    """All texts in what a command brings."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for inner in value.values():
            yield from names(inner)
    elif isinstance(value, list | tuple):
        for inner in value:
            yield from names(inner)
