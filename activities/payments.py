"""Payments: handing money to the provider, and asking what became of it."""

from dataclasses import replace
from datetime import UTC, datetime
from math import ceil

from pydantic import JsonValue
from temporalio import activity

from activities.definition import carries_out
from activities.failures import retried_by_temporal
from activities.installation import Installation
from models import effects
from models.commands import ProviderEvent
from models.documents import Payout, PayoutAccount
from models.dossier import Dossier, account_obstacle, verification_obstacle
from models.identity import DocumentId
from models.programme.clock import ProgrammeClock
from models.reasons.failures import HALF_WAY, Failure, FailureClass
from models.states import PayoutState
from models.wire.steps import ExternalStep, News
from providers.payments.events import failure_event, payment_event
from providers.protocols import PaymentOrder, PaymentResult, ProviderFailure
from storage.organizations.queries import attempts, named
from storage.organizations.submissions import read

BY_ANOTHER_WAY = ("recovered", "reversed", "paid_otherwise")
"""Outcomes of attempts whose money has gone back, or has been paid, by a way of which the provider knows nothing."""

UNKNOWN = (PayoutState.OUTCOME_UNKNOWN, PayoutState.OUTCOME_UNRESOLVED, PayoutState.RESOLUTION_PROPOSED)


class PaymentSteps:
    """The activities that deal with the payment provider."""

    def __init__(self, installation: Installation) -> None:
        self.installation = installation

    @carries_out(effects.SEND_PAYMENT)
    def send_payment(self, step: ExternalStep) -> News:
        """Send the money of an attempt that is already committed; called once each time that it is handed over.

        A worker may have been frozen before it comes here, and the world have gone on. So it is looked at right
        before the call whether the database still has this attempt open, as it was handed over, and whether the
        time for this call has not run out. What freezes after that sends under a reference that is never given up
        while it may be on its way.

        Whatever goes wrong is put into the class that says who must act; nothing is raised that Temporal
        would retry.
        """
        payout = paid_by(step)
        reference = payout.reference or step.reference
        event_id = f"{reference}/{payout.revision}"
        order = PaymentOrder(
            reference=reference,
            idempotency_key=reference,
            organization_id=step.organization_id,
            invoice_id=DocumentId(payout.invoice_id).key,
            amount=payout.amount,
            destination=self.destination(step.organization_id, payout),
        )
        with self.installation.database.reading() as session:
            dossier = named(session, step.organization_id, [payout.id, "verification", "payout_account"])
        if not is_open(dossier, payout):
            return News()
        try:
            if obstacle := obstacle_to(dossier, payout):
                raise ProviderFailure(FailureClass.TRANSIENT, obstacle)
            result = self.installation.providers.payments.send(order)
        except ProviderFailure as error:
            failure = in_programme_time(error.failure, step.policy.clock)
            event = failure_event(failure, f"{event_id}/{failure.failure_class}", payout.id, reference)
        else:
            event = payment_event(result, f"{event_id}/{result.status}", payout.id)
        return News(command=event.command("payments"))

    @carries_out(effects.ASK_PAYMENT)
    def ask_payment(self, step: ExternalStep) -> News:
        """Ask the provider by our reference; not finding it says nothing while it may still be taking it in."""
        payout = paid_by(step)
        reference = payout.reference or step.reference
        with retried_by_temporal():
            try:
                result = self.installation.providers.payments.ask(reference)
            except ProviderFailure as error:
                failure = error.failure
                if failure.failure_class is not FailureClass.UNKNOWN or not is_news(failure, payout):
                    raise
                # It can be neither paid nor failed now: people must hear of it if that does not end by itself.
                event_id = f"{reference}/{failure.code}/{payout.revision}"
                event = failure_event(failure, event_id, payout.id, reference)
                return News(command=event.command("payments"))
        if result is None:
            visible = payout.sent_at and step.now >= payout.sent_at + step.policy.provider_visibility
            if not visible or payout.state not in UNKNOWN:
                return News()
            event = ProviderEvent(
                id=f"{reference}/{payout.revision}/not_received",
                action="payout.not_received",
                document_id=payout.id,
                reference=reference,
            )
        elif is_known(result, payout):
            return News()
        else:
            if payout.state == PayoutState.PAID:
                # What the provider takes back after it was paid has come back, whatever it calls that.
                result = result.model_copy(update={"status": "returned"})
            event = payment_event(result, f"{reference}/{payout.revision}/{result.status}/asked", payout.id)
        return News(command=event.command("payments"))

    @carries_out(effects.RECHECK_PAYMENT)
    def recheck_payment(self, step: ExternalStep) -> News:
        """Ask again about an attempt that was given up, or was paid; what is one too many is stopped if it can be.

        Of a payout that was cancelled nothing is wanted: asking could bring on what is half done, so it is stopped first.
        """
        payout, reference = paid_by(step), step.reference
        payments = self.installation.providers.payments
        outcome = self.outcome_of(reference, payout)
        unwanted = (
            payout.state in (PayoutState.CANCELLED, PayoutState.PAID_IN_ERROR)
            and outcome not in BY_ANOTHER_WAY
        )
        with retried_by_temporal():
            result = payments.void(reference) if unwanted else payments.ask(reference)
            if result is None and reference in payout.duplicates:
                result = payments.void(reference)
        event = late_event(result, payout, reference, outcome)
        return News(command=event.command("payments")) if event else News()

    @carries_out(effects.VOID_PAYMENT)
    def void_payment(self, step: ExternalStep) -> News:
        """See to it that a payment that may be on its way is never made; or hear that it is made."""
        payout = paid_by(step)
        reference = payout.reference or step.reference
        with retried_by_temporal():
            result = self.installation.providers.payments.void(reference)
        if result is not None and result.status in ("in_transit", "paid"):
            event = payment_event(result, f"{reference}/{payout.revision}/{result.status}/voiding", payout.id)
        else:
            event = late_word("void", payout, reference)
        return News(command=event.command("payments"))

    def outcome_of(self, reference: str, payout: Payout) -> str | None:
        """How an attempt has ended, as the database has it."""
        with self.installation.database.reading() as session:
            outcomes = {row.reference: row.outcome for row in attempts(session, payout.id)}
        return outcomes.get(reference)

    def destination(self, organization_id: str, payout: Payout) -> dict[str, JsonValue]:
        """The bank account to pay to, decrypted for the provider alone."""
        assert payout.account_submission_id is not None
        with self.installation.database.reading() as session:
            submission = read(
                session, self.installation.keyring, organization_id, payout.account_submission_id
            )
        bank = submission.fields.get("bank", submission.fields)
        assert isinstance(bank, dict)
        return bank


