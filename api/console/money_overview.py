"""Money at a glance: what is available, in review and estimated, and the next payment with its condition."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from api.services.organization_snapshot import OrganizationSnapshot
from api.services.payments.forecast import estimated
from lifecycle.views.balance import Standings, standings
from lifecycle.views.forecast import ExpectedPayment, Forecast, forecast
from models.documents import Launch
from models.estimates import Estimate
from models.money import Money


@dataclass(frozen=True)
class MoneyOverview:
    """What the first page says about money.

    Attributes:
        now: where the money of the statements is.
        estimates: what is earned and on no statement yet.
        earning: a game has been live, so that figures mean something.
    """

    now: Standings
    estimates: Sequence[Estimate]
    expected: Forecast
    earning: bool

    @property
    def in_review(self) -> Money:
        """On statements that wait to be confirmed or are under appeal, and on invoices that are not paid yet."""
        return self.now.unconfirmed + self.now.invoiced

    @property
    def estimate(self) -> Money:
        """What has been earned and no statement says yet; debts that are carried on do not lessen it."""
        positive = (one.net.amount for one in self.estimates if one.net.amount > 0)
        return Money(amount=sum(positive), currency=self.now.confirmed.currency)

    @property
    def next_statement(self) -> date | None:
        """The day on which the next statement is to come."""
        return min((one.delivered_on for one in self.estimates), default=None)

    @property
    def late_since(self) -> date | None:
        """The day on which a statement was to come that has not."""
        return min((one.promised_on for one in self.estimates if one.promised_on), default=None)

    @property
    def next_payment(self) -> ExpectedPayment | None:
        """The payment that can be expected first."""
        return next(iter(self.expected.payments), None)

    @property
    def can_be_invoiced(self) -> bool:
        """Whether what is available is enough for an invoice."""
        return bool(self.now.confirmed.amount) and not self.expected.threshold.missing.amount


def money_of(snapshot: OrganizationSnapshot) -> MoneyOverview:
    """An organization's money at a moment; what is over needs not be looked at for it."""
    accrued = estimated(snapshot)
    return MoneyOverview(
        now=standings(snapshot.dossier, snapshot.now, snapshot.policy),
        estimates=accrued,
        expected=forecast(snapshot.dossier, snapshot.now, snapshot.policy, accrued),
        earning=any(game.launched_at for game in snapshot.dossier.of(Launch)),
    )
