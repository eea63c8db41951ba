"""Forms of the console that bring files: several at once, within a limit, told as a page."""

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
    answer = browser.go("POST", f"/organizations/{organization}/verification", files=files)
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
    fields = {"action": "contract.offer_version", "facts.offered_version": version}
    answer = browser.go("POST", f"/operators/cases/{home}/contract/iaa", data=fields)
    assert answer.status_code in (422, 503)  # Temporal is away; it would say which versions can be
