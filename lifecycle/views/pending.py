"""Who is waited for, for what, until when, and which money waits for it."""

from datetime import datetime
from enum import StrEnum

from pydantic import BaseModel, ConfigDict

from lifecycle.machines import state_of
from lifecycle.permissions import allowed_actions
from lifecycle.steps import contract
from lifecycle.turns import waits_for
from lifecycle.views.prerequisites import below_minimum
from lifecycle.views.situation import invoice_for, situation
from models.commands import PEOPLE, Actor, Role
from models.documents import (
    AnyDocument,
    Contract,
    Integration,
    Invoice,
    Launch,
    Payout,
    PayoutAccount,
    Statement,
    Stream,
    Verification,
)
from models.dossier import Dossier, Uninvoiced, account_obstacle, verification_obstacle
from models.figures import OWED
from models.money import Money, sum_of
from models.programme.policy import Policy
from models.states import (
    ContractState,
    IntegrationState,
    LaunchState,
    StatementState,
)
from words.voice import Names, Words


class Stage(StrEnum):
    """How far an organization has come along the pipeline."""

    VERIFICATION = "verification"
    CONTRACTS = "contracts"
    INTEGRATION = "integration"
    LAUNCH = "launch"
    EARNING = "earning"
    PAYOUT_ACCOUNT = "payout_account"
    STATEMENTS = "statements"
    INVOICE = "invoice"
    PAYOUT = "payout"
    PAID = "paid"


class Waiting(BaseModel):
    """One thing that is waited for.

    Attributes:
        document_id: where it stands.
        state: that document's state.
        what: what it means, one sentence.
        todo: what the one who must act should do; empty when nobody has to do anything by hand.
        who: who must act.
        until: when the clock decides it (programme time), or else reminds or asks; ``None`` when it does neither.
        then: what the clock does then.
        late: the review is past its due date.
        money: the money that waits for it, if any.
        actions: what that role may do with the document now.
        reasons: why it stands so, in sentences.
    """

    model_config = ConfigDict(extra="forbid")

    document_id: str
    state: str
    what: Words
    todo: Words
    who: Role
    since: datetime
    until: datetime | None
    then: str | None
    late: bool
    money: Money | None
    actions: list[str]
    reasons: list[Words]


def stage(dossier: Dossier) -> Stage:
    """How far the organization has come: the first step of the pipeline that is still open."""
    if verification_obstacle(dossier):
        return Stage.VERIFICATION
    if not any(c.state in contract.IN_FORCE for c in dossier.of(Contract)):
        return Stage.CONTRACTS
    games = dossier.of(Launch)
    if not any(game.launched_at for game in games):
        integrations = dossier.of(Integration)
        tested = bool(integrations) and any(game_is_tested(game, integrations) for game in games)
        return Stage.LAUNCH if tested else Stage.INTEGRATION
    states = {statement.state for statement in dossier.of(Statement)}
    if dossier.uninvoiced:
        states.add(StatementState.CONFIRMED)
    if not states:
        return Stage.EARNING
    if account_obstacle(dossier) and states & {"confirmed", "invoiced"}:
        return Stage.PAYOUT_ACCOUNT
    for state, found in (
        ("pending_confirmation", Stage.STATEMENTS),
        ("appeal_review", Stage.STATEMENTS),
        ("confirmed", Stage.INVOICE),
        ("invoiced", Stage.PAYOUT),
    ):
        if state in states:
            return found
    return Stage.PAID if states & {"paid", "closed"} else Stage.EARNING


def game_is_tested(game: Launch, integrations: list[Integration]) -> bool:
    """Whether the integration of every feature that a game uses has passed."""
    own = [i for i in integrations if i.game_id == game.game_id and i.feature in game.features]
    return all(integration.state == IntegrationState.PASSED for integration in own)


def owed(dossier: Dossier) -> Money | None:
    """The net of all statements that are issued and not yet paid; ``None`` when there are none."""
    held = (statement.net for statement in dossier.of(Statement) if statement.state in OWED)
    return sum_of([*held, *counted_money(dossier)])


