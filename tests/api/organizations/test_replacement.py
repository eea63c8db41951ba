"""The statement that would replace an appealed one is shown before it is issued, and no other is agreed to."""

import re
from datetime import UTC, date, datetime
from typing import Any

import pytest

from api.security.identity import SESSION_COOKIE
from models.documents import Statement
from models.money import Money
from models.states import StatementState
from storage.people import sessions
from tests.api.support.server import Client, Server, problem, put
from tests.storage.studio import JANUARY, NOON, Studio

PREVIEW, DECISIONS = "/v1/operator/replacements/preview", "/v1/operator/decisions"
FIFTY = {"amount": 50, "currency": "USD"}


@pytest.fixture
def studio(server: Server) -> Studio:
    """An organization that earned $7.00 in January."""
    studio = Studio(server.database, "Example Appealed").live("racer")
    studio.earn(studio.order(1000, date(2026, 1, 5)))
    return studio


@pytest.fixture
def document_id(server: Server, studio: Studio) -> str:
    """Its statement, which was appealed."""
    [issued] = studio.settle(JANUARY)
    statement = Statement(
        id=f"statement/{issued.statement_id}",
        state=StatementState.APPEAL_REVIEW,
        since=NOON,
        revision=2,
        stream=JANUARY.stream,
        period_start=JANUARY.start,
        period_end=JANUARY.end,
        net=issued.net,
        appealed=True,
    )
    with server.database.transaction() as session:
        put(session, studio.id, statement)
    return statement.id


@pytest.fixture
def olga(server: Server, studio: Studio) -> Client:
    return server.person("olga")


def test_both_statements_stand_side_by_side_and_nothing_is_issued(
    olga: Client, studio: Studio, document_id: str
) -> None:
    studio.earn(studio.order(300, date(2026, 1, 31)))
    body = {"organization_id": studio.id, "document_id": document_id, "adjustment": FIFTY}
    seen = olga.post(PREVIEW, body)
    assert [seen[side]["net"]["amount"] for side in ("old", "new", "difference")] == [700, 960, 260]
    lines = [(one["new"]["kind"], one["old"] and one["old"]["net"]["amount"]) for one in seen["lines"]]
    assert lines == [("earning", 700), ("appeal", None)]
    assert [one["difference"]["amount"] for one in seen["lines"]] == [210, 50]
    assert not seen["nothing_left"]
    assert olga.post(PREVIEW, body)["digest"] == seen["digest"]
    assert studio.count(f"statements WHERE organization_id = '{studio.id}'") == 1


def test_nothing_is_agreed_to_but_what_was_seen(olga: Client, studio: Studio, document_id: str) -> None:
    """Where it is what was seen, the decision goes on to the workflow, which these tests have not."""
    where = {"organization_id": studio.id, "document_id": document_id}
    digest = olga.post(PREVIEW, where)["digest"]
    decision: dict[str, Any] = {**where, "action": "statement.replace", "reasons": [{"code": "data_error"}]}
    taken = olga.try_post(DECISIONS, decision | {"preview": digest}, "seen")
    problem(taken, 503, "temporal_unavailable")
    other = decision | {"preview": digest, "facts": {"adjustment": FIFTY}}
    problem(olga.try_post(DECISIONS, other, "other"), 409, "preview_outdated")
    studio.earn(studio.order(300, date(2026, 1, 31)))
    problem(olga.try_post(DECISIONS, decision | {"preview": digest}, "late"), 409, "preview_outdated")


def test_it_is_shown_only_where_it_could_be_issued(
    server: Server, olga: Client, studio: Studio, document_id: str
) -> None:
    where = {"organization_id": studio.id, "document_id": document_id}
    for person in ("femi", "aud"):
        problem(server.person(person).try_post(PREVIEW, where), 403)
    euros = where | {"adjustment": {"amount": 1, "currency": "EUR"}}
    problem(olga.try_post(PREVIEW, euros), 409, "adjustment_in_another_currency")
    problem(olga.try_post(PREVIEW, where | {"document_id": "statement/st_none"}), 404)
    with server.database.transaction() as session:
        statement = Statement(
            id=document_id, state=StatementState.CONFIRMED, since=NOON, revision=3, stream=JANUARY.stream,
            period_start=JANUARY.start, period_end=JANUARY.end, net=Money(amount=700),
        )  # fmt: skip
        put(session, studio.id, statement)
    problem(olga.try_post(PREVIEW, where), 409, "wrong_state")


def test_the_console_shows_it_first_and_again_once_it_would_be_another(
    server: Server, olga: Client, studio: Studio, document_id: str
) -> None:
    with server.database.transaction() as session:
        secret = sessions.begin(session, "olga", "Olga", None, datetime.now(UTC))
    path, headers = f"/operators/cases/{studio.id}/{document_id}", {"Cookie": f"{SESSION_COOKIE}={secret}"}

    def post(fields: dict[str, str]) -> str:
        sent = {"Origin": server.url, **headers}
        return server.call("POST", path, data=fields, headers=sent).text

    page = server.call("GET", path, headers=headers).text
    assert "See the new statement" in page and "Issue the new statement" not in page
    asked = {
        "action": "statement.replace",
        "code": "data_error",
        "facts.adjustment": "0.50",
        "_key": "k" * 20,
    }
    page = post(asked)
    assert "Nothing is issued yet." in page and "$7.50 instead of $7.00." in page
    seen = hidden(page)
    assert {name: seen[name] for name in ("code", "facts.adjustment")} == {
        "code": "data_error",
        "facts.adjustment": "0.50",
    }
    studio.earn(studio.order(300, date(2026, 1, 31)))
    page = post(seen | {"action": "statement.replace", "_sure": "yes"})
    assert "look at it again" in page and "$9.60 instead of $7.00." in page
    assert hidden(page)["_preview"] != seen["_preview"]


def hidden(page: str) -> dict[str, str]:
    """The fields of a page that nobody sees."""
    return dict(re.findall(r'<input type="hidden" name="([^"]+)" value="([^"]*)">', page))
