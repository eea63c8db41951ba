"""What must hold: of the data, of every document, of every step, of every state, and in the long run."""

from collections.abc import Callable, Iterator, Mapping
from typing import TypeAlias

from lifecycle.checker.abstraction import NOW
from lifecycle.checker.exploring import View
from lifecycle.checker.messages import Sight, is_large
from lifecycle.checker.probes import Probe, forbidden
from lifecycle.decide import decide
from lifecycle.machine import NEW, AnyMachine
from lifecycle.machines import STATES
from lifecycle.steps.contract import IN_FORCE as CONTRACT_IN_FORCE
from lifecycle.steps.contract import SIGNED
from lifecycle.timers import timers_of
from lifecycle.turns import waits_for
from lifecycle.views.pending import waiting
from models.commands import PEOPLE, Refusal, Role
from models.documents import AnyDocument, Contract, Integration, Invoice, Launch, Payout, Statement
from models.dossier import Dossier, payments_blocked_by
from models.programme.policy import Policy
from models.states import (
    ContractState,
    IntegrationState,
    InvoiceState,
    LaunchState,
    PayoutAccountState,
    PayoutState,
    QualificationState,
    StatementState,
    VerificationState,
)

VERIFIED = (VerificationState.VERIFIED, VerificationState.RENEWING)
"""Said here once more, so that the proof does not rest on what it proves."""

Step: TypeAlias = Callable[[View, Probe, View], Iterator[str]]

LIVE = (
    InvoiceState.UNDER_REVIEW,
    InvoiceState.PROCESSING_PAYMENT,
    InvoiceState.PAYMENT_FAILED,
    InvoiceState.PAID,
)
OWED = (
    StatementState.PENDING_CONFIRMATION,
    StatementState.APPEAL_REVIEW,
    StatementState.CONFIRMED,
    StatementState.INVOICED,
)
SENT = (
    PayoutState.SENDING,
    PayoutState.IN_TRANSIT,
    PayoutState.OUTCOME_UNKNOWN,
    PayoutState.OUTCOME_UNRESOLVED,
    PayoutState.RESOLUTION_PROPOSED,
)


# ---------------------------------------------------------------------- of the data


def flaws(machine: AnyMachine) -> Iterator[str]:
    """What is wrong with the data of a machine by itself."""
    names = {state.name for state in machine.states}
    if len(names) < len(machine.states):
        yield f"{machine.name}: a state is there twice"
    for state in machine.states:
        here = [rule for rule in machine.rules if state.name in rule.sources]
        moving = [rule for rule in here if rule.target != state.name]
        where = f"{machine.name}.{state.name}"
        goes_on = any(not rule.of_any_attempt for rule in here)
        if state.final == goes_on or (state.final and (state.waits_for or state.deadlines)):
            yield f"{where}: what is final has no way on, and what is not has one"
        if not state.final and not moving:
            yield f"{where}: no rule leads away"
        if state.waits_for in PEOPLE and not state.todo:
            yield f"{where}: does not say what to do"
        can_act = state.continues_in or any(state.waits_for in rule.roles for rule in moving)
        if state.waits_for in PEOPLE and not can_act:
            yield f"{where}: {state.waits_for} must act and cannot"
        if state.waits_for is None and state.todo:
            yield f"{where}: something is to be done by nobody"
        clock = {rule.event for rule in here if Role.CLOCK in rule.roles}
        if clock != {deadline.event for deadline in state.deadlines}:
            yield f"{where}: the clock's events and the deadlines differ"
    for rule in machine.rules:
        if not {rule.target, *rule.sources} <= names | {NEW}:
            yield f"{machine.name}.{rule.event}: a state that there is not"
        if len(rule.sources) > 1 and rule.target in rule.sources and Role.CLOCK in rule.roles:
            yield f"{machine.name}.{rule.event}: a reminder would begin its state anew"
        if not {*rule.required_facts, *rule.optional_facts} <= set(machine.document.model_fields):
            yield f"{machine.name}.{rule.event}: takes a fact that its document has not"


# ---------------------------------------------------------------------- of every document


def wrong_with(document: AnyDocument, policy: Policy) -> Iterator[str]:
    """What is wrong with a document as it stands, whatever stands beside it."""
    who = waits_for(document, policy)
    if who in (Role.PROVIDER, Role.CLOCK) and not timers_of(document, policy):
        yield f"waits for {who} without an end: {document.machine}.{document.state}"