def counted_money(dossier: Dossier) -> list[Money]:
    """What the statements come to that are counted instead of held, by currency."""
    counted = dossier.uninvoiced.net if dossier.uninvoiced else {}
    return [Money(amount=amount, currency=currency) for currency, amount in counted.items()]


def money_waiting(document: AnyDocument, dossier: Dossier) -> Money | None:
    """The money that moves on only when this document does."""
    if isinstance(document, Statement):
        return document.net
    if isinstance(document, Invoice):
        return document.total
    if isinstance(document, Payout):
        return document.amount
    if isinstance(document, Verification):
        return None if document.in_force else owed(dossier)
    return owed(dossier) if isinstance(document, PayoutAccount) else None


def is_optional(document: AnyDocument, dossier: Dossier) -> bool:
    """Whether nobody need act although somebody could: a second feature, say, or a game taken off."""
    if isinstance(document, Contract) and document.state == ContractState.NOT_SIGNED:
        return any(other.state != ContractState.NOT_SIGNED for other in dossier.of(Contract))
    return isinstance(document, Launch) and document.state == LaunchState.WITHDRAWN


def waiting(dossier: Dossier, now: datetime, policy: Policy, names: Names | None = None) -> list[Waiting]:
    """Everything that is waited for, by anybody: every blocker at once, the most urgent first.

    Args:
        names: what games and people are called; the documents of the dossier are known by themselves.
    """
    shortfall = below_minimum(dossier, policy)
    found = [
        waiting_for(document, dossier, now, policy, shortfall, names)
        for document in dossier.documents.values()
    ]
    if dossier.uninvoiced:
        found.append(waiting_to_be_invoiced(dossier.uninvoiced, dossier, now, policy))
    return sorted((w for w in found if w), key=lambda w: (w.until is None, w.until or w.since))


def waiting_to_be_invoiced(
    counted: Uninvoiced, dossier: Dossier, now: datetime, policy: Policy
) -> Waiting | None:
    """What the statements wait for that are counted instead of held: what each of them would, all together."""
    day, money = counted.since.date(), counted_money(dossier)
    one = Statement(
        id="statement",
        state=StatementState.CONFIRMED,
        since=counted.since,
        stream=Stream.IAA,
        period_start=day,
        period_end=day,
        net=money[0],
    )
    found = waiting_for(one, dossier, now, policy)
    if found is None:
        return None
    todo = found.todo and invoice_for(counted.count, money[0])
    return found.model_copy(update={"todo": todo, "money": money[0] if len(money) == 1 else None})


def waiting_for(
    document: AnyDocument,
    dossier: Dossier,
    now: datetime,
    policy: Policy,
    shortfall: str | None = None,
    names: Names | None = None,
) -> Waiting | None:
    """What a document of an organization waits for; ``None`` when it waits for nobody who could do anything.

    Args:
        shortfall: what is missing to the smallest invoice, where that is known: all statements must be looked at.
        names: what games and people are called; the documents of the dossier are known by themselves.
    """
    state, who = state_of(document), waits_for(document, policy)
    if who is None or who is Role.PIPELINE or is_optional(document, dossier):
        return None
    now_so = situation(document, dossier, now, policy, shortfall, names)
    actor = Actor(role=who, id="-")
    actions = [a.action for a in allowed_actions(dossier, actor, now, policy, document.id)]
    if now_so.opening or now_so.too_small:
        actions = []
    elif not actions and state.continues_in:
        actions = [] if now_so.stuck else [state.continues_in]
    elif not actions and who in PEOPLE:
        return None
    return Waiting(
        document_id=document.id,
        state=document.state,
        what=now_so.what,
        todo=now_so.todo,
        who=who,
        since=document.since,
        until=now_so.alarm.due if now_so.alarm else None,
        then=now_so.alarm.event if now_so.alarm else None,
        late=document.late,
        money=money_waiting(document, dossier),
        actions=actions,
        reasons=now_so.reasons,
    )


def next_actions(
    dossier: Dossier, now: datetime, policy: Policy, role: Role = Role.ADMIN, names: Names | None = None
) -> list[Waiting]:
    """What people in one role must do next."""
    return [item for item in waiting(dossier, now, policy, names) if item.who is role]
