"""Why payments fail: for each code who must act, what it means, and how to mend it.

The one list that the classes of failures, notifications, blockers, the API and docs/payouts.md are taken from.
"""

from collections.abc import Mapping
from typing import NamedTuple

from models.documents import FailureClass

TRANSIENT, UNKNOWN, ACCOUNT, PAYER, FINAL = (
    FailureClass.TRANSIENT,
    FailureClass.UNKNOWN,
    FailureClass.ACCOUNT,
    FailureClass.PAYER,
    FailureClass.FINAL,
)


class Failure(NamedTuple):
    """A failure in words.

    Attributes:
        failure_class: who must act.
        why: what has happened, one sentence.
        mend: what the one who must act should do, or that nothing is to be done.
    """

    failure_class: FailureClass
    why: str
    mend: str


BY_ITSELF = "Nothing is to be done; it is tried again by itself."
ANOTHER = (
    "Enter another bank account under Payout account; the payment goes on by itself once it is approved."
)
ASK_BANK = (
    "Ask your bank, then enter the account again, or another one, under Payout account; "
    "the payment goes on by itself once it is approved."
)

GENERAL: Mapping[FailureClass, Failure] = {
    TRANSIENT: Failure(TRANSIENT, "The payment did not go through for a passing reason.", BY_ITSELF),
    UNKNOWN: Failure(
        UNKNOWN,
        "The provider did not say whether it took the payment.",
        "Nothing is to be done; the provider is asked before anything is sent again.",
    ),
    ACCOUNT: Failure(ACCOUNT, "The bank account cannot be paid to.", ASK_BANK),
    PAYER: Failure(
        PAYER,
        "The platform's side could not pay.",
        "The platform mends it and tries again; you need do nothing.",
    ),
    FINAL: Failure(
        FINAL,
        "The provider refused the payment for good.",
        "The platform finds out why, then tries again or cancels the payout; you need do nothing now.",
    ),
}
"""What is said of codes that are not listed."""

