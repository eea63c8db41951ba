"""Where each kind of document can stand: its states by name. What they mean, and what leads where, say the machines."""

from enum import StrEnum
from typing import Self

from models.ledger.entries import Account


class DocumentState(StrEnum):
    """A state of some document."""


class MoneyState(DocumentState):
    """A state of a document that holds money.

    Attributes:
        account: where the money is while its document stands there; a transition moves it from account to account.
    """

    account: Account

    def __new__(cls, name: str, account: Account | None = None) -> Self:
        """A state under its name; one that names no account is never made."""
        if account is None:
            raise TypeError(f"{cls.__name__}: the state {name} does not say in which account its money is")
        member = str.__new__(cls, name)
        member._value_, member.account = name, account
        return member


class VerificationState(DocumentState):
    """Where the business verification can stand."""

    NOT_STARTED = "not_started"
    IN_REVIEW = "in_review"
    INFORMATION_NEEDED = "information_needed"
    COULD_NOT_VERIFY = "could_not_verify"
    REJECTED = "rejected"
    VERIFIED = "verified"
    RENEWING = "renewing"
    LAPSED = "lapsed"
    EXPIRED = "expired"
    SUSPENDED = "suspended"


class QualificationState(DocumentState):
    """Where the industry qualification can stand."""

    NOT_STARTED = "not_started"
    IN_REVIEW = "in_review"
    COULD_NOT_VERIFY = "could_not_verify"
    REJECTED = "rejected"
    APPROVED = "approved"


class ContractState(DocumentState):
    """Where a contract can stand."""

    NOT_SIGNED = "not_signed"
    IN_REVIEW = "in_review"
    DECLINED = "declined"
    ACTIVE = "active"
    UPDATE_OFFERED = "update_offered"
    UPDATE_IN_REVIEW = "update_in_review"
    SUSPENDED = "suspended"
    TERMINATED = "terminated"


class IntegrationState(DocumentState):
    """Where an integration can stand."""

    NOT_RUN = "not_run"
    RUNNING = "running"
    FAILED = "failed"
    PASSED = "passed"


class LaunchState(DocumentState):
    """Where a launch can stand."""

    NOT_SUBMITTED = "not_submitted"
    IN_REVIEW = "in_review"
    NOT_APPROVED = "not_approved"
    APPROVED = "approved"
    LIVE = "live"
    WITHDRAWN = "withdrawn"


class PayoutAccountState(DocumentState):
    """Where the payout account can stand."""

    NOT_SET_UP = "not_set_up"
    CHECKING = "checking"
    DOCUMENTS_NEEDED = "documents_needed"
    IN_REVIEW = "in_review"
    DECLINED = "declined"
    REJECTED = "rejected"
    ACTIVE = "active"
    NEEDS_FIX = "needs_fix"
    CHANGE_IN_REVIEW = "change_in_review"
    CHANGE_AWAITING_APPROVAL = "change_awaiting_approval"
    COOLING_OFF = "cooling_off"


class StatementState(MoneyState):
    """Where a statement can stand."""

    PENDING_CONFIRMATION = "pending_confirmation", Account.UNCONFIRMED
    APPEAL_REVIEW = "appeal_review", Account.UNCONFIRMED
    CONFIRMED = "confirmed", Account.CONFIRMED
    INVOICED = "invoiced", Account.INVOICED
    # What has been paid of an invoice is booked by its payout.
    PAID = "paid", Account.INVOICED
    CLOSED = "closed", Account.INVOICED
    # Until the statement that takes its place is issued, whose entry reverses what it booked.
    REPLACED = "replaced", Account.UNCONFIRMED
    CARRIED_FORWARD = "carried_forward", Account.CARRIED_FORWARD


class InvoiceState(DocumentState):
    """Where an invoice can stand."""

    UNDER_REVIEW = "under_review"
    PROCESSING_PAYMENT = "processing_payment"
    PAYMENT_FAILED = "payment_failed"
    PAID = "paid"
    REJECTED = "rejected"
    CANCELLED = "cancelled"
    CLOSED = "closed"


class PayoutState(MoneyState):
    """Where a payout can stand."""

    AWAITING_APPROVAL = "awaiting_approval", Account.INVOICED
    SCHEDULED = "scheduled", Account.INVOICED
    SENDING = "sending", Account.IN_TRANSIT
    IN_TRANSIT = "in_transit", Account.IN_TRANSIT
    RETRYING = "retrying", Account.INVOICED
    OUTCOME_UNKNOWN = "outcome_unknown", Account.IN_TRANSIT
    OUTCOME_UNRESOLVED = "outcome_unresolved", Account.IN_TRANSIT
    RESOLUTION_PROPOSED = "resolution_proposed", Account.IN_TRANSIT
    AWAITING_ACCOUNT = "awaiting_account", Account.INVOICED
    AWAITING_FUNDS = "awaiting_funds", Account.INVOICED
    DECLINED = "declined", Account.INVOICED
    HELD = "held", Account.INVOICED
    PAID = "paid", Account.PAID_OUT
    RETURNED = "returned", Account.INVOICED
    VOIDING = "voiding", Account.INVOICED
    OVERPAID = "overpaid", Account.PAID_OUT
    PAID_IN_ERROR = "paid_in_error", Account.INVOICED
    # What has come back of it is booked apart, as the contrary of what is overpaid.
    OWED_AGAIN = "owed_again", Account.PAID_OUT
    CLOSED = "closed", Account.PAID_OUT
    CANCELLED = "cancelled", Account.INVOICED


CHANGING = (
    PayoutAccountState.CHANGE_IN_REVIEW,
    PayoutAccountState.CHANGE_AWAITING_APPROVAL,
    PayoutAccountState.COOLING_OFF,
)
"""The states of a payout account in which another one is to take its place."""
