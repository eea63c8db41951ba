"""Forms of the console that bring files: several at once, within a limit, told as a page."""

import re
from collections.abc import Iterator
from datetime import UTC, datetime

import pytest

from api.console.forms import amount_of
from api.http.problems import Problem
from models.documents import Contract, Feature
from models.states import ContractState
from tests.api.security.test_sign_in import Browser
from tests.api.support.server import Server

MEGABYTE = 1024 * 1024


@pytest.fixture
def browser(server: Server) -> Iterator[Browser]:
    found = Browser(server)
    found.sign_in("ada")
    yield found
    found.http.close()


def test_a_form_may_bring_several_large_files_and_each_is_judged(browser: Browser, organization: str) -> None:
    files = {name: ("paper.pdf", b"x" * (6 * MEGABYTE)) for name in ("certificate_file_id", "file_ids[]")}
    answer = browser.go(
        "POST", f"/organizations/{organization}/verification", data={"_key": "files"}, files=files
    )
    assert answer.status_code == 422
    assert answer.text.count("Only PDF, PNG and JPEG files are taken.") >= 2


def test_a_form_that_is_too_large_is_refused_as_a_page(browser: Browser, organization: str) -> None:
    content = b"x" * (45 * MEGABYTE)
    path = f"/organizations/{organization}/verification"
    answer = browser.go("POST", path, files={"certificate_file_id": ("paper.pdf", content)})
    assert answer.status_code == 413
    assert answer.headers["content-type"].startswith("text/html") and "Too large" in answer.text


@pytest.mark.parametrize(
    ("text", "cents"),
    [("1204.5", 120_450), ("1,204.50", 120_450), (" 7 ", 700), ("9999999999999.99", 999_999_999_999_999)],
)
def test_an_amount_is_read_as_people_write_it(text: str, cents: int) -> None:
    assert amount_of(text, "/amount") == cents


@pytest.mark.parametrize(
    "text", ["1.204,50", "-1", "1e3", "1.005", ",1", "9" * 14, "9" * 5000, "9,999" + ",999" * 9, "١٢,3"]
)
def test_what_is_no_amount_is_marked(text: str) -> None:
    with pytest.raises(Problem) as wrong:
        amount_of(text, "/amount")
    assert [mark.pointer for mark in wrong.value.errors] == ["/amount"]


@pytest.mark.parametrize("version", ["9" * 5000, "9" * 10, "2147483648", "-1", "x", "", "1.5"])
def test_a_version_that_cannot_be_breaks_nothing(browser: Browser, server: Server, version: str) -> None:
    home = server.settled_organization(
        Contract(
            id="contract/iaa",
            state=ContractState.ACTIVE,
            since=datetime.now(UTC),
            revision=1,
            feature=Feature.IAA,
        )
    )
    browser.sign_in("olga")
    fields = {"_key": "version", "action": "contract.offer_version", "facts.offered_version": version}
    answer = browser.go("POST", f"/operators/cases/{home}/contract/iaa", data=fields)
    assert answer.status_code in (422, 503)  # Temporal is away; it would say which versions can be


def test_what_a_reviewer_has_ticked_is_kept_for_them_alone(browser: Browser, organization: str) -> None:
    case = f"/operators/cases/{organization}/contract/iaa"
    ticks = re.compile(r'name="ticked\[\]" value="(\d+)" checked')
    browser.sign_in("olga")
    assert ticks.findall(browser.go("GET", case).text) == []
    kept = browser.go("POST", case, data={"_key": "look", "action": "look", "ticked[]": ["1"]})
    assert kept.status_code == 303
    assert ticks.findall(browser.go("GET", case).text) == ["1"]
    quietly = {"_key": "look", "action": "look", "_quietly": "true"}
    assert browser.go("POST", case, data=quietly).status_code == 204
    assert ticks.findall(browser.go("GET", case).text) == []
    browser.go("POST", case, data={"_key": "look", "action": "look", "ticked[]": ["2"]})
    browser.sign_in("femi")
    assert ticks.findall(browser.go("GET", case).text) == []


@pytest.mark.parametrize("key", [{}, {"_key": " "}, {"_key": "k" * 141}], ids=["none", "empty", "too long"])
def test_a_form_without_its_key_is_shown_again_and_nothing_is_done(
    browser: Browser, server: Server, key: dict[str, str]
) -> None:
    name = f"Keyless {len(key)} {len(key.get('_key', ''))}"
    answer = browser.go("POST", "/organizations", data={"name": name, **key})
    assert answer.status_code == 400 and answer.headers["content-type"].startswith("text/html")
    assert "Nothing was done" in answer.text and "send it again" in answer.text
    assert f'value="{name}"' in answer.text, "what was typed is lost"
    assert name not in browser.go("GET", "/organizations").text
    # The page brings a key of its own: what it says works.
    fresh = re.search(r'name="_key" value="([^"]+)"', answer.text)
    assert fresh is not None
    again = browser.go("POST", "/organizations", data={"name": name, "_key": fresh[1]})
    assert again.status_code in (303, 503)  # Temporal is away here; the form is in order


def test_no_form_of_an_organization_is_carried_out_without_its_key(
    browser: Browser, organization: str, server: Server
) -> None:
    base = f"/organizations/{organization}"
    for path, fields in (
        ("/api-keys", {"name": "Nightly", "scopes[]": "read"}),
        ("/webhooks", {"url": "https://studio.example/hook"}),
        ("/payout-account/change/withdraw", {}),
    ):
        answer = browser.go("POST", base + path, data={"_page": base, **fields})
        assert (answer.status_code, "Nothing was done" in answer.text) == (400, True), path
