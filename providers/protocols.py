"""The outside world as the activities see it: one small protocol for each kind of external system.

Calls are synchronous. Those of reviews, notifications, earnings and the storefront are idempotent, so they
raise ProviderFailure TRANSIENT (try again) or FINAL (refused); only ``Payments.send`` also raises UNKNOWN,
ACCOUNT and PAYER.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Protocol

from models.commands import ProviderEvent
from models.desks import Desk
from models.documents import FailureClass, Feature
from providers.failures import NotFound, ProviderFailure
from providers.http.earnings import (
    REDEEMED,
    REFUNDED,
    AdDay,
    AdDayPage,
    OrderEvent,
    OrderPage,
    ReadAdDayPage,
    ReadOrderPage,
)
from providers.http.notifications import Notice
from providers.http.reviews import FileRef, ReviewAnswer, ReviewDecided, ReviewRequest
from providers.http.storefront import Listing
from providers.payments.messages import (
    PaymentNews,
    PaymentOrder,
    PaymentRecord,
    PaymentRecordPage,
    PaymentResult,
    PaymentStatus,
)


class ReviewDesk(Protocol):
    """An external system that reviews or checks something and decides."""

    def request(self, review: ReviewRequest) -> ProviderEvent | None:
        """Hand in a request; the decision, or ``None`` when it comes later by webhook."""

    def ask(self, reference: str) -> ProviderEvent | None:
        """The decision on an earlier request, or ``None`` while it is pending; raises NotFound."""


class Payments(Protocol):
    """The payment provider."""

    def send(self, order: PaymentOrder) -> PaymentResult:
        """Send money, once per idempotency key; UNKNOWN means that it may have left: ask before anything."""

    def ask(self, reference: str) -> PaymentResult | None:
        """Where a payment stands; ``None`` if the provider has never heard of it.

        UNKNOWN means that it is stuck between paid and failed: people must see to it if that lasts.
        """

    def void(self, reference: str) -> PaymentResult | None:
        """See to it that nothing is paid under a reference, now or later: afterwards, where its payment stands.

        *In transit* or *paid* where it can be stopped no more; ``None``, or failed, where it never will be paid.
        """

    def records(self, after: str | None, limit: int) -> PaymentRecordPage:
        """The provider's own record of all transfers that it accepted, after a cursor (``None``: from the start).

        A transfer that is accepted while the pages are read may be missing.
        """


class EarningsFeed(Protocol):
    """The platform's reports of what games have earned."""

    def orders(self, after: str | None, limit: int) -> ReadOrderPage:
        """The orders and refunds reported after a cursor (``None``: from the beginning)."""

    def ad_days(self, after: str | None, limit: int) -> ReadAdDayPage:
        """The ad days reported after a cursor (``None``: from the beginning)."""


class Notifications(Protocol):
    """The mail service."""

    def send(self, notice: Notice) -> None:
        """Hand in a notice; the same id is sent once."""


class Storefront(Protocol):
    """The place where players find the games."""

    def publish(
        self, game_id: str, organization_id: str, features: list[Feature], live: bool, regions: list[str]
    ) -> None:
        """Bring a game before the players, or withdraw it; the same call again changes nothing."""


class Documents(Protocol):
    """The store of uploaded and generated files, named by their content."""

    def save(self, content: bytes) -> str:
        """Keep a file; returns its SHA-256 in hex, which is its name."""

    def read(self, sha256: str) -> bytes:
        """The file of that name, checked against it; raises NotFound."""


@dataclass(frozen=True)
class Providers:
    """All external systems of one installation."""

    desks: Mapping[Desk, ReviewDesk]
    payments: Payments
    earnings: EarningsFeed
    notifications: Notifications
    storefront: Storefront
    documents: Documents


__all__ = [
    "REDEEMED",
    "REFUNDED",
    "AdDay",
    "AdDayPage",
    "Desk",
    "Documents",
    "EarningsFeed",
    "FailureClass",
    "FileRef",
    "Listing",
    "NotFound",
    "Notice",
    "Notifications",
    "OrderEvent",
    "OrderPage",
    "PaymentNews",
    "PaymentOrder",
    "PaymentRecord",
    "PaymentRecordPage",
    "PaymentResult",
    "PaymentStatus",
    "Payments",
    "ProviderEvent",
    "ProviderFailure",
    "Providers",
    "ReviewAnswer",
    "ReviewDecided",
    "ReviewDesk",
    "ReviewRequest",
    "Storefront",
]
