"""Why payments fail: for each code who must act, what it means, and how to fix it.

The one list that the classes of failures, notifications, blockers, the API and docs/payouts.md are taken from.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, NamedTuple


class FailureClass(StrEnum):
    """What kind of payment failure it is, and so who must act."""

    TRANSIENT = "transient"
    UNKNOWN = "unknown"
    ACCOUNT = "account"
    PAYER = "payer"
    FINAL = "final"


TRANSIENT, UNKNOWN, ACCOUNT, PAYER, FINAL = (
    FailureClass.TRANSIENT,
    FailureClass.UNKNOWN,
    FailureClass.ACCOUNT,
    FailureClass.PAYER,
    FailureClass.FINAL,
)


EVENTS: Mapping[FailureClass, str] = {
    TRANSIENT: "fail_transient",
    UNKNOWN: "outcome_unknown",
    ACCOUNT: "fail_account",
    PAYER: "fail_payer",
    FINAL: "fail_final",
}
"""The event by which a payout hears of a failure: it names the class, on the way to the payout and in its history."""

NO_FAILURE: Mapping[str, None] = {"failure_class": None, "failure_code": None}
"""What documents keep of a failure, when there is none."""


class Words(NamedTuple):
    """What is said of a failure.

    Attributes:
        failure_class: who must act.
        why: what has happened, one sentence.
        fix: what the one who must act should do, or that nothing is to be done.
    """

    failure_class: FailureClass
    why: str
    fix: str


BY_ITSELF = "Nothing is to be done; it is tried again by itself."
ANOTHER = (
    "Enter another bank account under Payout account; the payment goes on by itself once it is approved."
)
ASK_BANK = (
    "Ask your bank, then enter the account again, or another one, under Payout account; "
    "the payment goes on by itself once it is approved."
)

GENERAL: Mapping[FailureClass, Words] = {
    TRANSIENT: Words(TRANSIENT, "The payment did not go through for a passing reason.", BY_ITSELF),
    UNKNOWN: Words(
        UNKNOWN,
        "The payment provider did not say whether it took the payment.",
        "Nothing is to be done; the payment provider is asked before anything is sent again.",
    ),
    ACCOUNT: Words(ACCOUNT, "The bank account cannot be paid to.", ASK_BANK),
    PAYER: Words(
        PAYER,
        "The platform's side could not pay.",
        "The platform puts it right and tries again; you need do nothing.",
    ),
    FINAL: Words(
        FINAL,
        "The payment provider refused the payment for good.",
        "The platform finds out why, then tries again or cancels the payout; you need do nothing now.",
    ),
}
"""What is said of codes that are not listed."""

FAILURES: Mapping[str, Words] = {
    # the account
    "account_closed": Words(ACCOUNT, "The bank account is closed.", ANOTHER),
    "account_frozen": Words(ACCOUNT, "The bank account is frozen.", ASK_BANK),
    "bank_account_restricted": Words(
        ACCOUNT, "The bank account is restricted: it takes no payments of this kind.", ASK_BANK
    ),
    "bank_ownership_changed": Words(
        ACCOUNT, "The bank's branch has a new owner, and the account a new number.", ANOTHER
    ),
    "debit_not_authorized": Words(ACCOUNT, "The bank account is not open to this kind of payment.", ASK_BANK),
    "incorrect_account_holder_name": Words(
        ACCOUNT,
        "The account holder's name is not the one that the bank knows.",
        "Enter the name exactly as it is on the bank statement, under Payout account.",
    ),
    "incorrect_account_holder_address": Words(
        ACCOUNT, "The account holder's address is not the one that the bank knows.", ASK_BANK
    ),
    "incorrect_account_holder_tax_id": Words(
        ACCOUNT, "The account holder's tax number is not the one that the bank knows.", ASK_BANK
    ),
    "invalid_account_number": Words(
        ACCOUNT, "The account number does not exist.", "Correct the number under Payout account."
    ),
    "invalid_account_number_length": Words(
        ACCOUNT,
        "The account number has too many or too few digits.",
        "Correct the number under Payout account.",
    ),
    "invalid_currency": Words(
        ACCOUNT,
        "The bank account does not take payments in this currency.",
        "Ask your bank to take it, or enter another bank account under Payout account.",
    ),
    "no_account": Words(
        ACCOUNT, "The bank does not find the account.", "Correct the account under Payout account."
    ),
    "no_stripe_account": Words(
        ACCOUNT,
        "The payout account names no Stripe account, or one that Stripe does not know as yours.",
        "Finish the set-up at Stripe, then enter the Stripe account (acct_…) under Payout account.",
    ),
    "stripe_account_limited": Words(
        ACCOUNT,
        "Stripe does not let your account there take this payment yet: a capability or an agreement is missing.",
        "See in Stripe what it asks of you, then enter the account again under Payout account.",
    ),
    "stripe_account_paused": Words(
        ACCOUNT,
        "Stripe has paused the payouts of your account there.",
        "See in Stripe what it asks of you, then enter the account again under Payout account.",
    ),
    "stripe_balance_short": Words(
        ACCOUNT,
        "Your account at Stripe did not hold the amount when it was to go to your bank: it owes something there.",
        "Settle at Stripe what your account owes, then enter the account again under Payout account.",
    ),
    # the payer
    "insufficient_funds": Words(
        PAYER,
        "The paying account lacks funds.",
        "The platform funds it and tries again; you need do nothing.",
    ),
    # for good
    "declined": Words(FINAL, "The bank declined the payment and gave no reason.", GENERAL[FINAL].fix),
    "invalid_amount": Words(FINAL, "The payment provider does not take this amount.", GENERAL[FINAL].fix),
    "not_authorized": Words(
        FINAL,
        "The payment provider does not accept the platform's credentials.",
        "The platform renews its key and tries again; you need do nothing.",
    ),
    "payment_cancelled": Words(
        FINAL, "The payment was cancelled at the payment provider before it left.", GENERAL[FINAL].fix
    ),
    # passing
    "account_changed": Words(
        TRANSIENT, "The payout account changed just before the payment left; nothing was sent.", BY_ITSELF
    ),
    "account_not_usable": Words(
        TRANSIENT, "The payout account could not be paid to just then; nothing was sent.", BY_ITSELF
    ),
    "bank_processing_error": Words(TRANSIENT, "The bank could not process the payment.", BY_ITSELF),
    "business_not_verified": Words(
        TRANSIENT,
        "The business was not verified just then; nothing was sent.",
        "See Business verification; the payment goes on by itself once it is verified.",
    ),
    "could_not_process": Words(TRANSIENT, "The bank could not process the payment.", BY_ITSELF),
    "network": Words(TRANSIENT, "The networks of the banks did not pass the payment on.", BY_ITSELF),
    "not_processed": Words(TRANSIENT, "The payment provider was too busy to take the payment.", BY_ITSELF),
    "rate_limited": Words(TRANSIENT, "The payment provider asked to slow down.", BY_ITSELF),
    "unreachable": Words(
        TRANSIENT, "The payment provider could not be reached; nothing was sent.", BY_ITSELF
    ),
    "deadline_passed": Words(
        TRANSIENT, "The payment would have left too late, so that nothing was sent.", BY_ITSELF
    ),
    # nobody knows yet
    "connection_lost": Words(
        UNKNOWN, "The connection broke before the payment provider answered.", GENERAL[UNKNOWN].fix
    ),
    "half_sent": Words(
        UNKNOWN,
        "The payment provider has taken the first of two steps of the payment.",
        GENERAL[UNKNOWN].fix,
    ),
    "malformed_answer": Words(
        UNKNOWN, "The payment provider's answer could not be understood.", GENERAL[UNKNOWN].fix
    ),
    "reference_conflict": Words(
        UNKNOWN, "The payment provider says that it was given this payment before.", GENERAL[UNKNOWN].fix
    ),
    "reversal_refused": Words(
        UNKNOWN,
        "The bank did not take the payment, and the payment provider cannot take the money back from your account there.",
        "Leave the amount in your account at the payment provider; the payment goes on once it is taken back.",
    ),
    "timeout": Words(UNKNOWN, "The payment provider did not answer in time.", GENERAL[UNKNOWN].fix),
}

NOT_TAKEN = frozenset(
    {
        "account_changed",
        "account_not_usable",
        "business_not_verified",
        "deadline_passed",
        "not_authorized",
        "not_processed",
        "rate_limited",
        "unreachable",
    }
)
"""Why a call came to nothing without a word about the payment: the same one is sent again, under the same reference."""

HALF_WAY = ("half_sent", "reversal_refused")
"""Why an outcome is unknown, although the provider is known to have taken the first of two steps."""


def class_of(code: str) -> FailureClass:
    """Who must act on a payment that was refused or failed for the given reason; unknown reasons are final."""
    listed = FAILURES.get(code)
    if listed is None or listed.failure_class is FailureClass.UNKNOWN:
        return FailureClass.FINAL
    return listed.failure_class


@dataclass(frozen=True)
class Failure:
    """Why a payment did not go through: one value, from what the provider answers to what whoever must act reads.

    Attributes:
        failure_class: who must act.
        code: the reason, stable and free of personal data; ``None`` where nobody gave one.
        retry_after_seconds: how long the provider asks us to wait: real seconds as it says it, programme time from the
            moment on that a payout hears of it.
        not_taken: the provider has said nothing of the payment itself, so that it may be given it again as it is.
    """

    failure_class: FailureClass
    code: str | None = None
    retry_after_seconds: int | None = None
    not_taken: bool = False

    @property
    def words(self) -> Words:
        """What is said of it, in the class that it was put into; of a code that is not listed, what is said of its class."""
        listed, general = FAILURES.get(self.code or ""), GENERAL[self.failure_class]
        if listed is None:
            return general
        return listed if listed.failure_class is self.failure_class else general._replace(why=listed.why)

    @property
    def event(self) -> str:
        """The event by which a payout hears of it."""
        return EVENTS[self.failure_class]

    def facts(self) -> dict[str, Any]:
        """What a command brings of it, under the names that documents keep it by."""
        facts: dict[str, Any] = {
            "failure_class": self.failure_class,
            "failure_code": self.code or self.failure_class,
        }
        if self.not_taken and self.failure_class in (TRANSIENT, FINAL):
            facts["not_taken"] = True
        if self.retry_after_seconds and self.failure_class is TRANSIENT:
            facts["retry_after_seconds"] = self.retry_after_seconds
        return facts
