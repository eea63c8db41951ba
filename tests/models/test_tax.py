"""The table of withholding: dated rates, the latest of each country by then."""

from datetime import date

import pytest
from pydantic import ValidationError

from models.programme.withholding import TaxRate, Withholding

START, CHANGE = date(2026, 1, 1), date(2026, 7, 1)
TABLE = Withholding(
    table=(
        TaxRate(country="CN", basis_points=500, since=CHANGE, source="a new treaty"),
        TaxRate(basis_points=3_000, since=START, source="the law"),
        TaxRate(country="CN", basis_points=1_000, since=START, source="the treaty"),
        TaxRate(basis_points=2_400, since=CHANGE, source="a new law"),
    )
)


def test_the_latest_rate_by_then_holds() -> None:
    assert (TABLE.standard(START), TABLE.treaties(START)) == (3_000, {"CN": 1_000})
    assert (TABLE.standard(date(2026, 6, 30)), TABLE.treaties(date(2026, 6, 30))) == (3_000, {"CN": 1_000})
    assert (TABLE.standard(CHANGE), TABLE.treaties(CHANGE)) == (2_400, {"CN": 500})


def test_without_any_rate_everything_is_withheld() -> None:
    assert (TABLE.standard(date(2025, 12, 31)), TABLE.treaties(date(2025, 12, 31))) == (10_000, {})


def test_the_default_names_a_source_for_each_rate() -> None:
    table = Withholding()
    assert table.standard(START) == 3_000
    assert table.treaties(START)["CN"] == 1_000
    assert "US" not in table.treaties(START)
    assert all(rate.source for rate in table.table)


@pytest.mark.parametrize("basis_points", [-1, 10_001])
def test_a_rate_is_a_share_of_the_whole(basis_points: int) -> None:
    with pytest.raises(ValidationError):
        TaxRate(basis_points=basis_points, since=START, source="")
