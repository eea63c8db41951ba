"""``kill -9`` loses nothing that was answered, and ends nothing that was begun."""

import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path
from typing import Any

from models.desks import Desk
from models.identity import new_id
from providers.assembly import http_providers
from providers.protocols import AdDay, OrderEvent, ProviderFailure, Providers, ReviewRequest
from tests.sandbox.box import Box, Receiver, eventually
from tests.sandbox.test_payments import left, order


def reports(world: Providers) -> tuple[list[OrderEvent], list[AdDay]]:
    return world.earnings.orders(None, 1000).events, world.earnings.ad_days(None, 1000).days


def test_everything_goes_on_after_a_kill(tmp_path: Path) -> None:
    receiver = Receiver()
    organization = new_id("org")
    box = Box(tmp_path, receiver.url, seconds_per_day=0.4).start()
    world = http_providers(box.settings())
    receiver.statuses[organization] = [503, 503, 503]
    game = {"game_id": "g1", "organization_id": organization, "features": ["iap", "iaa"]}
    box.control("POST", "/games", json=game)
    world.storefront.publish("g1", organization, [], True, ["JP"])
    early = ReviewRequest(
        reference="early",
        organization_id=organization,
        document_id="integration/g1/iap",
        kind=Desk.INTEGRATIONS,
    )
    late = early.model_copy(
        update={"reference": "late", "document_id": "contract/iaa", "kind": Desk.CONTRACTS}
    )
    assert world.desks[Desk.INTEGRATIONS].request(early) is None
    assert world.desks[Desk.CONTRACTS].request(late) is None
    payment = world.payments.send(order(organization))
    fault = box.fault("invoices", "refuse", times=1)
    eventually(lambda: receiver.of(organization))
    box.kill()

    decided_while_away = eventually(lambda: len(receiver.of(organization)))
    box.start()
    assert world.payments.send(order(organization)).provider_id == payment.provider_id
    news = eventually(lambda: _news(receiver, organization, 3))
    assert news.keys() == {"integration.pass", "contract.activate", "payment.paid"}
    eventually(lambda: len(receiver.of(organization)) > decided_while_away)
    assert len(left(box, organization)) == 1
    assert [item["id"] for item in box.control("GET", "/faults")] == [fault]
    box.stop()
    receiver.close()


def test_a_restart_does_not_change_history(tmp_path: Path) -> None:
    box = Box(tmp_path / "one", "http://127.0.0.1:9", seconds_per_day=0.5, seed=3).start()
    game = {
        "game_id": "g1",
        "organization_id": "org_1",
        "features": ["iaa", "iap"],
        "live_from": box.clock.now().replace(hour=0, minute=0).isoformat(),
    }
    box.control("POST", "/games", json=game)
    world = http_providers(box.settings())
    eventually(lambda: reports(world)[1])
    before = reports(world)
    box.kill()
    box.start()
    orders, ad_days = eventually(lambda: _longer(reports(world), before))
    assert orders[: len(before[0])] == before[0]
    assert ad_days[: len(before[1])] == before[1]
    assert len({event.event_id for event in orders}) == len(orders)
    box.stop()


def _longer(now: Any, before: Any) -> Any:
    return now if all(len(new) > len(old) for new, old in zip(now, before, strict=True)) else None


def _news(receiver: Receiver, organization: str, count: int) -> dict[str, Any]:
    """The news that came, by what they say."""
    found = {}
    for delivery in receiver.of(organization):
        if not delivery.path.endswith("/orders"):
            found[delivery.json.get("event", {}).get("action") or delivery.json["type"]] = delivery
    return found if len(found) == count else {}


def test_payments_under_repeated_kills_leave_once(tmp_path: Path) -> None:
    receiver = Receiver()
    box = Box(tmp_path, receiver.url, seconds_per_day=0.02).start()
    payments = http_providers(box.settings(timeout=5)).payments
    organizations = [new_id("org") for _ in range(12)]
    accepted: dict[str, str] = {}

    def pay(organization: str) -> None:
        """Send until it is known to have been accepted; asking first, as one should."""
        for attempt in range(1, 6):
            sent = order(organization, attempt)
            while sent.reference not in accepted:
                with suppress(ProviderFailure):
                    result = payments.ask(sent.reference) or payments.send(sent)
                    accepted[sent.reference] = result.provider_id

    with ThreadPoolExecutor(12) as pool:
        work = [pool.submit(pay, organization) for organization in organizations]
        for _ in range(3):
            time.sleep(0.15)
            box.kill()
            box.start()
        for each in work:
            each.result(120)
    transfers = box.control("GET", "/payments")["data"]
    assert {item["reference"]: item["provider_id"] for item in transfers} == accepted
    assert len(transfers) == len(accepted) == 60
    eventually(lambda: len({delivery.json["event_id"] for delivery in receiver.deliveries}) == 60)
    box.stop()
    receiver.close()
