"""Statements to the cent, worked out by hand."""

from datetime import UTC, date, datetime

import pytest

from models.documents import Feature, Statement, Stream, Verification
from models.money import Money
from models.states import StatementState, VerificationState
from models.tables import ContractTextRow
from models.wire.steps import Period
from storage.settlement.batches import (
    IssuedStatement,
    issue_statements,
    organizations_due,
    unacknowledged,
)
from storage.settlement.replacement import preview_replacement, replace_statement
from tests.storage.studio import ADS_EARLY, ADS_LATE, FEBRUARY, JANUARY, NOON, POLICY, Studio

EASTER = datetime(2026, 4, 5, tzinfo=UTC)


def acknowledge(studio: Studio, issued: IssuedStatement) -> None:
    statement = Statement(
        id=f"statement/{issued.statement_id}",
        state=StatementState.PENDING_CONFIRMATION,
        since=NOON,
        stream=issued.stream,
        period_start=issued.period_start,
        period_end=issued.period_end,
        net=issued.net,
    )
    studio.put(statement, "statement.issue")


def replace(studio: Studio, issued: IssuedStatement, amount: int | None = None) -> IssuedStatement:
    """Replace a statement; what was shown before is what is issued, line by line."""
    adjustment = Money(amount=amount) if amount is not None else None
    wanted = (studio.database, issued.statement_id, studio.id, POLICY, EASTER, adjustment)
    try:
        shown = preview_replacement(*wanted)
    except (LookupError, ValueError):
        return replace_statement(*wanted)
    assert shown.digest == preview_replacement(*wanted).digest, "the first one has left nothing"
    new = replace_statement(*wanted)
    names = {"id": new.statement_id, "statement_id": new.statement_id}
    assert [line.model_dump() | names for line in shown.new_lines] == [
        line.model_dump() | names for line in studio.lines(new.statement_id)
    ]
    assert shown.new.model_dump() | names == studio.statement(new.statement_id).model_dump() | names
    assert shown.old.id == issued.statement_id
    assert shown.old_lines == studio.lines(issued.statement_id)
    return new


def kinds(studio: Studio, issued: IssuedStatement) -> list[tuple[str, int, int]]:
    lines = studio.lines(issued.statement_id)
    return [(line.kind, line.source_count, line.net) for line in lines]


def test_a_month_of_purchases(studio: Studio) -> None:
    """Racer: 19.99 + 4.99 - 2.00, of 22.98 the share is 6.894. Chess: 0.99, the share is 0.297."""
    studio.live("racer", "chess")
    order = studio.order(1999, date(2026, 1, 5))
    studio.earn(
        order,
        studio.order(499, date(2026, 1, 31)),
        studio.refund(order, 200, date(2026, 1, 9)),
        studio.order(99, date(2026, 1, 20), "chess"),
        studio.order(5000, date(2026, 1, 20), is_sandbox=True),
        studio.order(5000, date(2026, 1, 20), product="subscription"),
        studio.order(5000, date(2026, 1, 20), "never released"),
        studio.order(5000, date(2026, 2, 1)),
    )
    [issued] = studio.settle(JANUARY)
    assert issued.net == Money(amount=1678)
    statement = studio.statement(issued.statement_id)
    assert (statement.gross, statement.refunds, statement.platform_share) == (2597, 200, 719)
    assert (statement.adjustments, statement.tax_withheld, statement.net) == (0, 0, 1678)
    chess, racer = studio.lines(issued.statement_id)
    assert (chess.game_id, chess.source_count, chess.gross, chess.refunds) == ("chess", 1, 99, 0)
    assert (chess.platform_share, chess.net) == (30, 69)
    assert (racer.game_id, racer.source_count, racer.gross, racer.refunds) == ("racer", 3, 2498, 200)
    assert (racer.platform_share, racer.net) == (689, 1609)


def test_half_a_month_of_ads(studio: Studio) -> None:
    """1.234565 + 2.340435 = 3.575 USD, half to even 3.58; the share is 1.074."""
    studio.live("racer")
    studio.earn(
        studio.ad_day(1_234_565, date(2026, 1, 1)),
        studio.ad_day(2_340_435, date(2026, 1, 15)),
        studio.ad_day(9_000_000, date(2026, 1, 16)),
    )
    [issued] = studio.settle(ADS_EARLY)
    [line] = studio.lines(issued.statement_id)
    assert (line.gross, line.platform_share, line.net, line.remainder_micros) == (358, 107, 251, -5_000)
    assert (line.kind, line.source_count, issued.net.amount) == ("earning", 2, 251)


