"""Orders and ad days: the same history for the same seed, read to its end by cursor."""

from collections import Counter
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from models.documents import Feature
from providers.assembly import http_providers
from providers.protocols import AdDay, AdDayPage, EarningsFeed, OrderEvent, ProviderFailure
from sandbox.market import Game, Volume, ad_days_of, orders_of
from tests.sandbox.box import Box, Delivery, Receiver, eventually

BOTH = (Feature.IAA, Feature.IAP)
NOON = datetime(2026, 6, 17, 12, tzinfo=UTC)
STILL = 86_400.0 * 1_000_000
"""Real seconds of a day in a world whose time stands still while a test looks at it."""


def read_all(feed: EarningsFeed, limit: int) -> tuple[list[OrderEvent], list[AdDay]]:
    orders: list[OrderEvent] = []
    days: list[AdDay] = []
    after, more = None, True
    while more:
        page = feed.orders(after, limit)
        orders += page.events
        after, more = page.next_cursor, page.has_more
    after, more = None, True
    while more:
        ads = feed.ad_days(after, limit)
        days += ads.days
        after, more = ads.next_cursor, ads.has_more
    return orders, days


def test_a_month_of_a_game() -> None:
    game = Game("g1", "org_1", BOTH, ["US", "JP", "DE"], Volume())
    first = datetime(2026, 4, 1, tzinfo=UTC).date()
    days = [first + timedelta(days=number) for number in range(30)]
    orders = [report.body for day in days for report in orders_of(1, game, day)]
    ads = [report for day in days for report in ad_days_of(1, game, day)]
    assert orders == [report.body for day in days for report in orders_of(1, game, day)]
    assert orders != [report.body for day in days for report in orders_of(2, game, day)]
    paid = [event for event in orders if isinstance(event, OrderEvent) and not event.is_sandbox]
    beans = sum(event.beans for event in paid if not event.refund_amount)
    micros = sum(report.body.revenue_micros for report in ads if isinstance(report.body, AdDay))
    assert 1_000 < beans / 100 + micros / 1_000_000 < 6_000
    refunds = [event for event in paid if event.refund_amount]
    assert any(event.refund_amount < event.beans for event in refunds)
    assert any(event.refund_amount == event.beans for event in refunds)
    assert {event.product for event in paid} == {"subscription", "one_time"}
    assert any(isinstance(event, OrderEvent) and event.is_sandbox for event in orders)
    assert {event.region for event in paid} == {"US", "JP", "DE"}
    late = [report for day in days for report in orders_of(1, game, day) if report.available_at.date() > day]
    assert any(
        report.body.type != "refund_traceback" for report in late if isinstance(report.body, OrderEvent)
    )
    assert any(isinstance(report.body, AdDay) and report.body.revision == 2 for report in ads)


@pytest.mark.parametrize("orders_per_day", [0, 1, 15])
def test_a_day_is_never_too_long(orders_per_day: int) -> None:
    game = Game("g1", "org_1", BOTH, [], Volume(orders_per_day=orders_per_day))
    for number in range(400):
        day = datetime(2026, 1, 1, tzinfo=UTC).date() + timedelta(days=number)
        orders, ads = orders_of(5, game, day), ad_days_of(5, game, day)
        assert len(orders) <= 20
        assert sum(1 for report in ads if isinstance(report.body, AdDay) and report.body.revision == 1) == 4
        assert len({report.key for report in (*orders, *ads)}) == len(orders) + len(ads)


def still(folder: Path, seed: int = 7) -> Box:
    """A world in which it is noon and stays so."""
    return Box(folder, "http://127.0.0.1:9", seconds_per_day=STILL, seed=seed, anchor=NOON).start()


def due(seed: int, game: Game, since: datetime) -> tuple[int, int]:
    """How many orders and ad days there are to be told of at noon."""
    days = [since.date() + timedelta(days=number) for number in range((NOON - since).days + 1)]
    orders = [report for day in days for report in orders_of(seed, game, day) if report.live_at >= since]
    ads = [report for day in days for report in ad_days_of(seed, game, day)]
    return sum(r.available_at <= NOON for r in orders), sum(r.available_at <= NOON for r in ads)


def wait_for(feed: EarningsFeed, count: tuple[int, int]) -> None:
    """Wait until all that is to be told has been told."""
    eventually(lambda: tuple(len(told) for told in read_all(feed, 1000)) == count)


