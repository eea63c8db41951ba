"""Decisions of several people, or of one who clicks twice, at the same moment."""

import re
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import httpx2
import pytest

from models.identity import new_id
from storage.people.roles import add_staff
from tests.api.security.test_sign_in import Browser
from tests.api.support.forms import BANK
from tests.api.support.live import Live, Organization
from tests.api.support.server import problem

pytestmark = pytest.mark.temporal

ACCOUNT = "payout_account"
APPROVE = "payout_account.approve_change"
DECLINE = "payout_account.decline_change"


@pytest.fixture(scope="module")
def staffed(live: Live) -> Live:
    """With a second operator."""
    with live.server.database.transaction() as session:
        add_staff(session, "otto", "operator", "Otto")
    return live


@pytest.fixture
def sign_in(live: Live) -> Iterator[Callable[[str], Browser]]:
    """Browsers of people who are signed in."""
    opened: list[Browser] = []

    def opens(subject: str) -> Browser:
        browser = Browser(live.server)
        browser.sign_in(subject)
        opened.append(browser)
        return browser

    yield opens
    for browser in opened:
        browser.http.close()


def changing(live: Live) -> Organization:
    """An organization that has asked for a change of its payout account."""
    made = live.organization().payable()
    made.post("/payout-account/change", {"bank": BANK | {"account_number": "000999888777"}}, key=new_id("k"))
    return made


def seen(made: Organization) -> dict[str, str]:
    return {"approved_digest": str(made.get("/payout-account")["proposed"]["digest"])}


def decided(made: Organization, person: str, action: str, match: str | None = None, **facts: Any) -> Any:
    why = "phished" if action == DECLINE else ""
    body = made.decision(action, ACCOUNT, why, **facts)
    return made.live.server.person(person).try_post("/v1/operator/decisions", body, new_id("k"), match)


def test_operators_who_approve_at_once_are_one_approval_and_the_others_are_told_so(staffed: Live) -> None:
    made = changing(staffed)
    facts, people = seen(made), ["olga", "otto", "olga", "otto"]
    with ThreadPoolExecutor(4) as many:
        answers = list(many.map(lambda who: decided(made, who, APPROVE, **facts), people))
    assert sorted(answer.status_code for answer in answers) == [200, 409, 409, 409], [a.text for a in answers]
    for answer in answers:
        if answer.status_code != 200:
            problem(answer, 409, "wrong_state")
    late = problem(decided(made, "otto", APPROVE, **facts), 409, "wrong_state")
    assert {"action": DECLINE, "document_id": ACCOUNT} in late["allowed_actions"]
    problem(decided(made, "olga", APPROVE), 409)


def test_whoever_approved_first_is_told_so_in_words_that_fit(staffed: Live) -> None:
    made = changing(staffed)
    facts = seen(made)
    assert decided(made, "both", APPROVE, **facts).status_code == 200
    said = problem(decided(made, "both", APPROVE, **facts), 409, "four_eyes")
    assert "has approved it once" in said["detail"]


def test_staff_who_say_what_they_have_read_decide_on_nothing_newer(staffed: Live) -> None:
    made = changing(staffed)

    def read() -> str:
        queue = staffed.server.person("olga").get("/v1/operator/queue", organization_id=made.id)["data"]
        return str(next(item["etag"] for item in queue if item["document_id"] == ACCOUNT))

    old = read()
    made.post("/payout-account/change/withdraw", key=new_id("k"))
    made.post("/payout-account/change", {"bank": BANK | {"account_number": "000999888666"}}, key=new_id("k"))
    assert made.get("/payout-account")["state"] == "change_in_review", "as before, but it is another change"
    problem(decided(made, "olga", DECLINE, match=old), 412, "stale_if_match")
    assert made.get("/payout-account")["state"] == "change_in_review"
    assert decided(made, "olga", DECLINE, match=read()).json()["state"] == "active"


