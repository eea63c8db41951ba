"""Payments through Stripe: a transfer to the organization's connected account, then a payout from there to its bank.

A payment is *accepted* once both exist. Where only the transfer does, whoever asks next makes the payout. A payout
that failed is reported only once its transfer is taken back, so that the next attempt pays nothing twice.
"""

import logging
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Any, TypeVar

import httpx2
import stripe
import structlog
from pydantic import BaseModel, SecretStr, ValidationError

from models.documents import FailureClass
from models.money import EXPONENTS, Money
from models.reasons.failures import NOT_TAKEN
from providers.failures import ProviderFailure
from providers.http.client import retry_after, send_whole
from providers.payments.messages import PaymentOrder, PaymentRecord, PaymentRecordPage, PaymentResult
from providers.stripe.failures import stripe_failure
from providers.stripe.objects import (
    BankPayout,
    Transfer,
    failed,
    standing,
)

TRANSIENT, UNKNOWN, ACCOUNT = FailureClass.TRANSIENT, FailureClass.UNKNOWN, FailureClass.ACCOUNT

PAGE = 100
MOST_PAGES = 50
CLOCKS_APART = 60
"""Seconds by which a payout may seem to be older than its transfer."""

M = TypeVar("M", bound=BaseModel)

_log = structlog.get_logger("providers")
stripe.enable_telemetry = False
# It logs the messages of errors, which may quote what was sent.
logging.getLogger("stripe").setLevel(logging.CRITICAL)


class Wire(stripe.HTTPClient):
    """Carries Stripe's requests: one client, deadlines, no redirects, no proxies or ``.netrc`` of the environment."""

    name = "httpx2"

    def __init__(self, timeout: float) -> None:
        super().__init__()
        self._deadline = 2 * timeout
        self._client = httpx2.Client(timeout=timeout, follow_redirects=False, trust_env=False)

    def request(
        self,
        method: str,
        url: str,
        headers: Mapping[str, str] | None,
        post_data: Any = None,
        *,
        _usage: list[str] | None = None,
    ) -> tuple[Any, int, Mapping[str, str]]:
        """Send a request; raises ProviderFailure UNKNOWN whenever it may have been carried out."""
        request = self._client.build_request(method, url, headers=headers, content=post_data)
        response, raw = send_whole(self._client, request, self._deadline, UNKNOWN)
        return raw, response.status_code, response.headers

    def close(self) -> None:
        """Close all connections."""
        self._client.close()


