"""How figures are shown: what a chart draws, how tables are sorted, and what the days before came to."""

from datetime import UTC, date, datetime

from api.console.figures.chart import HEIGHT, LEFT, TOP, WIDTH, Chart
from api.console.figures.metrics_table import Figures, days_before, preset
from api.console.figures.sorting import Sorting
from api.console.formatting import READER
from api.console.page import TEMPLATES
from api.services.earnings.game_metrics import MetricsGroup, MetricsView
from models.documents import Stream
from models.estimates import Estimate
from models.money import Money
from models.programme.periods import last_months

ADS, SUBSCRIPTIONS, PURCHASES = "iaa", "iap_subscription", "iap_non_subscription"
TODAY = date(2026, 11, 27)
OCTOBER, NOVEMBER = date(2026, 10, 1), date(2026, 11, 1)


def chart(settled: dict[tuple[str, str], int], estimated: dict[tuple[str, str], int] | None = None) -> Chart:
    return Chart(last_months(TODAY, 12), [ADS, SUBSCRIPTIONS, PURCHASES], settled, estimated or {})


def test_a_chart_shows_the_last_months_and_only_the_streams_in_use() -> None:
    drawn = chart({("2026-10", PURCHASES): 5, ("2024-01", SUBSCRIPTIONS): 5}, {("2026-11", ADS): 7})
    assert (drawn.labels[0], drawn.labels[-1], len(drawn.labels)) == (date(2025, 12, 1), NOVEMBER, 12)
    assert drawn.series == [ADS, PURCHASES]
    assert chart({}).is_empty


def test_what_is_estimated_stands_on_what_is_settled_and_is_marked() -> None:
    drawn = chart({("2026-11", ADS): 300_00, ("2026-11", PURCHASES): 100_00}, {("2026-11", ADS): 200_00})
    parts = drawn.columns(NOVEMBER)
    assert [(part.series, part.estimated) for part in parts] == [
        (ADS, False), (PURCHASES, False), (ADS, True),
    ]  # fmt: skip
    assert [round(part.y + part.height, 1) for part in parts[1:]] == [part.y for part in parts[:-1]]
    assert drawn.total(NOVEMBER) == 600_00
    assert drawn.is_estimated(NOVEMBER)
    assert not drawn.is_estimated(OCTOBER)


def test_the_axis_ends_at_a_number_that_reads_well_and_everything_stays_within_the_drawing() -> None:
    for highest, top in ((581_211, 600_000), (1, 100), (100_000, 100_000), (100_001, 150_000), (999, 1_000)):
        drawn = chart({("2026-11", ADS): highest, ("2025-12", ADS): 1})
        assert drawn.top == top
        for label in drawn.labels:
            assert all(TOP <= part.y < HEIGHT for part in drawn.columns(label))
            assert LEFT < drawn.x(label) < WIDTH
    assert [drawn.anchor(label) for label in drawn.labels[:: len(drawn.labels) - 1]] == ["start", "end"]


def test_amounts_below_zero_are_counted_and_not_drawn() -> None:
    drawn = chart({("2026-11", ADS): -500, ("2026-11", PURCHASES): 800})
    assert drawn.goes_below_zero
    assert [part.series for part in drawn.columns(NOVEMBER)] == [PURCHASES]
    assert drawn.total(NOVEMBER) == 300


def group(day: date | None = None, **figures: int) -> MetricsGroup:
    amounts = {name: figures.pop(name, None) for name in ("gmv", "arppu", "refunded")}
    nothing = dict.fromkeys(MetricsGroup.model_fields)
    counted = dict.fromkeys(("requests", "impressions", "clicks", "revenue_micros"), 0)
    money = {name: None if amount is None else Money(amount=amount) for name, amount in amounts.items()}
    return MetricsGroup(**{**nothing, **counted, **money, "day": day, **figures})  # type: ignore[arg-type]


def figures() -> Figures:
    rows = [
        group(date(2026, 11, 1), orders=2, gmv=500, paying_users=1),
        group(date(2026, 11, 2), gmv=900, orders=1),
        group(date(2026, 11, 3)),
    ]
    total = group(orders=3, gmv=1_400, paying_users=1, refunded=0)
    view = MetricsView(start=date(2026, 11, 1), end=date(2026, 11, 3), totals=total, data=rows)
    before = days_before(view.start, view.end)
    return Figures(view, "day", {}, before, group(orders=4, gmv=1_000, refunded=0))


def test_a_table_of_metrics_has_the_columns_in_which_there_is_something() -> None:
    found = figures()
    assert found.columns == ["orders", "paying_users", "gmv"]
    assert found.main == ["gmv", "paying_users", "orders"]


def test_figures_are_compared_with_as_many_days_before() -> None:
    found = figures()
    assert found.days_before == (date(2026, 10, 29), date(2026, 10, 31))
    assert (found.change("gmv"), found.change("orders")) == (4_000, -2_500)
    assert found.change("paying_users") is None
    assert preset(7, TODAY) == (date(2026, 11, 21), TODAY)
    first = date.min
    assert days_before(first, first) == (first, first)


def test_rows_are_sorted_by_what_the_address_says_with_nothing_last() -> None:
    found = figures()
    by_day = found.sorting("", True, {})
    assert [row.day and row.day.day for row in found.rows(by_day)] == [3, 2, 1]
    by_money = found.sorting("gmv", False, {})
    assert [row.day and row.day.day for row in found.rows(by_money)] == [1, 2, 3]
    assert found.sorting("__class__", True, {}).column == "day"


def test_a_heading_leads_to_the_highest_first_and_then_to_the_lowest() -> None:
    sorting = Sorting("net", True, {"stream": ADS, "state": ""})
    assert sorting.href("net") == "?stream=iaa&sort=net&order=asc"
    assert sorting.href("gross") == "?stream=iaa&sort=gross&order=desc"
    assert (sorting.aria("net"), sorting.aria("gross")) == ("descending", "none")


def test_a_statement_whose_day_has_passed_is_late_and_says_when_it_was_due() -> None:
    nothing = Money(amount=0)
    estimate = Estimate(
        stream=Stream.IAA, period_start=date(2026, 10, 1), period_end=date(2026, 10, 15),
        delivered_on=date(2026, 12, 1), promised_on=date(2026, 11, 1), gross=nothing, refunds=nothing,
        platform_share=nothing, adjustments=nothing, carried=nothing, tax_withheld=nothing, net=nothing,
    )  # fmt: skip
    token = READER.set(("en_US", datetime(2026, 11, 27, tzinfo=UTC)))
    try:
        for one, late in ((estimate, True), (estimate.model_copy(update={"promised_on": None}), False)):
            shown = TEMPLATES.get_template("earnings/estimates.html").render(estimates=[one])
            assert "1 Dec 2026" in shown
            assert (">late<" in shown) is late
            assert ("it was due on 1 Nov 2026" in shown) is late
    finally:
        READER.reset(token)