def test_two_worlds_of_one_seed_have_one_history(tmp_path: Path) -> None:
    since, histories = NOON - timedelta(days=40), []
    for name, seed in (("one", 11), ("two", 11), ("three", 12)):
        box = still(tmp_path / name, seed)
        game = {
            "game_id": "g1",
            "organization_id": "org_1",
            "features": ["iaa", "iap"],
            "regions": ["US", "JP"],
            "live_from": since.isoformat(),
        }
        box.control("POST", "/games", json=game)
        feed = http_providers(box.settings()).earnings
        wait_for(feed, due(seed, Game("g1", "org_1", BOTH, ["US", "JP"], Volume()), since))
        orders, days = read_all(feed, 1000)
        assert read_all(feed, 37) == (orders, days)
        end = feed.ad_days(None, 1000).next_cursor
        last = AdDayPage(days=[], next_cursor=end, has_more=False)
        assert feed.ad_days(end, 10).model_dump() == {**last.model_dump(), "malformed": []}
        assert Counter(event.event_id for event in orders).most_common(1)[0][1] == 1
        assert Counter((day.report_id, day.revision) for day in days).most_common(1)[0][1] == 1
        assert min(event.at for event in orders) >= since
        assert max(event.at for event in orders) <= box.clock.now()
        histories.append((orders, days))
        box.stop()
    assert len(histories[0][0]) > 300
    assert histories[0] == histories[1]
    assert histories[0][0] != histories[2][0]


def test_a_game_earns_while_it_is_live(box: Box, receiver: Receiver, organization: str) -> None:
    world = http_providers(box.settings())
    game = f"game_{organization}"

    def mine() -> list[OrderEvent]:
        return [event for event in read_all(world.earnings, 1000)[0] if event.game_id == game]

    opened = box.clock.now()
    for _ in range(2):
        world.storefront.publish(game, organization, [Feature.IAP], True, ["BR"])
    eventually(lambda: len(mine()) > 30)
    for _ in range(2):
        world.storefront.publish(game, organization, [Feature.IAP], False, ["BR"])
    closed = box.clock.now()
    [state] = [item for item in box.control("GET", "/games") if item["game_id"] == game]
    assert not state["live"] and len(state["spans"]) == 1
    eventually(lambda: box.clock.now() > closed + timedelta(days=15))
    told = eventually(lambda: orders_told(receiver, organization))
    events = mine()
    assert {event.region for event in events} == {"BR"}
    assert all(opened <= event.at <= closed for event in events if not event.refund_amount)
    assert not [day for day in read_all(world.earnings, 1000)[1] if day.game_id == game]
    assert 0 < len(told) < len(events)
    by_id = {event.event_id: event for event in events}
    for webhook in told:
        assert OrderEvent.model_validate(webhook.json) == by_id[webhook.json["event_id"]]
    with pytest.raises(ProviderFailure) as failure:
        world.storefront.publish(game, "org_of_somebody_else", [], True, [])
    assert (failure.value.failure_class.value, failure.value.code) == ("final", "game_conflict")


def orders_told(receiver: Receiver, organization: str) -> list[Delivery]:
    """The webhooks of orders that have come so far."""
    return [webhook for webhook in receiver.of(organization) if webhook.path == "/v1/webhooks/orders"]


def test_part_of_a_day_earns_part_of_the_ads(tmp_path: Path) -> None:
    box = still(tmp_path)
    since = NOON - timedelta(days=6)
    volume = {"ads_per_day": 1_000_000}
    game = {"game_id": "g", "organization_id": "o", "features": ["iaa"], "live_from": since.isoformat()}
    box.control("POST", "/games", json={**game, "volume": volume})
    feed = http_providers(box.settings()).earnings
    wait_for(feed, due(box.seed, Game("g", "o", [Feature.IAA], [], Volume(ads_per_day=1_000_000)), since))
    requests: Counter[object] = Counter()
    for day in read_all(feed, 100)[1]:
        requests[day.day] += day.requests if day.revision == 1 else 0
    assert requests[since.date()] < 0.75 * requests[since.date() + timedelta(days=1)]
    again = box.call("POST", "/control/games", json=game)
    assert again.json()["code"] == "history_exists"
    box.stop()


def test_cursors_are_checked(box: Box) -> None:
    for query in ("after=x", "after=-1", "limit=0", "limit=1001", "after=" + "9" * 30):
        assert box.call("GET", f"/earnings/orders?{query}").status_code == 422
