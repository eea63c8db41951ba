"""What an actor may do now: for refusals, buttons and lists of next actions."""

from collections.abc import Iterator
from datetime import datetime

from lifecycle.machine import AnyGuard, AnyRule, Context
from lifecycle.machines import BY_STATE
from lifecycle.timers import is_due
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
    probe = probing(document, actor)
    return next(unmet(rule.guards, dossier, document, probe, now, policy), None) is None


def probing(document: AnyDocument, actor: Actor) -> Command:
    """A command without facts, by which guards are asked before anybody has given one."""
    return Command(id="-", action=f"{document.machine}.act", document_id=document.id, actor=actor)


def unmet(
    guards: tuple[AnyGuard, ...],
    dossier: Dossier,
    document: AnyDocument,
    command: Command,
    now: datetime,
    policy: Policy,
) -> Iterator[AnyGuard]:
    """The guards that do not hold, as far as that can be judged whatever facts a command brings."""
    context = Context(dossier, document, document, command, now, policy)
    return (guard for guard in guards if not guard.needs_facts and not guard.holds(context))