class StripePayments:
    """The payment provider Stripe; safe to share between threads.

    Args:
        api_key: the platform's secret or restricted key.
        api_base: where Stripe's API is.
        timeout: seconds for connecting, and again for each silence while reading.
    """

    def __init__(self, api_key: SecretStr, api_base: str, timeout: float) -> None:
        self._stripe = stripe.StripeClient(
            api_key.get_secret_value(),
            base_addresses={"api": api_base},
            http_client=Wire(timeout),
            max_network_retries=0,
        ).v1

    def send(self, order: PaymentOrder) -> PaymentResult:
        """Send money, unless Stripe has a transfer under this reference: it forgets keys after a day, transfers never.

        Raises:
            ProviderFailure: UNKNOWN whenever any part of it may have been carried out.
        """
        account = order.destination.get("stripe_account")
        if not isinstance(account, str) or not account.startswith("acct_"):
            raise ProviderFailure(ACCOUNT, "no_stripe_account")
        if order.amount.currency not in EXPONENTS:
            raise ProviderFailure(ACCOUNT, "invalid_currency")
        asked_for = (order.amount.amount, order.amount.currency.lower(), account, order.reference)
        before = self._sent_before(order.reference)
        if before is not None:
            if words_of(before) != asked_for:
                raise ProviderFailure(UNKNOWN, "reference_conflict")
            return self._go_on(before, order.reference, self._payouts_of(before, order.reference))
        with call("transfer", UNKNOWN):
            made = self._stripe.transfers.create(
                {
                    "amount": order.amount.amount,
                    "currency": order.amount.currency.lower(),
                    "destination": account,
                    "transfer_group": order.reference,
                    "metadata": {"reference": order.reference, "organization_id": order.organization_id},
                },
                {"idempotency_key": f"{order.idempotency_key}/transfer"},
            )
            transfer = read(Transfer, made)
        if words_of(transfer) != asked_for:
            raise ProviderFailure(UNKNOWN, "reference_conflict")
        return self._go_on(transfer, order.reference, [])

    def ask(self, reference: str) -> PaymentResult | None:
        """Where a payment stands, after doing what is left of it; ``None`` if there is no transfer."""
        transfer = self._transfer_of(reference)
        if transfer is None:
            return None
        return self._bring_on(transfer, reference, self._payouts_of(transfer, reference))

    def void(self, reference: str) -> PaymentResult | None:
        """Take back a transfer that has not gone on to the bank; ``None`` if there is none.

        Stripe keeps no reference from being used later. What would use it looks for the transfer, and whether it is
        still wanted, right before.
        """
        transfer = self._transfer_of(reference)
        if transfer is None:
            return None
        payouts = self._payouts_of(transfer, reference)
        if payouts or transfer.reversed:
            return self._bring_on(transfer, reference, payouts)
        self._take_back(transfer, "payment_cancelled")
        return failed(transfer, reference, "payment_cancelled")

    def records(self, after: str | None, limit: int) -> PaymentRecordPage:
        """Our transfers in Stripe's own list, the newest first, each as it stands; nothing is done about them."""
        with call("list Transfer", TRANSIENT):
            page = self._stripe.transfers.list(
                {"limit": min(limit, PAGE), "starting_after": after} if after else {"limit": min(limit, PAGE)}
            )
            transfers = [read(Transfer, item) for item in page.data]
        payments = []
        for transfer in transfers:
            reference = transfer.transfer_group or ""
            if reference.startswith("payout/"):
                result = standing(transfer, reference, self._payouts_of(transfer, reference))
                amount = Money(amount=transfer.amount, currency=transfer.currency.upper())
                payments.append(PaymentRecord(**result.model_dump(), amount=amount))
        return PaymentRecordPage(
            payments=payments,
            next_cursor=transfers[-1].id if transfers else after,
            has_more=bool(page.has_more),
        )

    # ------------------------------------------------------------------ the two halves

    def _transfer_of(self, reference: str) -> Transfer | None:
        """The transfer under a reference of ours, one that stands before one that was reversed.

        Raises:
            ProviderFailure: TRANSIENT, ``reference_conflict`` when several of them stand.
        """
        found = self._list(
            Transfer,
            lambda item: item.get("transfer_group") == reference,
            lambda: self._stripe.transfers.list({"transfer_group": reference}),
        )
        out = [transfer for transfer in found if not transfer.reversed]
        if len(out) > 1:
            raise ProviderFailure(TRANSIENT, "reference_conflict")
        return next(iter(out or found), None)

    def _sent_before(self, reference: str) -> Transfer | None:
        """The transfer that was made before under a reference; UNKNOWN where Stripe does not say whether there is one."""
        try:
            return self._transfer_of(reference)
        except ProviderFailure as failure:
            if failure.code in NOT_TAKEN:
                raise
            raise ProviderFailure(UNKNOWN, failure.code, failure.retry_after_seconds) from None

    def _go_on(self, transfer: Transfer, reference: str, payouts: list[BankPayout]) -> PaymentResult:
        """Do what is left; the first half is done, so that nothing is definite before it is known what became of it."""
        try:
            return self._bring_on(transfer, reference, payouts)
        except ProviderFailure as failure:
            raise ProviderFailure(UNKNOWN, "half_sent", failure.retry_after_seconds) from None

    def _bring_on(self, transfer: Transfer, reference: str, payouts: list[BankPayout]) -> PaymentResult:
        """Do what is left of a payment whose transfer exists: pay it out, or take back what could not be."""
        if not payouts and not transfer.reversed:
            try:
                payouts = [self._pay_out(transfer, reference)]
            except ProviderFailure as failure:
                if failure.failure_class is TRANSIENT:
                    raise
                self._take_back(transfer, failure.code)
                return failed(transfer, reference, failure.code)
        result = standing(transfer, reference, payouts)
        if result.status == "failed" and not transfer.reversed:
            self._take_back(transfer, result.failure_code or "declined")
        return result

    def _pay_out(self, transfer: Transfer, reference: str) -> BankPayout:
        """Pay a transfer out to the bank: in the same words under the same key, whoever does it, so once."""
        with call("payout", TRANSIENT, of_account=True):
            made = self._stripe.payouts.create(
                {"amount": transfer.amount, "currency": transfer.currency, "metadata": transfer.metadata},
                {"idempotency_key": f"{reference}/payout", "stripe_account": transfer.destination},
            )
            return read(BankPayout, made)

    def _take_back(self, transfer: Transfer, code: str) -> None:
        """Take a whole transfer back.

        It has no key of ours: Stripe takes nothing back twice, and under a key it would answer for a day that
        the connected account lacks the funds if that was its first answer.

        Raises:
            ProviderFailure: UNKNOWN when Stripe refuses to, so that it may stay so until people have seen to it.
        """
        try:
            with call("reversal", TRANSIENT):
                self._stripe.transfers.reversals.create(transfer.id, {"metadata": {"failure_code": code}})
        except ProviderFailure as failure:
            if failure.failure_class is TRANSIENT:
                raise
            raise ProviderFailure(UNKNOWN, "reversal_refused") from None

    def _payouts_of(self, transfer: Transfer, reference: str) -> list[BankPayout]:
        """The payouts that were made of a transfer, the newest first."""
        return self._list(
            BankPayout,
            lambda item: (item.get("metadata") or {}).get("reference") == reference,
            lambda: self._stripe.payouts.list(
                {"created": {"gte": transfer.created - CLOCKS_APART}, "limit": PAGE},
                {"stripe_account": transfer.destination},
            ),
        )

    def _list(self, kind: type[M], own: Callable[[dict[str, Any]], bool], ask: Callable[[], Any]) -> list[M]:
        """Our own items of a list, page by page."""
        found: list[M] = []
        for _ in range(MOST_PAGES):
            with call(f"list {kind.__name__}", TRANSIENT):
                page = ask()
                items = [item.to_dict() for item in page.data]
                found += [read(kind, item) for item in items if own(item)]
            if not page.has_more or not items:
                return found
            ask = page.next_page
        raise ProviderFailure(TRANSIENT, "malformed_answer")


