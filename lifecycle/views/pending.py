"""Who is waited for, for what, until when, and which money waits for it."""

from datetime import datetime
from enum import StrEnum

from pydantic import BaseModel, ConfigDict

from lifecycle.deadlines import PAY_OUT_OPEN
from lifecycle.machines import STATES, state_of
from lifecycle.permissions import allowed_actions
from lifecycle.steps import contract
from lifecycle.steps.invoice import contracts_ended
from lifecycle.timers import next_timer
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
    Verification,
)
from models.dossier import Dossier, account_obstacle, verification_obstacle
from models.money import Money, sum_of
from models.programme.policy import Policy
from models.states import (
    ContractState,
    IntegrationState,
    LaunchState,
    PayoutAccountState,
    StatementState,
)

OWED = (
    StatementState.PENDING_CONFIRMATION,
    StatementState.APPEAL_REVIEW,
    StatementState.CONFIRMED,
    StatementState.INVOICED,
)
"""The states of a statement whose net is owed: it is issued and not yet paid."""


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
    what: str
    todo: str
    who: Role
    since: datetime
    until: datetime | None
    then: str | None
    late: bool
    money: Money | None
    actions: list[str]
    reasons: list[str]


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


def failure_in_words(document: AnyDocument) -> list[str]:
    """Why a payment failed and how that is mended."""
    failure = document.failure if isinstance(document, Payout | PayoutAccount | Invoice) else None
    if failure is None or failure.code is None:
        return []
    return [failure.words.why, failure.words.mend]


def is_optional(document: AnyDocument, dossier: Dossier) -> bool:
    """Whether nobody need act although somebody could: a second feature, say, or a game taken off."""
    if isinstance(document, Contract) and document.state == ContractState.NOT_SIGNED:
        return any(other.state != ContractState.NOT_SIGNED for other in dossier.of(Contract))
    return isinstance(document, Launch) and document.state == LaunchState.WITHDRAWN


def not_yet(
    document: AnyDocument, dossier: Dossier, now: datetime, policy: Policy, uninvoiceable: str | None
) -> str:
    """Why nobody can take a pay-out step yet, however ready it is; empty when somebody can."""
    if isinstance(document, Statement) and document.state == StatementState.CONFIRMED:
        return not_yet_invoiced(dossier, now, policy) if uninvoiceable is None else uninvoiceable
    return (
        PAY_OUT_OPEN.reason
        if document.state == PayoutAccountState.NOT_SET_UP and now < policy.pay_out_opens
        else ""
    )


def not_yet_invoiced(dossier: Dossier, now: datetime, policy: Policy) -> str:
    """Why the confirmed statements cannot be invoiced yet; empty when they can."""
    if now < policy.pay_out_opens:
        return PAY_OUT_OPEN.reason
    if not contracts_ended(dossier) and dossier.confirmed_net() < policy.invoice_minimum:
        return "The confirmed statements are together below the smallest invoice; they wait for further ones."
    return ""


def waiting(dossier: Dossier, now: datetime, policy: Policy) -> list[Waiting]:
    """Everything that is waited for, by anybody: every blocker at once, the most urgent first."""
    uninvoiceable = not_yet_invoiced(dossier, now, policy)
    found = [
        waiting_for(document, dossier, now, policy, uninvoiceable) for document in dossier.documents.values()
    ]
    found.append(waiting_to_be_invoiced(dossier, now, policy))
    return sorted((w for w in found if w), key=lambda w: (w.until is None, w.until or w.since))


def waiting_to_be_invoiced(dossier: Dossier, now: datetime, policy: Policy) -> Waiting | None:
    """What the statements wait for that are counted instead of held, all together; ``None`` when there are none."""
    counted, state = dossier.uninvoiced, STATES["statement", StatementState.CONFIRMED]
    if counted is None:
        return None
    obstacle, money = not_yet_invoiced(dossier, now, policy), counted_money(dossier)
    opens = policy.pay_out_opens if now < policy.pay_out_opens else None
    return Waiting(
        document_id="statement",
        state=StatementState.CONFIRMED,
        what=obstacle or state.description,
        todo="" if obstacle else f"Submit an invoice for earlier confirmed statements: {counted.count}",
        who=Role.ADMIN,
        since=counted.since,
        until=opens,
        then="pay_out_opens" if opens else None,
        late=False,
        money=money[0] if len(money) == 1 else None,
        actions=[] if obstacle else [state.continues_in],
        reasons=[],
    )


def waiting_for(
    document: AnyDocument, dossier: Dossier, now: datetime, policy: Policy, uninvoiceable: str | None = None
) -> Waiting | None:
    """What a document of an organization waits for; ``None`` when it waits for nobody who could do anything.

    Args:
        uninvoiceable: why the confirmed statements cannot be invoiced yet, where that is known: all must be looked at.
    """
    state = state_of(document)
    if state.waits_for is None or state.waits_for is Role.PIPELINE or is_optional(document, dossier):
        return None
    obstacle = not_yet(document, dossier, now, policy, uninvoiceable)
    actor = Actor(role=state.waits_for, id="-")
    actions = [a.action for a in allowed_actions(dossier, actor, now, policy, document.id)]
    if obstacle:
        actions = []
    elif not actions and state.continues_in:
        actions = [state.continues_in]
    elif not actions and state.waits_for in PEOPLE:
        return None
    timer = next_timer(document, policy)
    until, then = (timer.due, timer.event) if timer else (None, None)
    if obstacle and now < policy.pay_out_opens:
        until, then = policy.pay_out_opens, "pay_out_opens"
    return Waiting(
        document_id=document.id,
        state=document.state,
        what=obstacle or state.description,
        todo="" if obstacle else state.todo,
        who=state.waits_for,
        since=document.since,
        until=until,
        then=then,
        late=document.late,
        money=money_waiting(document, dossier),
        actions=actions,
        reasons=[
            *(reason.detail or reason.code for reason in document.reasons),
            *failure_in_words(document),
        ],
    )


def next_actions(dossier: Dossier, now: datetime, policy: Policy, role: Role = Role.ADMIN) -> list[Waiting]:
    """What people in one role must do next."""
    return [item for item in waiting(dossier, now, policy) if item.who is role]