def test_each_stream_has_its_own_statement(studio: Studio) -> None:
    studio.live("racer").earn(
        studio.order(1000, date(2026, 1, 5)),
        studio.order(2000, date(2026, 1, 5), product="subscription"),
        studio.ad_day(30_000_000, date(2026, 1, 5)),
    )
    subscriptions = JANUARY.model_copy(update={"stream": Stream.IAP_SUBSCRIPTION})
    nets = [studio.settle(period)[0].net.amount for period in (JANUARY, subscriptions, ADS_EARLY)]
    assert nets == [700, 1400, 2100]


def test_settling_again_changes_nothing(studio: Studio) -> None:
    studio.live("racer").earn(studio.order(1000, date(2026, 1, 5)))
    first = studio.settle(JANUARY)
    studio.earn(studio.order(3000, date(2026, 1, 6)))
    assert studio.settle(JANUARY) == first
    acknowledge(studio, first[0])
    assert studio.settle(JANUARY) == []
    assert studio.count("statements") == 1


def test_nothing_earned_means_no_statement(studio: Studio) -> None:
    studio.live("racer").earn(
        studio.order(1000, date(2026, 1, 5), is_sandbox=True), studio.order(1000, date(2026, 1, 5), "unknown")
    )
    assert studio.settle(JANUARY) == []
    assert studio.count("statements") == 0


@pytest.mark.parametrize("newest", [True, False])
def test_what_came_late_goes_with_the_newest_period(studio: Studio, newest: bool) -> None:
    studio.live("racer").earn(studio.order(1000, date(2026, 1, 5)))
    studio.settle(JANUARY)
    studio.earn(studio.order(300, date(2026, 1, 31)), studio.order(500, date(2026, 2, 1)))
    [issued] = studio.settle(FEBRUARY.model_copy(update={"newest": newest}))
    assert kinds(studio, issued) == [("earning", 1, 350), *([("adjustment", 1, 210)] if newest else [])]
    statement = studio.statement(issued.statement_id)
    assert (statement.gross, statement.platform_share, statement.adjustments) == (500, 150, 210 * newest)
    assert statement.net == 350 + 210 * newest


def test_a_late_refund_alone_is_carried_forward(studio: Studio) -> None:
    """January: 7.00. February: -7.00 by a refund of all. March: 14.00 less the 7.00 carried forward."""
    studio.live("racer")
    order = studio.order(1000, date(2026, 1, 31))
    studio.earn(order)
    studio.settle(JANUARY)
    studio.earn(studio.refund(order, 1000, date(2026, 2, 3)))
    [negative] = studio.settle(FEBRUARY)
    assert negative.net.amount == -700
    march = Period(
        stream=Stream.IAP_NON_SUBSCRIPTION,
        start=date(2026, 3, 1),
        end=date(2026, 3, 31),
        delivered_on=date(2026, 4, 15),
    )
    acknowledge(studio, negative)
    assert studio.settle(march) == [], "a debt alone makes no statement"
    studio.earn(studio.order(2000, date(2026, 3, 3)))
    [issued] = studio.settle(march)
    assert kinds(studio, issued) == [("earning", 1, 1400), ("carried_forward", 0, -700)]
    assert studio.lines(issued.statement_id)[1].note == "Carried forward from 2026-02-01 to 2026-02-28"
    assert issued.net.amount == 700
    assert studio.statement(negative.statement_id).carried_into == issued.statement_id
    assert [replace(studio, issued).net.amount, studio.settle(march)[0].net.amount] == [700, 700]


def test_an_ad_day_corrected_after_it_was_settled(studio: Studio) -> None:
    """10.00 was settled; 9.00 is true, then 9.50: what differs comes with the next statements."""
    studio.live("racer")
    report = studio.ad_day(10_000_000, date(2026, 1, 15))
    studio.earn(report)
    [early] = studio.settle(ADS_EARLY)
    studio.earn(report.model_copy(update={"revision": 2, "revenue_micros": 9_000_000}))
    studio.earn(studio.ad_day(2_000_000, date(2026, 1, 16)))
    [late] = studio.settle(ADS_LATE)
    assert kinds(studio, late) == [("earning", 1, 140), ("adjustment", 1, -70)]
    studio.earn(report.model_copy(update={"revision": 3, "revenue_micros": 9_500_000}))
    february = ADS_LATE.model_copy(update={"start": date(2026, 2, 1), "end": date(2026, 2, 15)})
    [issued] = studio.settle(february)
    assert kinds(studio, issued) == [("adjustment", 1, 35)]
    assert early.net.amount + late.net.amount + issued.net.amount == 700 + 140 - 35