def let_through(document: AnyDocument, policy: Policy) -> Iterator[str]:
    """What is not refused in a document's state although nothing could make it right."""
    alone = Dossier(organization_id="o", documents={document.id: document})
    for code, command in forbidden(document, policy):
        decision = decide(alone, command, NOW, policy)
        if not isinstance(decision, Refusal) or (decision.code != code):
            yield f"{command.action} as {command.actor.role} in {document.state} is not refused as {code}"


# ---------------------------------------------------------------------- of every step


def only_when(claim: str, holds: Callable[[View, Probe, View], bool]) -> Step:
    """A step that is taken only when something holds."""

    def check(before: View, probe: Probe, after: View) -> Iterator[str]:
        if not holds(before, probe, after):
            yield claim

    return check


def verified(before: View, probe: Probe, after: View) -> bool:
    """The business is verified."""
    return before["verification"].state in VERIFIED


def tested(view: View) -> bool:
    """The game's integrations have passed."""
    game: Launch = view["launch/g"]
    found: list[Integration] = [view[f"integration/g/{feature}"] for feature in game.features]
    return bool(found) and all(i is not None and i.state == IntegrationState.PASSED for i in found)


def under_contract(view: View) -> bool:
    """The contracts of the game's features are in force."""
    game: Launch = view["launch/g"]
    return all(view[f"contract/{feature}"].state in CONTRACT_IN_FORCE for feature in game.features)


def region_allowed(view: View) -> bool:
    """No Hong Kong entity publishes in the US."""
    return not (view["verification"].country == "HK" and "US" in view["launch/g"].regions)


def may_launch(before: View, probe: Probe, after: View) -> bool:
    """The game may be submitted."""
    qualified = before["qualification"].state == QualificationState.APPROVED
    return verified(before, probe, after) and qualified and tested(before) and region_allowed(after)


def may_go_live(before: View, probe: Probe, after: View) -> bool:
    """The game may be launched."""
    return (
        verified(before, probe, after) and tested(before) and under_contract(before) and region_allowed(after)
    )


def invoice_is_sound(before: View, probe: Probe, after: View) -> bool:
    """The invoice claims confirmed statements of this organization, each once, and their exact sum."""
    invoice: Invoice = after[probe.command.document_id]
    claimed: list[Statement | None] = [before[statement_id] for statement_id in invoice.statement_ids]
    found = [s for s in claimed if s is not None and s.state == StatementState.CONFIRMED]
    contract: Contract | None = before["contract/iaa"]
    ended = contract is not None and contract.state == ContractState.TERMINATED
    return (
        len(found) == len(set(invoice.statement_ids)) == len(invoice.statement_ids)
        and invoice.total.amount == sum(s.net.amount for s in found)
        and (ended or invoice.total.amount >= 10_000)
        and all(s.confirmed_on is not None and s.confirmed_on <= invoice.dated for s in found)
        and before["payout_account"].state == PayoutAccountState.ACTIVE
        and verified(before, probe, after)
    )


def other_people(before: View, probe: Probe, after: View) -> bool:
    """Whoever agrees to a change is neither who asked for it nor who agreed before."""
    account = before["payout_account"]
    return probe.command.actor.id not in (account.requested_by, account.operator_id)


def two_people(outcome: str) -> Step:
    """An unknown outcome is resolved by two people, exactly as the first has proposed it."""

    def holds(before: View, probe: Probe, after: View) -> bool:
        payout: Payout = before["payout/1"]
        return (
            payout.proposed_outcome == outcome
            and probe.command.facts["proposal"] == payout.proposal
            and payout.proposed_by not in (None, probe.command.actor.id)
        )

    return only_when("an unknown outcome is resolved by two people, as the first proposed it", holds)


def was_sent(before: View, probe: Probe, after: View) -> bool:
    """The payout has an attempt that the provider's word can be about."""
    payout: Payout = before["payout/1"]
    return payout.reference is not None or payout.has_sent(str(probe.command.reference))