def button(page: str, action: str) -> dict[str, str]:
    """What a form of a case posts when its button is pressed."""
    form = next(part for part in page.split("<form") if f'value="{action}"' in part)
    fields = dict(re.findall(r'<input type="hidden" name="([^"]+)" value="([^"]*)"', form))
    return {**{name: value.replace("&#34;", '"') for name, value in fields.items()}, "action": action}


def pressed(browser: Browser, path: str, fields: dict[str, str], times: int = 4) -> list[httpx2.Response]:
    """The same form, sent several times at once."""
    with ThreadPoolExecutor(times) as many:
        return list(many.map(lambda _: browser.go("POST", path, data=fields), range(times)))


def test_a_form_of_staff_that_is_sent_several_times_at_once_is_done_once_and_shows_no_error(
    staffed: Live, sign_in: Callable[[str], Browser]
) -> None:
    made, olga = changing(staffed), sign_in("olga")
    path = f"/operators/cases/{made.id}/{ACCOUNT}"
    fields = button(olga.go("GET", path).text, APPROVE)
    assert fields["_etag"] and fields["facts.approved_digest"] == seen(made)["approved_digest"]
    answers = pressed(olga, path, fields)
    assert {answer.status_code for answer in answers} == {303}, [answer.text[-500:] for answer in answers]
    assert len({answer.headers["Location"] for answer in answers}) == 1
    assert made.get("/payout-account")["state"] == "change_awaiting_approval"
    events = [e["action"] for e in made.get("/timeline", document_id=ACCOUNT)["data"]]
    assert events.count(APPROVE) == 1
    late = pressed(olga, path, fields, 1)[0]
    assert late.status_code == 303, "also when it is sent once more later"


def test_a_form_of_staff_decides_on_nothing_newer_than_its_page_showed(
    staffed: Live, sign_in: Callable[[str], Browser]
) -> None:
    made, otto = changing(staffed), sign_in("otto")
    path = f"/operators/cases/{made.id}/{ACCOUNT}"
    fields = button(otto.go("GET", path).text, DECLINE) | {"code": "other", "detail": "phished"}
    made.post("/payout-account/change/withdraw", key=new_id("k"))
    made.post("/payout-account/change", {"bank": BANK | {"account_number": "000999888666"}}, key=new_id("k"))
    [answer] = pressed(otto, path, fields, 1)
    assert answer.status_code == 412 and "It has changed" in answer.text
    assert made.get("/payout-account")["state"] == "change_in_review"


def test_a_form_of_an_admin_that_is_sent_several_times_at_once_is_done_once_and_shows_no_error(
    live: Live, sign_in: Callable[[str], Browser]
) -> None:
    made, ada = live.organization().payable(), sign_in("ada")
    statement_id = made.statement()
    path = f"/organizations/{made.id}/revenue/statements/{statement_id}"
    page = ada.go("GET", path).text
    form = next(part for part in page.split("<form") if f"{statement_id}/confirm" in part)
    fields = dict(re.findall(r'<input type="hidden" name="([^"]+)" value="([^"]*)"', form))
    fields = {name: value.replace("&#34;", '"') for name, value in fields.items()}
    answers = pressed(ada, f"{path}/confirm", fields)
    assert {answer.status_code for answer in answers} == {303}, [answer.text[-800:] for answer in answers]
    assert made.get(f"/statements/{statement_id}")["state"] == "confirmed"
    [again] = pressed(ada, f"{path}/confirm", fields, 1)
    assert again.status_code == 303, "also when it is sent once more, though the statement has moved on"


def test_an_organization_whose_form_is_sent_several_times_at_once_is_begun_once(
    live: Live, sign_in: Callable[[str], Browser]
) -> None:
    hana = sign_in("hana")
    key = re.search(r'name="_key" value="([^"]+)"', hana.go("GET", "/organizations").text)
    assert key is not None
    answers = pressed(hana, "/organizations", {"_key": key[1], "name": "Hana Games"})
    assert {answer.status_code for answer in answers} == {303}, [answer.text[-800:] for answer in answers]
    assert len({answer.headers["Location"] for answer in answers}) == 1
