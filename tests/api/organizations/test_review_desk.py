"""The staff's desk: search, claims, and how much waits for how long."""

from datetime import UTC, datetime, timedelta

import pytest

from models.documents import Payout, Reason, Verification
from models.money import Money
from models.states import PayoutState, VerificationState
from tests.api.support.server import Client, Server

NOW = datetime(2026, 3, 1, tzinfo=UTC)


@pytest.fixture(scope="module")
def home(server: Server) -> str:
    """An organization whose verification is suspended and whose payout was declined."""
    return server.settled_organization(
        Verification(id="verification", state=VerificationState.SUSPENDED, since=NOW, revision=3, country="NZ"),
        Payout(
            id="payout/inv_desk", state=PayoutState.DECLINED, since=NOW, revision=2, invoice_id="invoice/inv_desk",
            amount=Money(amount=12345),
        ),
    )  # fmt: skip


@pytest.fixture(scope="module")
def olga(server: Server, home: str) -> Client:
    return server.person("olga", name="Olga")


def found(olga: Client, **query: str) -> set[str]:
    return {row["id"] for row in olga.everything("/v1/operator/search", **query)}


@pytest.mark.parametrize(
    ("query", "is_found"),
    [
        ({"text": "xample GAM"}, True),
        ({"text": "inv_desk"}, True),
        ({"text": "invoice/inv_desk"}, True),
        ({"text": "verification"}, False),
        ({"text": "100%"}, False),
        ({"text": "_xample"}, False),
        ({"country": "NZ"}, True),
        ({"country": "DE"}, False),
        ({"machine": "payout", "state": "declined"}, True),
        ({"machine": "payout", "state": "paid"}, False),
        ({"waiting_for": "operator", "country": "NZ"}, True),
        ({"waiting_for": "finance", "country": "NZ"}, False),
        ({"before": "2001-01-01T00:00:00Z"}, False),
        ({"before": "9000-01-01T00:00:00Z"}, True),
    ],
)
def test_organizations_are_found(olga: Client, home: str, query: dict[str, str], is_found: bool) -> None:
    assert (home in found(olga, **query)) is is_found
    assert home in found(olga, text=home)


@pytest.mark.parametrize(
    "query",
    [{"text": "x" * 101}, {"machine": "no"}, {"country": "Germany"}, {"before": "2026-01-01T00:00:00"}],
)
def test_a_malformed_search_is_refused(olga: Client, query: dict[str, str]) -> None:
    assert olga.call("GET", "/v1/operator/search", params=query).status_code == 422


def test_the_dashboard_counts_what_waits_and_what_failed(olga: Client, home: str) -> None:
    view = olga.get("/v1/operator/dashboard")
    (declined,) = [one for one in view["states"] if (one["machine"], one["state"]) == ("payout", "declined")]
    assert declined["count"] >= 1 and declined["waits_for"] == "operator"
    assert view["failed_payouts"] >= 1 and view["waiting_for_staff"] >= 2


def test_a_case_is_taken_by_one_and_can_be_given_back_by_anybody(
    server: Server, olga: Client, home: str
) -> None:
    case = {"organization_id": home, "document_id": "payout/inv_desk"}
    femi = server.person("femi")
    assert olga.post("/v1/operator/claims", case)["name"] == "Olga"
    assert olga.post("/v1/operator/claims", case)["subject"] == "olga"
    refused = femi.try_post("/v1/operator/claims", case)
    assert (refused.status_code, refused.json()["code"]) == (409, "claimed")
    assert "Olga" in refused.json()["detail"]
    femi.post("/v1/operator/claims/unclaim", case)
    assert femi.post("/v1/operator/claims", case)["subject"] == "femi"


def test_only_those_who_decide_take_cases(server: Server, ada: Client, home: str) -> None:
    case = {"organization_id": home, "document_id": "verification"}
    for person, status in ((server.person("aud"), 403), (ada, 403), (server.person("eve"), 403)):
        assert person.try_post("/v1/operator/claims", case).status_code == status
    nothing = {"organization_id": home, "document_id": "payout/none"}
    assert server.person("olga").try_post("/v1/operator/claims", nothing).status_code == 404


def test_the_queue_begins_with_what_is_urgent_and_leaves_nothing_out(server: Server, olga: Client) -> None:
    older = NOW - timedelta(days=30)
    patient = server.settled_organization(
        Verification(
            id="verification", state=VerificationState.SUSPENDED, since=older, revision=3, country="NZ"
        )
    )
    late = server.settled_organization(
        Verification(
            id="verification",
            state=VerificationState.SUSPENDED,
            since=NOW,
            revision=3,
            country="NZ",
            late=True,
        )
    )
    stopped = server.settled_organization(
        Payout(
            id="payout/inv_urgent", state=PayoutState.DECLINED, since=NOW, revision=2, invoice_id="invoice/inv_urgent",
            amount=Money(amount=12345),
        )
    )  # fmt: skip
    place = "{organization_id}/{document_id}"
    whole = olga.everything("/v1/operator/queue", place)
    places = {item["organization_id"]: number for number, item in enumerate(whole)}
    assert max(places[late], places[stopped]) < places[patient]
    assert [item["urgent"] for item in whole] == sorted((item["urgent"] for item in whole), reverse=True)
    one_by_one = olga.everything("/v1/operator/queue", place, limit=1)
    assert [item["document_id"] for item in one_by_one] == [item["document_id"] for item in whole]


def test_the_queue_holds_what_is_late_outside_and_what_was_left_to_people_with_the_reasons(
    server: Server, olga: Client
) -> None:
    late, doubted = (
        server.settled_organization(
            Verification(
                id="verification",
                state=VerificationState.IN_REVIEW,
                since=NOW,
                revision=2,
                country="NZ",
                **more,
            )
        )
        for more in ({"late": True}, {"doubts": [Reason(code="unsure", detail="Another name.")]})
    )
    (item,) = olga.get("/v1/operator/queue", organization_id=late)["data"]
    assert (item["who"], item["urgent"], item["doubts"]) == ("provider", True, [])
    assert "verification.verify" in item["your_actions"]
    (item,) = olga.get("/v1/operator/queue", organization_id=doubted)["data"]
    assert (item["who"], item["doubts"][0]["detail"]) == ("operator", "Another name.")
    assert item["todo"] and not item["reasons"]


def test_the_queue_the_dashboard_and_the_page_count_the_same(server: Server, olga: Client, home: str) -> None:
    totals = olga.get("/v1/operator/queue", limit=1)["totals"]
    dashboard = olga.get("/v1/operator/dashboard")
    assert dashboard["queue"] == totals and dashboard["waiting_for_staff"] == totals["total"]
    assert totals["total"] == len(olga.everything("/v1/operator/queue", "{organization_id}/{document_id}"))
    assert totals["total"] == totals["operator"] + totals["finance"] + totals["late_outside"]
    assert totals["total"] == sum(kind["count"] for kind in totals["kinds"])


def test_own_cases_and_those_that_nobody_has_are_found(server: Server, olga: Client, home: str) -> None:
    case = {"organization_id": home, "document_id": "verification"}
    femi = server.person("femi")

    def theirs(person: Client, assignee: str) -> list[str]:
        found = person.get("/v1/operator/queue", organization_id=home, assignee=assignee)["data"]
        return [item["document_id"] for item in found]

    assert "verification" in theirs(olga, "nobody")
    olga.post("/v1/operator/claims", case)
    assert theirs(olga, "me") == ["verification"] and "verification" not in theirs(femi, "me")
    assert "verification" not in theirs(femi, "nobody")
    olga.post("/v1/operator/claims/unclaim", case)
