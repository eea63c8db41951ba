"""What an actor may do now: for refusals, buttons and lists of next actions."""

from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime

from lifecycle.machine import AnyContext, AnyGuard, AnyRule, Context
from lifecycle.machines import BY_STATE
from lifecycle.timers import is_due
from lifecycle.turns import hears_provider
from models.commands import Actor, AllowedAction, Command, Role
from models.documents import AnyDocument
from models.dossier import Dossier
from models.programme.policy import Policy


def allowed_actions(
    dossier: Dossier, actor: Actor, now: datetime, policy: Policy, document_id: str | None = None
) -> list[AllowedAction]:
    """What an actor may do now, with one document or with all.

    Guards that depend on what a command brings are left out: the action is shown, and judged when it comes.
    """
    if document_id is None:
        documents = list(dossier.documents.values())
    else:
        documents = [d for d in [dossier.documents.get(document_id)] if d]
    return [
        AllowedAction(action=f"{document.machine}.{event}", document_id=document.id)
        for document in documents
        for event in dict.fromkeys(
            rule.event
            for rule in BY_STATE[document.machine, document.state]
            if actor.role in rule.roles and may(rule, dossier, document, actor, now, policy)
        )
    ]


def may(
    rule: AnyRule, dossier: Dossier, document: AnyDocument, actor: Actor, now: datetime, policy: Policy
) -> bool:
    """Whether a rule's guards hold as far as they can be judged before the facts are known."""
    if actor.role is Role.CLOCK and not is_due(document, rule.event, now, policy):
        return False
    if actor.role is Role.PROVIDER and not hears_provider(document, policy):
        return False
    return nearest((rule.guards,), dossier, document, actor, now, policy) == []


def nearest(
    alternatives: Iterable[Sequence[AnyGuard]],
    dossier: Dossier,
    document: AnyDocument,
    actor: Actor,
    now: datetime,
    policy: Policy,
) -> list[AnyGuard]:
    """What must still hold before an actor can go one of several ways on: of the way that lacks least.

    Nothing when a way is open, and when there is none at all.
    """
    probe = Command(id="-", action=f"{document.machine}.act", document_id=document.id, actor=actor)
    context = Context(dossier, document, document, probe, now, policy)
    lacking = [list(unmet(guards, context, before_facts=True)) for guards in alternatives]
    return min(lacking, key=len, default=[])


def unmet(guards: Iterable[AnyGuard], context: AnyContext, before_facts: bool = False) -> Iterator[AnyGuard]:
    """The guards that do not hold.

    Args:
        before_facts: nobody has brought facts yet, so that those are left out which depend on them.
    """
    return (
        guard for guard in guards if not (before_facts and guard.needs_facts) and not guard.holds(context)
    )