def test_a_correction_before_settlement_is_just_the_truth(studio: Studio) -> None:
    report = studio.ad_day(10_000_000, date(2026, 1, 5))
    studio.live("racer").earn(report)
    studio.earn(report.model_copy(update={"revision": 3, "revenue_micros": 4_000_000}))
    studio.earn(report.model_copy(update={"revision": 2, "revenue_micros": 8_000_000}))
    [issued] = studio.settle(ADS_EARLY)
    assert kinds(studio, issued) == [("earning", 1, 280)]


def test_each_contract_version_has_its_own_rate(studio: Studio) -> None:
    """Version 2 from the 16th: 25 %. A refund gives back what its order earned, under version 1."""
    with studio.database.transaction() as session:
        session.add(ContractTextRow(feature="iap", version=2, text="", sha256="", share_basis_points=2_500))
    studio.live("racer")
    studio.contract(Feature.IAP, datetime(2026, 1, 16, 23, tzinfo=UTC), version=2)
    order = studio.order(1000, date(2026, 1, 15))
    studio.earn(order, studio.order(1000, date(2026, 1, 16)), studio.refund(order, 400, date(2026, 1, 20)))
    [issued] = studio.settle(JANUARY)
    lines = studio.lines(issued.statement_id)
    assert [(line.contract_version, line.gross, line.refunds, line.net) for line in lines] == [
        (1, 1000, 400, 420),
        (2, 1000, 0, 750),
    ]


def test_a_version_without_a_known_share_waits(studio: Studio) -> None:
    studio.live("racer").contract(Feature.IAP, datetime(2026, 1, 16, tzinfo=UTC), version=2)
    studio.earn(studio.order(1000, date(2026, 1, 15)), studio.order(1000, date(2026, 1, 16)))
    [issued] = studio.settle(JANUARY)
    assert issued.net.amount == 700
    with studio.database.transaction() as session:
        session.add(ContractTextRow(feature="iap", version=2, text="", sha256="", share_basis_points=2_500))
    [later] = studio.settle(FEBRUARY)
    assert kinds(studio, later) == [("adjustment", 1, 750)]


def test_only_while_live_and_under_contract(studio: Studio) -> None:
    """Withdrawn on the 10th, live again from the 20th; no contract from the 25th; the days of change count."""
    studio.live("racer")
    studio.game("racer", datetime(2026, 1, 10, 8, tzinfo=UTC), "withdrawn")
    studio.game("racer", datetime(2026, 1, 20, 8, tzinfo=UTC), "live")
    studio.contract(Feature.IAP, datetime(2026, 1, 25, 8, tzinfo=UTC), "suspended")
    orders = {day: studio.order(day * 10_000, date(2026, 1, day)) for day in (9, 10, 11, 19, 20, 25, 26)}
    studio.earn(*orders.values())
    studio.earn(studio.refund(orders[9], 10_000, date(2026, 1, 12)))
    studio.earn(studio.refund(orders[11], 10_000, date(2026, 1, 21)))
    [issued] = studio.settle(JANUARY)
    statement = studio.statement(issued.statement_id)
    assert (statement.gross, statement.refunds) == ((9 + 10 + 20 + 25) * 10_000, 10_000)


def test_a_pause_on_one_day_is_no_pause(studio: Studio) -> None:
    studio.live("racer")
    for hour, state in ((8, "withdrawn"), (9, "live"), (10, "withdrawn"), (11, "live")):
        studio.game("racer", datetime(2026, 1, 10, hour, tzinfo=UTC), state)
    studio.earn(studio.order(100, date(2026, 1, 10)), studio.order(100, date(2026, 1, 11)))
    assert studio.settle(JANUARY)[0].net.amount == 140


@pytest.mark.parametrize(
    ("country", "tax"), [("US", 0), ("GB", 0), ("CN", 84), ("BR", 252), ("ZZ", 252), (None, 252)]
)
def test_tax_is_withheld_from_the_us_part(studio: Studio, country: str | None, tax: int) -> None:
    """12.00 from the US less 3.60 is 8.40: 30 % is 2.52, the placeholder treaty with China makes it 0.84."""
    studio.live("racer")
    if country:
        studio.verified_in(country)
    else:
        studio.put(
            Verification(id="verification", state=VerificationState.VERIFIED, since=NOON),
            "verification.correct",
        )
    studio.earn(
        studio.order(1200, date(2026, 1, 5), region="US"), studio.order(1000, date(2026, 1, 6), region="BR")
    )
    [issued] = studio.settle(JANUARY)
    statement = studio.statement(issued.statement_id)
    assert (statement.us_source, statement.tax_withheld, statement.net) == (840, tax, 1540 - tax)