@contextmanager
def call(name: str, uncertain: FailureClass, *, of_account: bool = False) -> Iterator[None]:
    """One call to Stripe: whatever goes wrong becomes a ProviderFailure, with the code but not the words of Stripe.

    Args:
        uncertain: the class of a failure after which the call may have been carried out.
        of_account: it is made on the organization's connected account.
    """
    started = time.monotonic()
    outcome = "ok"
    try:
        try:
            yield
        except stripe.StripeError as error:
            raise failure_of(error, uncertain, of_account) from None
        except (AttributeError, LookupError, TypeError, ValueError, ValidationError):
            raise ProviderFailure(uncertain, "malformed_answer") from None
    except ProviderFailure as failure:
        outcome = failure.code
        if failure.failure_class is UNKNOWN and uncertain is not UNKNOWN:
            raise ProviderFailure(uncertain, failure.code, failure.retry_after_seconds) from None
        raise
    finally:
        milliseconds = round((time.monotonic() - started) * 1000)
        _log.info("provider call", provider="stripe", call=name, outcome=outcome, milliseconds=milliseconds)


def words_of(transfer: Transfer) -> tuple[int, str, str, str | None]:
    """What a transfer was asked for with."""
    return transfer.amount, transfer.currency, transfer.destination, transfer.transfer_group


def read(kind: type[M], item: Any) -> M:
    """One of Stripe's objects, as far as it matters here; raises ValidationError."""
    return kind.model_validate(item if isinstance(item, dict) else item.to_dict())


def failure_of(error: stripe.StripeError, uncertain: FailureClass, of_account: bool) -> ProviderFailure:
    """An error of the stripe package as a failure."""
    headers = httpx2.Headers(dict(error.headers or {}))
    said = error.json_body.get("error") if isinstance(error.json_body, dict) else None
    details = said if isinstance(said, dict) else {}
    return stripe_failure(
        error.http_status,
        kind=str(details.get("type")),
        code=details.get("decline_code") or details.get("code"),
        parameter=details.get("param"),
        wait=retry_after(headers.get("Retry-After"), datetime.now(UTC)),
        retry_the_same=headers.get("Stripe-Should-Retry") == "true",
        uncertain=uncertain,
        of_account=of_account,
    )
