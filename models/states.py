"""Where each kind of document can stand: its states by name. What they mean, and what leads where, say the machines."""

from enum import StrEnum


class DocumentState(StrEnum):
    """A state of some document."""


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


class StatementState(DocumentState):
    """Where a statement can stand."""

    PENDING_CONFIRMATION = "pending_confirmation"
    APPEAL_REVIEW = "appeal_review"
    CONFIRMED = "confirmed"
    INVOICED = "invoiced"
    PAID = "paid"
    CLOSED = "closed"
    REPLACED = "replaced"
    CARRIED_FORWARD = "carried_forward"


class InvoiceState(DocumentState):
    """Where an invoice can stand."""

    UNDER_REVIEW = "under_review"
    PROCESSING_PAYMENT = "processing_payment"
    PAYMENT_FAILED = "payment_failed"
    PAID = "paid"
    REJECTED = "rejected"
    CANCELLED = "cancelled"
    CLOSED = "closed"


class PayoutState(DocumentState):
    """Where a payout can stand."""

    AWAITING_APPROVAL = "awaiting_approval"
    SCHEDULED = "scheduled"
    SENDING = "sending"
    IN_TRANSIT = "in_transit"
    RETRYING = "retrying"
    OUTCOME_UNKNOWN = "outcome_unknown"
    OUTCOME_UNRESOLVED = "outcome_unresolved"
    RESOLUTION_PROPOSED = "resolution_proposed"
    AWAITING_ACCOUNT = "awaiting_account"
    AWAITING_FUNDS = "awaiting_funds"
    DECLINED = "declined"
    HELD = "held"
    PAID = "paid"
    RETURNED = "returned"
    VOIDING = "voiding"
    OVERPAID = "overpaid"
    PAID_IN_ERROR = "paid_in_error"
    OWED_AGAIN = "owed_again"
    CLOSED = "closed"
    CANCELLED = "cancelled"


CHANGING = (
    PayoutAccountState.CHANGE_IN_REVIEW,
    PayoutAccountState.CHANGE_AWAITING_APPROVAL,
    PayoutAccountState.COOLING_OFF,
)
"""The states of a payout account in which another one is to take its place."""
