"""Who could act on what is waited for, and what must happen before they can."""

from datetime import datetime

from lifecycle.machine import AnyGuard
from lifecycle.machines import BY_STATE, state_of
from lifecycle.permissions import allowed_actions, nearest
from lifecycle.steps.invoice import SUBMITTABLE, contracts_ended
from models.commands import PEOPLE, Actor, AllowedAction, Role
from models.documents import AnyDocument
from models.dossier import Dossier
from models.money import Money
from models.programme.policy import Policy
from words.voice import Sentence


def below_minimum(dossier: Dossier, policy: Policy) -> str:
    """What is missing to the smallest invoice, in a sentence; empty when the confirmed statements can be invoiced."""
    total = dossier.confirmed_net()
    if contracts_ended(dossier) or total >= policy.invoice_minimum:
        return ""
    amounts = {"total": total, "minimum": policy.invoice_minimum, "missing": policy.invoice_minimum - total}
    currency = policy.settlement_currency
    return Sentence(
        "The confirmed statements come to {total}; an invoice must be for at least {minimum}, so {missing} is missing.",
        **{name: Money(amount=n, currency=currency) for name, n in amounts.items()},
    )


def allowed(
    document: AnyDocument,
    role: Role,
    dossier: Dossier,
    now: datetime,
    policy: Policy,
    too_small: bool = False,
) -> list[AllowedAction]:
    """What a role may do about a document now, on this or on the document that moves it on."""
    actor = Actor(role=role, id="-")
    found = allowed_actions(dossier, actor, now, policy, document.id)
    elsewhere = state_of(document).continues_in
    if elsewhere == "invoice.submit":
        if role is Role.ADMIN and not too_small and not obstacles(document, role, dossier, now, policy):
            found.append(AllowedAction(action=elsewhere, document_id=document.id))
    elif elsewhere:
        other = allowed_actions(dossier, actor, now, policy, elsewhere.partition(".")[0])
        found += [action for action in other if action.action == elsewhere]
    return found


def actions_of(
    document: AnyDocument, who: Role, dossier: Dossier, now: datetime, policy: Policy
) -> list[str]:
    """What the one who must act may do."""
    return [action.action for action in allowed(document, who, dossier, now, policy)]


def obstacles(
    document: AnyDocument, who: Role, dossier: Dossier, now: datetime, policy: Policy
) -> list[AnyGuard]:
    """What must hold before the one who must act can; nothing when there is something that they can do."""
    if who not in PEOPLE:
        return []
    return nearest(ways_on(document, who), dossier, document, Actor(role=who, id="-"), now, policy)


def ways_on(document: AnyDocument, who: Role) -> list[tuple[AnyGuard, ...]]:
    """The ways on that somebody in a role could go, each by the guards that are in it."""
    if state_of(document).continues_in == "invoice.submit":
        return [SUBMITTABLE]
    rules = BY_STATE[document.machine, document.state]
    # What stays where it is moves nothing on, unless somebody decides it: one of several is done.
    moving = [rule for rule in rules if not rule.is_self_transition or rule.needs_reasons]
    return [rule.guards for rule in moving if who in rule.roles]