def paid_by(step: ExternalStep) -> Payout:
    """The payout that a step is for."""
    assert isinstance(step.document, Payout)
    return step.document


def is_open(dossier: Dossier, payout: Payout) -> bool:
    """Whether the database still has the attempt open, as it was handed over."""
    now = dossier.get(payout.id, Payout)
    return (
        now is not None
        and now.state == PayoutState.SENDING
        and (now.reference, now.sent_at) == (payout.reference, payout.sent_at)
    )


def obstacle_to(dossier: Dossier, payout: Payout) -> str | None:
    """Why nothing may be sent after all: the word of the database and of the clock, whatever the workflow was told."""
    if verification_obstacle(dossier):
        return "business_not_verified"
    if account_obstacle(dossier):
        return "account_not_usable"
    account = dossier.get("payout_account", PayoutAccount)
    if account is None or account.submission_id != payout.account_submission_id:
        return "account_changed"
    return "deadline_passed" if is_too_late(datetime.now(UTC)) else None


def is_too_late(now: datetime) -> bool:
    """Whether the time that Temporal gives this call is over by the wall clock, so that nobody waits for it now."""
    if not activity.in_activity():
        return False
    info = activity.info()
    return info.start_to_close_timeout is not None and now > info.started_time + info.start_to_close_timeout


def is_news(failure: Failure, payout: Payout) -> bool:
    """Whether an answer that leaves the outcome unknown says more of it than is known: the provider has a part."""
    return payout.state == PayoutState.IN_TRANSIT or (
        payout.state in UNKNOWN and failure.code in HALF_WAY and failure.code != payout.failure_code
    )


def is_known(result: PaymentResult, payout: Payout) -> bool:
    """Whether the provider says nothing new: a payout that neither waits for it nor is paid knows of a failure."""
    if result.status in ("in_transit", "paid"):
        return payout.state == result.status or (
            payout.state == PayoutState.PAID and result.status == "in_transit"
        )
    return payout.state not in (PayoutState.IN_TRANSIT, PayoutState.PAID, *UNKNOWN)


def late_event(
    result: PaymentResult | None, payout: Payout, reference: str, outcome: str | None
) -> ProviderEvent | None:
    """What is new in how an attempt stands that was given up, or was paid; ``None`` if nothing is.

    Args:
        outcome: how the attempt has ended, as the database has it.
    """
    counts = payout.counts(reference)
    back = result is not None and result.status not in ("in_transit", "paid")
    if reference in payout.owed_again:
        there = counts and result is not None and result.status == "paid"
        return late_word("pay_late", payout, reference) if there else None
    if outcome in BY_ANOTHER_WAY:
        twice = (
            back
            and outcome == "recovered"
            and payout.state in (PayoutState.PAID, PayoutState.CLOSED, PayoutState.OWED_AGAIN)
        )
        return late_word("return_late", payout, reference) if twice else None
    if result is None:
        return late_word("end_late", payout, reference) if reference in payout.duplicates else None
    if result.status in ("in_transit", "paid"):
        known = counts or reference in payout.duplicates
        late = "accept_late" if result.status == "in_transit" else "pay_late"
        return None if known else late_word(late, payout, reference)
    if reference in payout.duplicates:
        return late_word("end_late", payout, reference)
    if counts and payout.state in (PayoutState.PAID, PayoutState.OVERPAID):
        returned = result.model_copy(update={"status": "returned"})
        return payment_event(returned, f"{reference}/{payout.revision}/returned/rechecked", payout.id)
    if counts and payout.state in (PayoutState.CLOSED, PayoutState.OWED_AGAIN):
        return late_word("return_late", payout, reference)
    return None


def late_word(event: str, payout: Payout, reference: str) -> ProviderEvent:
    """A word on one attempt of a payout, whichever it is."""
    return ProviderEvent(
        id=f"{reference}/{payout.revision}/{event}",
        action=f"payout.{event}",
        document_id=payout.id,
        reference=reference,
    )


def in_programme_time(failure: Failure, clock: ProgrammeClock) -> Failure:
    """A failure with the provider's wait, which is real, in the time that deadlines run by; a year at most."""
    seconds = failure.retry_after_seconds
    return replace(failure, retry_after_seconds=seconds and min(ceil(seconds * clock.speed), 366 * 86_400))
