"""A payment provider: all that the programme must know of one, in one place."""

from abc import ABC, abstractmethod
from collections.abc import Sequence
from typing import ClassVar, NamedTuple

from config.settings import Settings
from models.commands import ProviderEvent
from providers.protocols import Payments


class Missing(NamedTuple):
    """A setting that must be made before anything starts outside a local stack, and how.

    Attributes:
        variable: its environment variable.
        fix: what is wrong with the present value, and what to set.
    """

    variable: str
    fix: str

    def __str__(self) -> str:
        return f"{self.variable}: {self.fix}"


class PayoutNews(NamedTuple):
    """What a webhook says of one of our payments, as the event of its payout."""

    organization_id: str
    event: ProviderEvent


class PaymentWebhook(ABC):
    """The webhook of a payment provider, at ``/v1/webhooks/{name}``.

    Attributes:
        header: the header that its signature is in.
        only_if_chosen: it is there only where its provider moves the money: news that are no more than a hint are
            followed by a question to the provider that does.
    """

    header: ClassVar[str]
    only_if_chosen: ClassVar[bool] = True

    @abstractmethod
    def authenticate(self, signature: str | None, body: bytes) -> None:
        """Check who has sent this, and that it was a short while ago; raises SignatureError.

        Args:
            signature: the value of the header as it came.
            body: the raw bytes as they came.
        """

    @abstractmethod
    def read(self, body: bytes) -> PayoutNews | None:
        """What an authenticated body says, in our words; ``None`` if it is about nothing of ours.

        Raises:
            ValidationError, Unreadable: it is not what the provider sends.
            NotFound: it names no payment that could be ours.
        """


class PaymentProvider(ABC):
    """A payment provider; each is listed in ``providers.payments.registry``.

    Attributes:
        name: what it is called in ``MONETIZATION_PAYMENTS``; its own settings begin with ``MONETIZATION_{NAME}_``.
        webhook_name: what it is called in its webhook's address.
    """

    name: ClassVar[str]
    webhook_name: ClassVar[str]

    def __init__(self, settings: Settings) -> None:
        self.settings = settings

    @abstractmethod
    def payments(self) -> Payments:
        """Its adapter; raises BadSetting where a setting of its own is missing."""

    @abstractmethod
    def webhook(self) -> PaymentWebhook:
        """How its webhook is authenticated and read."""

    def why_not_local(self) -> str:
        """What makes an installation that pays through it more than a local stack, such as a live key; "" for nothing."""
        return ""

    def left_to_the_sandbox(self) -> Sequence[Missing]:
        """Its settings that must be made outside a local stack, and are not."""
        return ()
