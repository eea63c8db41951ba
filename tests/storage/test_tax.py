"""Tax withheld from the US part: by the form on file, at the rates of the period's last day."""

from datetime import UTC, date, datetime
from typing import Any

import pytest

from models.documents import PayoutAccount
from models.programme.policy import Policy
from models.programme.withholding import TaxRate, Withholding
from models.states import PayoutAccountState
from storage.settlement.estimates import estimates
from tests.storage.studio import FEBRUARY, JANUARY, NOON, Studio

LAW, TREATY = "the law of a test", "the treaty of a test"
POLICY = Policy(
    withholding=Withholding(
        table=(
            TaxRate(basis_points=3_000, since=date(2026, 1, 1), source=LAW),
            TaxRate(basis_points=2_400, since=date(2026, 2, 28), source=LAW),
            TaxRate(country="CN", basis_points=1_000, since=date(2026, 1, 1), source=TREATY),
            TaxRate(country="CN", basis_points=500, since=date(2026, 2, 10), source=TREATY),
            TaxRate(country="CN", basis_points=700, since=date(2026, 3, 1), source=TREATY),
        )
    )
)


def file_form(studio: Studio, **facts: Any) -> None:
    studio.put(
        PayoutAccount(id="payout_account", state=PayoutAccountState.ACTIVE, since=NOON, **facts),
        "payout_account.accept",
    )


@pytest.mark.parametrize(
    ("verified", "form", "tax"),
    [
        ("BR", {}, 252),
        ("CN", {}, 84),
        ("US", {}, 0),
        ("BR", {"tax_form": "W-9", "tax_country": "US"}, 0),
        ("CN", {"tax_form": "W-8BEN-E", "tax_country": "CN"}, 84),
        ("CN", {"tax_form": "W-8BEN-E", "tax_country": "BR"}, 252),
        ("US", {"tax_form": "W-8BEN-E", "tax_country": "BR"}, 252),
        ("US", {"tax_form": "W-8BEN-E", "tax_country": None}, 252),
        ("US", {"tax_form": "W-8BEN-E", "tax_country": "US"}, 252),
        ("BR", {"proposed_tax_form": "W-9", "proposed_tax_country": "US"}, 252),
    ],
)
def test_the_form_on_file_decides(studio: Studio, verified: str, form: dict[str, Any], tax: int) -> None:
    """12.00 from the US less 3.60 is 8.40, of which 30 % is 2.52 and 10 % is 0.84; 7.00 more from elsewhere."""
    studio.live("racer", country=verified)
    file_form(studio, **form)
    studio.earn(
        studio.order(1200, date(2026, 1, 5), region="US"), studio.order(1000, date(2026, 1, 6), region="BR")
    )
    [issued] = studio.settle(JANUARY, POLICY)
    statement = studio.statement(issued.statement_id)
    assert (statement.us_source, statement.tax_withheld, statement.net) == (840, tax, 1540 - tax)
    assert statement.tax_basis_points == {0: 0, 84: 1_000, 252: 3_000}[tax]


@pytest.mark.parametrize(("country", "january", "february"), [("CN", 70, 35), ("BR", 210, 168)])
def test_a_rate_holds_from_its_day_on(studio: Studio, country: str, january: int, february: int) -> None:
    """7.00 a month from the US: 10 % then 5 %, or 30 % then 24 %, by the last day of the period."""
    studio.live("racer")
    file_form(studio, tax_form="W-8BEN-E", tax_country=country)
    for month, period, tax in ((1, JANUARY, january), (2, FEBRUARY, february)):
        studio.earn(studio.order(1000, date(2026, month, 5), region="US"))
        [issued] = studio.settle(period, POLICY)
        assert studio.statement(issued.statement_id).tax_withheld == tax


@pytest.mark.parametrize("form", [{}, {"tax_form": "W-8BEN-E", "tax_country": "CN"}])
@pytest.mark.parametrize(
    "table", [(), (TaxRate(country="CN", basis_points=1_000, since=date(2026, 6, 1), source=TREATY),)]
)
def test_without_any_rate_all_of_it_is_withheld(
    studio: Studio, table: tuple[TaxRate, ...], form: dict[str, Any]
) -> None:
    """No rate at all, or none yet: 7.00 from the US; an estimate says the same."""
    policy = Policy(withholding=Withholding(domestic=(), table=table))
    studio.live("racer", country="CN")
    file_form(studio, **form)
    studio.earn(studio.order(1000, date(2026, 1, 5), region="US"))
    with studio.database.reading() as session:
        [estimate] = estimates(session, studio.id, policy, datetime(2026, 2, 1, tzinfo=UTC))
    [issued] = studio.settle(JANUARY, policy)
    assert studio.statement(issued.statement_id).tax_withheld == estimate.tax_withheld.amount == 700
