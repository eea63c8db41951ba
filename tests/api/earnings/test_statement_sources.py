"""The sources of a statement line: from the API's answer alone, anyone can recompute its sum and its digest."""

import hashlib
from datetime import date
from typing import Any

from models.documents import Statement
from models.states import StatementState
from tests.api.support.server import Client, Server, problem
from tests.storage.studio import JANUARY, NOON, Studio

IDS = ("plain", "a:1", "two\nlines", "ünïcode", "quote'&?#", "Zebra", "zebra", "1", "10", "2")


def test_a_line_is_recomputed_from_what_the_api_says(server: Server) -> None:
    studio = Studio(server.database).live("racer")
    orders = [
        studio.order(100 + n, date(2026, 1, 5), event_id=f"{name}{studio.id}") for n, name in enumerate(IDS)
    ]
    studio.earn(*orders, studio.refund(orders[0], 30, date(2026, 1, 9)))
    [issued] = studio.settle(JANUARY)
    document = Statement(
        id=f"statement/{issued.statement_id}",
        state=StatementState.PENDING_CONFIRMATION,
        since=NOON,
        stream=issued.stream,
        period_start=issued.period_start,
        period_end=issued.period_end,
        net=issued.net,
    )
    studio.put(document, "statement.issue")
    path = f"/v1/organizations/{studio.id}/statements/{issued.statement_id}"
    admin = server.person(studio.admin.id)
    shown = admin.get(path)
    assert shown["final"] is False
    [line] = shown["lines"]
    assert (line["position"], line["source_count"], line["advance"]) == (1, 11, False)
    sources = every_source(admin, f"{path}/lines/1/sources")
    assert len({source["id"] for source in sources}) == 11
    assert sum(s["micros"] for s in sources if s["kind"] == "order") == line["gross_micros"] == 10_450_000
    assert -sum(s["micros"] for s in sources if s["kind"] == "refund") == line["refunds_micros"] == 300_000
    digest = hashlib.sha256()
    for source in sources:  # they come in the right order
        digest.update(f"{len(source['id'].encode())}:{source['id']}:{source['micros']}\n".encode())
    assert digest.hexdigest() == line["sources_digest"]
    assert "user" not in str(sources)
    problem(server.person(studio.member.id).call("GET", f"{path}/lines/1/sources"), 403)
    stranger = Studio(server.database)
    own = f"/v1/organizations/{stranger.id}/statements/{issued.statement_id}/lines/1/sources"
    problem(server.person(stranger.admin.id).call("GET", f"{path}/lines/1/sources"), 404)
    problem(server.person(stranger.admin.id).call("GET", own), 404)
    problem(admin.call("GET", f"{path}/lines/2/sources"), 404)
    problem(admin.call("GET", f"{path}/lines/0/sources"), 404)
    problem(admin.call("GET", f"{path}/lines/1/sources?limit=1001"), 422)
    problem(admin.call("GET", f"{path}/lines/1/sources?starting_after=%00"), 422)


def every_source(reader: Client, path: str) -> list[Any]:
    found: list[Any] = []
    while True:
        after = {"starting_after": found[-1]["id"]} if found else {}
        page = reader.get(path, limit=3, **after)
        found += page["data"]
        if not page["has_more"]:
            return found
