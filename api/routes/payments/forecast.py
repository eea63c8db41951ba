"""What can be expected: payments to come, earnings that no statement says yet, and the balance."""

from collections.abc import Sequence
from datetime import datetime

from pydantic import BaseModel
from sqlmodel import Session

from api.http.routing import READ, organization_router
from api.installation import Here
from api.security.identity import Reading
from api.services.organization_snapshot import Standing, stand_with_history
from lifecycle.views.balance import standings, year_start
from lifecycle.views.forecast import Forecast, forecast
from lifecycle.views.pending import sum_of
from models.estimates import Estimate
from models.money import Money
from storage.settlement.estimates import estimates, issued_since

router = organization_router("forecast")


class ForecastView(Forecast):
    """Which payments can be expected, when, and on what that rests; each amount says how sure it is.

    Attributes:
        as_of: the moment (programme time) for which it is worked out.
        estimates: what is earned and on no statement yet, as its statement would say it now.
    """

    as_of: datetime
    estimates: list[Estimate]


class BalanceView(BaseModel):
    """The organization's money: `opening + issued = unconfirmed + confirmed + invoiced + in_transit + paid`.

    Attributes:
        since: the beginning of the year.
        opening: what was owed then, by the statements that hold today.
        issued: the nets of the statements issued since.
        accrued: estimated; earned and on no statement yet.
        unconfirmed: on statements that wait to be confirmed or are under appeal.
        confirmed: on statements that can be invoiced.
        invoiced: claimed by invoices, and not sent.
        in_transit: sent, and not known to have arrived.
        paid: arrived since, and not returned.
    """

    as_of: datetime
    since: datetime
    opening: Money
    issued: Money
    accrued: Money
    unconfirmed: Money
    confirmed: Money
    invoiced: Money
    in_transit: Money
    paid: Money


def estimated(session: Session, standing: Standing) -> list[Estimate]:
    """What an organization has earned and no statement says yet."""
    return estimates(session, standing.dossier.organization_id, standing.policy, standing.now)


@router.get("/forecast", responses=READ)
def read_forecast(reader: Reading, here: Here) -> ForecastView:
    """When do I get what? Payments to come, at the earliest and without your doing anything more."""
    with here.database.reading() as session:
        standing = stand_with_history(session, here, reader)
        return show_forecast(standing, estimated(session, standing))


def show_forecast(standing: Standing, accrued: list[Estimate]) -> ForecastView:
    """What an organization whose estimates are known can expect."""
    found = forecast(standing.dossier, standing.now, standing.policy, accrued)
    return ForecastView(**dict(found), as_of=standing.now, estimates=accrued)


@router.get("/balance", responses=READ)
def read_balance(reader: Reading, here: Here) -> BalanceView:
    """Where the organization's money is: this year's opening, what was added since, and how far it has come."""
    with here.database.reading() as session:
        standing = stand_with_history(session, here, reader)
        return show_balance(session, standing, estimated(session, standing))


def show_balance(session: Session, standing: Standing, accrued: Sequence[Estimate]) -> BalanceView:
    """The balance of an organization whose estimates are known."""
    since, currency = year_start(standing.now, standing.policy), standing.policy.settlement_currency
    issued = issued_since(session, standing.dossier.organization_id, since, currency)
    now = standings(standing.dossier, standing.now, standing.policy)
    whole = [now.unconfirmed, now.confirmed, now.invoiced, now.in_transit, now.paid]
    opening = sum(money.amount for money in whole) - issued.amount
    return BalanceView(
        **now.model_dump(exclude={"paid_before"}),
        as_of=standing.now,
        since=since,
        opening=Money(amount=opening, currency=currency),
        issued=issued,
        accrued=sum_of(e.net for e in accrued if e.net.amount > 0) or Money(amount=0, currency=currency),
    )