FAILURES: Mapping[str, Failure] = {
    # the account
    "account_closed": Failure(ACCOUNT, "The bank account is closed.", ANOTHER),
    "account_frozen": Failure(ACCOUNT, "The bank account is frozen.", ASK_BANK),
    "bank_account_restricted": Failure(
        ACCOUNT, "The bank account is restricted: it takes no payments of this kind.", ASK_BANK
    ),
    "bank_ownership_changed": Failure(
        ACCOUNT, "The bank's branch has a new owner, and the account a new number.", ANOTHER
    ),
    "debit_not_authorized": Failure(
        ACCOUNT, "The bank account is not open to this kind of payment.", ASK_BANK
    ),
    "incorrect_account_holder_name": Failure(
        ACCOUNT,
        "The account holder's name is not the one that the bank knows.",
        "Enter the name exactly as it is on the bank statement, under Payout account.",
    ),
    "incorrect_account_holder_address": Failure(
        ACCOUNT, "The account holder's address is not the one that the bank knows.", ASK_BANK
    ),
    "incorrect_account_holder_tax_id": Failure(
        ACCOUNT, "The account holder's tax number is not the one that the bank knows.", ASK_BANK
    ),
    "invalid_account_number": Failure(
        ACCOUNT, "The account number does not exist.", "Correct the number under Payout account."
    ),
    "invalid_account_number_length": Failure(
        ACCOUNT,
        "The account number has too many or too few digits.",
        "Correct the number under Payout account.",
    ),
    "invalid_currency": Failure(
        ACCOUNT,
        "The bank account does not take payments in this currency.",
        "Ask your bank to take it, or enter another bank account under Payout account.",
    ),
    "no_account": Failure(
        ACCOUNT, "The bank does not find the account.", "Correct the account under Payout account."
    ),
    "no_stripe_account": Failure(
        ACCOUNT,
        "The payout account names no Stripe account, or one that Stripe does not know as yours.",
        "Finish the set-up at Stripe, then enter the Stripe account (acct_…) under Payout account.",
    ),
    "stripe_account_limited": Failure(
        ACCOUNT,
        "Stripe does not let your account there take this payment yet: a capability or an agreement is missing.",
        "See in Stripe what it asks of you, then enter the account again under Payout account.",
    ),
    "stripe_account_paused": Failure(
        ACCOUNT,
        "Stripe has paused the payouts of your account there.",
        "See in Stripe what it asks of you, then enter the account again under Payout account.",
    ),
    "stripe_balance_short": Failure(
        ACCOUNT,
        "Your account at Stripe did not hold the amount when it was to go to your bank: it owes something there.",
        "Settle at Stripe what your account owes, then enter the account again under Payout account.",
    ),
    # the payer
    "insufficient_funds": Failure(
        PAYER,
        "The paying account lacks funds.",
        "The platform funds it and tries again; you need do nothing.",
    ),
    # for good
    "declined": Failure(FINAL, "The bank declined the payment and gave no reason.", GENERAL[FINAL].mend),
    "invalid_amount": Failure(FINAL, "The provider does not take this amount.", GENERAL[FINAL].mend),
    "not_authorized": Failure(
        FINAL,
        "The provider does not accept the platform's credentials.",
        "The platform renews its key and tries again; you need do nothing.",
    ),
    "payment_cancelled": Failure(
        FINAL, "The payment was cancelled at the provider before it left.", GENERAL[FINAL].mend
    ),
    # passing
    "account_changed": Failure(
        TRANSIENT, "The payout account changed just before the payment left; nothing was sent.", BY_ITSELF
    ),
    "account_not_usable": Failure(
        TRANSIENT, "The payout account could not be paid to just then; nothing was sent.", BY_ITSELF
    ),
    "bank_processing_error": Failure(TRANSIENT, "The bank could not process the payment.", BY_ITSELF),
    "business_not_verified": Failure(
        TRANSIENT,
        "The business was not verified just then; nothing was sent.",
        "See Business verification; the payment goes on by itself once it is verified.",
    ),
    "could_not_process": Failure(TRANSIENT, "The bank could not process the payment.", BY_ITSELF),
    "network": Failure(TRANSIENT, "The networks of the banks did not pass the payment on.", BY_ITSELF),
    "not_processed": Failure(TRANSIENT, "The provider was too busy to take the payment.", BY_ITSELF),
    "rate_limited": Failure(TRANSIENT, "The provider asked to slow down.", BY_ITSELF),
    "unreachable": Failure(TRANSIENT, "The provider could not be reached; nothing was sent.", BY_ITSELF),
    "deadline_passed": Failure(
        TRANSIENT, "The payment would have left too late, so that nothing was sent.", BY_ITSELF
    ),
    # nobody knows yet
    "connection_lost": Failure(
        UNKNOWN, "The connection broke before the provider answered.", GENERAL[UNKNOWN].mend
    ),
    "half_sent": Failure(
        UNKNOWN, "The provider has taken the first of two steps of the payment.", GENERAL[UNKNOWN].mend
    ),
    "malformed_answer": Failure(
        UNKNOWN, "The provider's answer could not be understood.", GENERAL[UNKNOWN].mend
    ),
    "reference_conflict": Failure(
        UNKNOWN, "The provider says that it was given this payment before.", GENERAL[UNKNOWN].mend
    ),
    "reversal_refused": Failure(
        UNKNOWN,
        "The bank did not take the payment, and the provider cannot take the money back from your account there.",
        "Leave the amount in your account at the provider; the payment goes on once it is taken back.",
    ),
    "timeout": Failure(UNKNOWN, "The provider did not answer in time.", GENERAL[UNKNOWN].mend),
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


def explain(failure_class: FailureClass, code: str | None) -> Failure:
    """A failure in words, in the class that it was put into; codes that are not listed in those of their class."""
    listed = FAILURES.get(code or "")
    if listed is None:
        return GENERAL[failure_class]
    return (
        listed if listed.failure_class is failure_class else GENERAL[failure_class]._replace(why=listed.why)
    )