STEPS: Mapping[str, Step] = {
    "qualification.submit": only_when("qualification only of a verified business", verified),
    "contract.sign": only_when(
        "one feature is enabled at a time, by a verified business, in the version on offer",
        lambda before, probe, after: (
            verified(before, probe, after)
            and probe.command.facts["signed_version"] == before[probe.command.document_id].offered_version
            and (
                before[probe.command.document_id].state == ContractState.UPDATE_OFFERED
                or not any(c.state == ContractState.IN_REVIEW for c in before.of(Contract))
            )
        ),
    ),
    "integration.run": only_when(
        "the APIs are used only under a signed contract",
        lambda before, probe, after: (
            before[f"contract/{before[probe.command.document_id].feature}"].state in SIGNED
        ),
    ),
    "launch.register": only_when(
        "a game stands under its own id", lambda before, probe, after: after["launch/g"].game_id == "g"
    ),
    "launch.submit": only_when("launch only when verified, qualified, tested, in an open region", may_launch),
    "launch.publish": only_when(
        "live only when verified, tested, under contract, in an open region", may_go_live
    ),
    "payout_account.submit": only_when("a payout account only of a verified business", verified),
    "payout_account.change": only_when("a bank change only of a verified business", verified),
    "payout_account.approve_change": only_when("a bank change has three people behind it", other_people),
    "statement.appeal": only_when(
        "one appeal per statement, only while it waits to be confirmed",
        lambda before, probe, after: (
            not before[probe.command.document_id].appealed
            and before[probe.command.document_id].state == StatementState.PENDING_CONFIRMATION
        ),
    ),
    "invoice.submit": only_when("an invoice claims confirmed statements, and exactly them", invoice_is_sound),
    "payout.accept": only_when("nothing is under way that was not sent", was_sent),
    "payout.pay": only_when("nothing is paid that was not sent", was_sent),
    "payout.resolve_paid": two_people("paid"),
    "payout.resolve_not_paid": two_people("not_paid"),
    "payout.approve": only_when(
        "nobody approves a payout whose invoice he approved",
        lambda before, probe, after: probe.command.actor.id != before["payout/1"].initiated_by,
    ),
}
"""What must hold when a step is taken, whatever the rules say."""


# ---------------------------------------------------------------------- of every state


def contradictions(view: View, sight: Sight | None) -> Iterator[str]:
    """What cannot stand side by side."""
    game, business = view["launch/g"], view["verification"]
    if game and game.state == LaunchState.LIVE and business.state in VERIFIED and not region_allowed(view):
        yield "a Hong Kong entity is live in the US"
    if sum(contract.state == ContractState.IN_REVIEW for contract in view.of(Contract)) > 1:
        yield "two features are being enabled at once"
    if "invoice/1" in view.decisions.slots:
        yield from claims(view)
    if sight and view["payout/1"] and not sight.to_payout and not sight.to_organization:
        yield from misunderstandings(view, view["payout/1"])
        yield from unexplained(view)


def claims(view: View) -> Iterator[str]:
    """Where statements and the invoices that claim them do not fit."""
    live = [invoice for invoice in view.of(Invoice) if invoice.state in LIVE]
    for statement in view.of(Statement):
        by = [invoice for invoice in live if statement.id in invoice.statement_ids]
        if len(by) != (statement.state in (StatementState.INVOICED, StatementState.PAID)):
            yield "a statement is claimed by exactly one live invoice, or none"
        elif by and (by[0].state == InvoiceState.PAID) != (statement.state == StatementState.PAID):
            yield "a statement is paid exactly when its invoice is"
        elif by and statement.invoice_id != by[0].id:
            yield "a statement names the invoice that claims it"


AGREED: Mapping[PayoutState, tuple[InvoiceState, ...]] = {
    PayoutState.PAID: (InvoiceState.PAID,),
    PayoutState.CLOSED: (InvoiceState.CLOSED,),
    PayoutState.CANCELLED: (InvoiceState.CANCELLED,),
    PayoutState.OVERPAID: (InvoiceState.PAID, InvoiceState.CLOSED),
    PayoutState.OWED_AGAIN: (InvoiceState.PAID, InvoiceState.CLOSED),
    PayoutState.PAID_IN_ERROR: (InvoiceState.CANCELLED,),
    PayoutState.RETURNED: (InvoiceState.PAYMENT_FAILED,),
    PayoutState.AWAITING_FUNDS: (InvoiceState.PAYMENT_FAILED,),
    PayoutState.DECLINED: (InvoiceState.PAYMENT_FAILED,),
}
"""How an invoice stands when its payout does so, once everything is delivered; else its payment is under way."""


