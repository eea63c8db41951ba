"""What Stripe's errors mean: in which class a refused or lost call to it falls."""

import re

from models.reasons.failures import FAILURES, FailureClass, class_of
from providers.failures import ProviderFailure

CODE = re.compile(r"[a-z0-9_]{1,60}")

CODES = {
    "account_invalid": "no_stripe_account",
    "balance_insufficient": "insufficient_funds",
    "bank_account_unusable": "bank_account_restricted",
    "insufficient_capabilities_for_transfer": "stripe_account_limited",
    "payouts_not_allowed": "stripe_account_paused",
    "transfers_not_allowed": "stripe_account_limited",
    "amount_too_large": "invalid_amount",
    "amount_too_small": "invalid_amount",
}
"""Stripe's error codes that have other names here."""

OF_THE_ACCOUNT = {
    "balance_insufficient": "stripe_balance_short",
    "insufficient_funds": "stripe_balance_short",
}
"""Codes that mean something else of a connected account, the organization's, than of the platform's own."""

PARAMETERS = {"currency": "invalid_currency", "destination": "no_stripe_account"}
"""What a refusal without a telling code is about, by the parameter that it names."""


def stripe_failure(
    status: int | None,
    kind: str,
    code: str | None,
    parameter: str | None,
    wait: int | None,
    retry_the_same: bool,
    uncertain: FailureClass,
    *,
    of_account: bool = False,
) -> ProviderFailure:
    """The failure that an error answer of Stripe amounts to.

    A 4xx is definite. A 409 says that the same key is in use, so something was sent before, unless Stripe
    only failed to get its lock. A 5xx leaves the outcome open even where Stripe advises to retry: that advice
    is for the same key, and a new attempt has a new one.

    Args:
        kind: the type of the error, such as ``idempotency_error``.
        parameter: which parameter it is about.
        wait: seconds that it asks us to wait.
        retry_the_same: ``Stripe-Should-Retry: true``.
        uncertain: the class of a failure after which the call may have been carried out.
        of_account: the call was made on the organization's connected account, not on the platform's own.
    """
    if status == 429 or code == "rate_limit":
        return ProviderFailure(FailureClass.TRANSIENT, "rate_limited", wait)
    if status == 409 and code == "lock_timeout" and retry_the_same:
        return ProviderFailure(FailureClass.TRANSIENT, "not_processed", wait)
    if status == 409 or kind == "idempotency_error":
        return ProviderFailure(uncertain, "reference_conflict", wait)
    if status is None or 200 <= status < 300:
        return ProviderFailure(uncertain, "malformed_answer", wait)
    if not 400 <= status < 500:
        return ProviderFailure(uncertain, f"http_{status}", wait)
    named = CODES.get(code or "", code or "")
    if of_account:
        named = OF_THE_ACCOUNT.get(code or "", named)
    if named not in FAILURES:
        # A code that nobody knows here is kept as Stripe said it, so that people can look it up there.
        said = named if CODE.fullmatch(named) else "declined"
        named = PARAMETERS.get(parameter or "", "not_authorized" if status in (401, 403) else said)
    return ProviderFailure(class_of(named), named, wait)
