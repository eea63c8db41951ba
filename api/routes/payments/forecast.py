"""What can be expected: payments to come, earnings that no statement says yet, and the balance."""

from api.http.routing import READ, organization_router
from api.installation import CurrentInstallation
from api.security.organization_access import Reading
from api.services.organization_snapshot import open_snapshot
from api.services.payments.forecast import BalanceView, ForecastView, estimated, show_balance, show_forecast

router = organization_router("forecast")


@router.get("/forecast", responses=READ)
def read_forecast(reader: Reading, installation: CurrentInstallation) -> ForecastView:
    """When do I get what? Payments to come, at the earliest and without your doing anything more."""
    with open_snapshot(installation, reader, history=True) as snapshot:
        return show_forecast(snapshot, estimated(snapshot))


@router.get("/balance", responses=READ)
def read_balance(reader: Reading, installation: CurrentInstallation) -> BalanceView:
    """Where the organization's money is: this year's opening, what was added since, and how far it has come."""
    with open_snapshot(installation, reader, history=True) as snapshot:
        return show_balance(snapshot, estimated(snapshot))