def unexplained(view: View) -> Iterator[str]:
    """Where money is owed, all messages are delivered, and yet nobody is named who must act, and no day."""
    if not any(statement.state in OWED for statement in view.of(Statement)):
        return
    dossiers = (
        Dossier.model_construct(organization_id="o", documents=documents) for documents in view.apart()
    )
    if not any(waiting(dossier, NOW, view.decisions.world.policy) for dossier in dossiers):
        yield "while money is owed, somebody is named who must act"


def misunderstandings(view: View, payout: Payout) -> Iterator[str]:
    """Where an organization and its payout disagree although every message is delivered."""
    invoice: Invoice = view["invoice/1"]
    if invoice.state not in AGREED.get(
        payout.state, (InvoiceState.PROCESSING_PAYMENT, InvoiceState.PAYMENT_FAILED)
    ):
        yield f"the payout is {payout.state}, and its invoice is {invoice.state}"
    if (
        payout.state in (PayoutState.CLOSED, PayoutState.CANCELLED, PayoutState.PAID_IN_ERROR)
        or not payout.watched
    ):
        return
    dossier = Dossier.model_construct(
        organization_id="o", documents={n: view[n] for n in ("verification", "payout_account")}
    )
    may_pay, account = payments_blocked_by(dossier) is None, view["payout_account"].submission_id
    if (payout.account_usable, payout.account_submission_id) != (may_pay, account):
        yield "the payout has not heard how the account stands"


# ---------------------------------------------------------------------- of the money


def money_at_risk(before: View, after: View, sights: tuple[Sight, Sight]) -> Iterator[str]:
    """Where a payment leaves that must not."""
    old, new = before["payout/1"], after["payout/1"]
    if new is None or new.state != PayoutState.SENDING or (old and old.state == PayoutState.SENDING):
        return
    attempt, approved_for = sights[0].money
    if attempt in ("open", "taken"):
        yield "a new attempt only after a definite failure of the last"
    if attempt == "out":
        yield "an invoice is paid once"
    if not new.account_usable or new.sent_to == new.refused_account:
        yield "nothing is sent to an account that cannot be paid to"
    if is_large(new) and (new.approved_by in (None, new.initiated_by) or approved_for != new.sent_to):
        yield "what must be approved is sent only where and when another person approved it"
    if not sights[1].to_payout and not sights[1].to_organization:
        dossier = Dossier.model_construct(
            organization_id="o", documents={n: after[n] for n in ("verification", "payout_account")}
        )
        if payments_blocked_by(dossier) or after["payout_account"].submission_id != new.sent_to:
            yield "nothing is sent while the organization may not be paid, nor to another account than its own"


def news_is_lost(before: View, probe: Probe, sight: Sight) -> bool:
    """Whether a provider's true word about the present attempt was refused."""
    payout: Payout | None = before["payout/1"]
    if payout is None or probe.command.actor.role is not Role.PROVIDER:
        return False
    event, attempt = probe.command.event, sight.money.attempt
    if attempt == "open":
        return event in (
            "accept",
            "pay",
            "fail_transient",
            "fail_account",
            "fail_payer",
            "fail_final",
            "return",
        )
    if attempt == "taken":
        return event in ("pay", "fail_transient", "fail_account", "fail_payer", "fail_final", "return")
    return attempt == "out" and event == "return" and payout.state != PayoutState.CLOSED


# ---------------------------------------------------------------------- in the long run


def rests(view: View, slot: int) -> bool:
    """Whether nothing need ever happen to a document again.

    A game rests, too, when a contract that it needs is terminated: that feature is over.
    """
    document = view.decisions.documents[view.state[slot]]
    if document is None:
        return True
    if (
        isinstance(document, Integration)
        and view[f"contract/{document.feature}"].state == ContractState.TERMINATED
    ):
        return True
    if isinstance(document, Launch) and any(
        view[f"contract/{feature}"].state == ContractState.TERMINATED for feature in document.features
    ):
        return True
    if isinstance(document, Statement) and is_settled(view, slot):
        return True
    state = STATES[document.machine, document.state]
    return state.final or (state.waits_for is None and not state.deadlines)


def is_settled(view: View, slot: int) -> bool:
    """Whether a statement is paid, void or carried forward, or not there yet; or this world has no invoice left."""
    document = view.decisions.documents[view.state[slot]]
    if not isinstance(document, Statement) or document.state not in OWED:
        return True
    invoices = [view[invoice_id] for invoice_id in view.decisions.ids if invoice_id.startswith("invoice/")]
    return bool(invoices) and all(i is not None and STATES["invoice", i.state].final for i in invoices)