def test_no_more_is_withheld_than_from_the_net(studio: Studio) -> None:
    """10.00 from the US less 3.00, and a refund of 5.00 elsewhere that gives back 3.50: 30 % of 3.50."""
    studio.live("racer", country="BR")
    order = studio.order(500, date(2026, 1, 5), region="BR")
    studio.earn(order)
    studio.settle(JANUARY)
    studio.earn(
        studio.refund(order, 500, date(2026, 2, 5)), studio.order(1000, date(2026, 2, 6), region="US")
    )
    [issued] = studio.settle(FEBRUARY)
    statement = studio.statement(issued.statement_id)
    assert (statement.us_source, statement.tax_withheld, statement.net) == (700, 105, 245)


def test_a_debt_from_the_us_lowers_the_tax_of_the_next_statement(studio: Studio) -> None:
    studio.live("racer", country="BR")
    order = studio.order(1000, date(2026, 1, 5), region="US")
    studio.earn(order)
    studio.settle(JANUARY)
    studio.earn(studio.refund(order, 1000, date(2026, 2, 5)))
    [negative] = studio.settle(FEBRUARY)
    assert (negative.net.amount, studio.statement(negative.statement_id).tax_withheld) == (-700, 0)
    studio.earn(studio.order(2000, date(2026, 3, 5), region="US"))
    march = FEBRUARY.model_copy(update={"start": date(2026, 3, 1), "end": date(2026, 3, 31)})
    [issued] = studio.settle(march)
    statement = studio.statement(issued.statement_id)
    assert (statement.us_source, statement.tax_withheld, statement.net) == (700, 210, 490)


def test_a_replacement_counts_what_came_late(studio: Studio) -> None:
    studio.live("racer").earn(studio.order(1000, date(2026, 1, 5)))
    [old] = studio.settle(JANUARY)
    studio.earn(studio.order(300, date(2026, 1, 31)))
    new = replace(studio, old)
    assert (new.issue, new.replaces, new.net.amount) == (2, old.statement_id, 910)
    assert kinds(studio, new) == [("earning", 2, 910)]
    assert kinds(studio, old) == [("earning", 1, 700)], "the old one stays readable"
    assert replace(studio, old) == new, "replaced once"
    studio.earn(studio.order(100, date(2026, 2, 5)))
    assert studio.settle(FEBRUARY)[0].net.amount == 70, "nothing is counted twice"


def test_a_preview_of_a_replacement_is_another_once_something_was_reported(studio: Studio) -> None:
    studio.live("racer").earn(studio.order(1000, date(2026, 1, 5)))
    [old] = studio.settle(JANUARY)
    wanted = (studio.database, old.statement_id, studio.id, POLICY, EASTER)
    before = [studio.count(table) for table in ("statements", "statement_lines", "journal_entries")]
    seen = {preview_replacement(*wanted).digest, preview_replacement(*wanted, Money(amount=1)).digest}
    studio.earn(studio.order(300, date(2026, 1, 31)))
    seen.add(preview_replacement(*wanted).digest)
    assert len(seen) == 3
    assert [studio.count(table) for table in ("statements", "statement_lines", "journal_entries")] == before
    assert studio.count("order_events WHERE settled_in IS NULL") == 1
    with pytest.raises(LookupError):
        preview_replacement(studio.database, "st_none", studio.id, POLICY, EASTER)


def test_a_replaced_ad_statement_leaves_later_corrections_where_they_are(studio: Studio) -> None:
    """10.00, corrected to 9.00 in the next statement: replacing the first gives 10.00 again, not 9.00."""
    studio.live("racer")
    report = studio.ad_day(10_000_000, date(2026, 1, 15))
    studio.earn(report)
    [early] = studio.settle(ADS_EARLY)
    studio.earn(report.model_copy(update={"revision": 2, "revenue_micros": 9_000_000}))
    [late] = studio.settle(ADS_LATE)
    new = replace(studio, early)
    assert kinds(studio, new) == [("earning", 1, 700)]
    assert kinds(studio, replace(studio, late)) == [("adjustment", 1, -70)]
    assert studio.count("ad_days WHERE settled_micros <> revenue_micros") == 0


def test_what_appeals_granted_stays_granted(studio: Studio) -> None:
    studio.live("racer").earn(studio.order(1000, date(2026, 1, 5)))
    [old] = studio.settle(JANUARY)
    new = replace(studio, old, 250)
    assert kinds(studio, new) == [("earning", 1, 700), ("appeal", 0, 250)]
    newer = replace(studio, new, -50)
    assert kinds(studio, newer) == [("earning", 1, 700), ("appeal", 0, 250), ("appeal", 0, -50)]
    assert (newer.issue, newer.net.amount) == (3, 900)


def test_a_replacement_may_come_to_nothing(studio: Studio) -> None:
    studio.live("racer").earn(studio.order(1000, date(2026, 1, 5)))
    [old] = studio.settle(JANUARY)
    assert replace(studio, old, -700).net.amount == 0


def test_a_debt_that_was_carried_on_stays_as_it_is(studio: Studio) -> None:
    order = studio.live("racer").order(1000, date(2026, 1, 5))
    studio.earn(order)
    studio.settle(JANUARY)
    studio.earn(studio.refund(order, 1000, date(2026, 2, 5)))
    [negative] = studio.settle(FEBRUARY)
    replaced = replace(studio, negative)
    assert replaced.net.amount == -700
    studio.earn(studio.order(2000, date(2026, 3, 5)))
    march = FEBRUARY.model_copy(update={"start": date(2026, 3, 1), "end": date(2026, 3, 31)})
    [issued] = studio.settle(march)
    assert issued.net.amount == 700, "the debt counts once, not once for each issue of its statement"
    with pytest.raises(ValueError, match="carried"):
        replace(studio, replaced)


def test_only_an_own_statement_is_replaced(studio: Studio) -> None:
    studio.live("racer").earn(studio.order(1000, date(2026, 1, 5)))
    [issued] = studio.settle(JANUARY)
    stranger = Studio(studio.database)
    with pytest.raises(LookupError):
        replace(stranger, issued)
    euros = Money(amount=1, currency="EUR")
    with pytest.raises(ValueError, match="USD"):
        replace_statement(studio.database, issued.statement_id, studio.id, POLICY, EASTER, euros)
    for amount in (10**12 + 1, -(10**12) - 1, 2**53):
        with pytest.raises(ValueError, match="too large"):
            replace(studio, issued, amount)
    assert studio.count("statements") == 1
    assert replace(studio, issued, 10**12).net.amount == 10**12 + 700
    with pytest.raises(LookupError):
        replace(stranger, issued)


def test_organizations_are_settled_in_batches(studio: Studio) -> None:
    database = studio.database
    others = sorted([studio, *(Studio(database) for _ in range(4))], key=lambda other: other.id)
    for other in others:
        other.live(f"racer-{other.id}")
        other.earn(other.order(1000, date(2026, 1, 5), f"racer-{other.id}"))
    ids = [other.id for other in others]
    first = organizations_due(database, JANUARY, None, 2, POLICY)
    assert first == ids[:2]
    assert organizations_due(database, JANUARY, first[-1], 10, POLICY) == ids[2:]
    issued = issue_statements(database, JANUARY, ids, POLICY, NOON)
    assert sorted(statement.organization_id for statement in issued) == ids
    assert {statement.net.amount for statement in issued} == {700}
    assert organizations_due(database, JANUARY, None, 10, POLICY) == ids, "they have not been told yet"
    with database.reading() as session:
        assert unacknowledged(session, 10) == issued
    for other, statement in zip(others, sorted(issued, key=lambda s: s.organization_id), strict=True):
        acknowledge(other, statement)
    assert organizations_due(database, JANUARY, None, 10, POLICY) == []
    with database.reading() as session:
        assert unacknowledged(session, 10) == []


def test_earnings_of_an_unknown_organization_harm_nobody(studio: Studio) -> None:
    studio.live("racer").earn(
        studio.order(1000, date(2026, 1, 5)),
        studio.order(1000, date(2026, 1, 5), organization_id="org_unknown"),
    )
    assert organizations_due(studio.database, JANUARY, None, 10, POLICY) == [studio.id]
    both = issue_statements(studio.database, JANUARY, [studio.id, "org_unknown"], POLICY, NOON)
    assert [statement.organization_id for statement in both] == [studio.id]
