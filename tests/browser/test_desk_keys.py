"""A day at the desk: reviews are decided by keyboard, one page for each, and taken back where no money moves."""

import os
import re
from collections.abc import Iterator
from typing import Any

import pytest
from playwright.sync_api import APIRequestContext, Page, expect

from models.states import VerificationState
from tests.api.support.forms import VERIFICATION, pdf
from tests.browser.studio import Console, Person, Studio
from tests.cli.runner import eventually

CASES = int(os.environ.get("DESK_CASES", "20"))
"""How many reviews are walked through; ``make desk-day`` walks 200, a day's work."""

OF_ONE = 50
"""So many of them one person founds: nobody may found more than a hundred organizations."""

MOST_KEYS = 6
QUEUE = "/operators?machine=verification"
VERIFIED, REFUSED = "The business is verified.", "The business could not be verified"


def ask(request: APIRequestContext, console: Console, path: str, **body: Any) -> Any:
    """Post to the API with the session of the browser."""
    headers = {"Origin": console.url, "Idempotency-Key": os.urandom(8).hex()}
    answer = request.post(f"/v1{path}", headers=headers, **body)
    assert answer.ok, answer.text()
    return answer.json()


def submit_verification(person: Person, name: str) -> str:
    """An organization whose business waits to be verified by people; its id."""
    console, request = person.console, person.page.request
    organization: str = ask(request, console, "/organizations", data={"name": name})["id"]
    console.fails("verification", "answer_late", Studio(f"/organizations/{organization}"), days=400)
    base = f"/organizations/{organization}"
    paper = {"name": "paper.pdf", "mimeType": "application/pdf", "buffer": pdf()}
    file = ask(request, console, f"{base}/documents", multipart={"file": paper})["id"]
    representative = {**VERIFICATION["primary_representative"], "proof_of_representation_file_id": file}
    form = {**VERIFICATION, "certificate_file_id": file, "primary_representative": representative}
    ask(request, console, f"{base}/verification", data=form)
    return organization


@pytest.fixture
def olga(console: Console) -> Iterator[Person]:
    with console.person("olga") as found:
        yield found


@pytest.fixture(scope="module")
def dan(console: Console) -> Iterator[Person]:
    """Who has many organizations."""
    with console.person("dan") as found:
        yield found


class Keyboard:
    """Counts the keys that are pressed and the pages of cases that are loaded."""

    def __init__(self, page: Page) -> None:
        self.page, self.keys, self.loads = page, 0, 0
        page.on("load", lambda _: self.loaded())

    def loaded(self) -> None:
        self.loads += bool(case_of(self.page))

    def press(self, *keys: str) -> None:
        for key in keys:
            self.page.keyboard.press(key)
            self.keys += 1


def case_of(page: Page) -> str:
    """The case that is looked at: organization id / document id; empty anywhere else."""
    found = re.search(r"/operators/cases/([^?]+)", page.url)
    return found[1] if found else ""


def state_of(person: Person, organization: str) -> str:
    return str(person.page.request.get(f"/v1/organizations/{organization}/verification").json()["state"])


def reaches(person: Person, organization: str, state: VerificationState) -> None:
    """The decision is recorded."""
    eventually(lambda: state_of(person, organization) == state, 60)


def open_first(board: Keyboard, done: set[str]) -> None:
    """From the queue into the first case that was not seen yet; those that became late meanwhile come first there."""
    links: list[str] = board.page.locator("a[data-case]").evaluate_all(
        "all => all.map((one) => one.getAttribute('href'))"
    )
    at = next((place for place, link in enumerate(links) if link.split("/")[3] not in done), None)
    if at is None:
        board.page.reload()
        return
    board.press(*["j"] * (at + 1))
    expect(board.page.locator("a[data-case]").nth(at)).to_be_focused()
    with board.page.expect_navigation():
        board.press("Enter")


def test_reviews_are_decided_by_keyboard_with_one_page_for_each(console: Console, olga: Person) -> None:
    waiting = set[str]()
    for first in range(0, CASES, OF_ONE):
        with console.person(f"dan-{first}") as founder:
            numbers = range(first, min(first + OF_ONE, CASES))
            waiting |= {submit_verification(founder, f"Example Walk {number}") for number in numbers}
    done, refused = set[str](), set[str]()
    page = olga.page
    page.goto(QUEUE)
    board, cases = Keyboard(page), 0
    while waiting - done:
        case = case_of(page)
        if not case:
            open_first(board, done)
            continue
        cases += 1
        organization = case.split("/")[0]
        expect(page.get_by_role("link", name="Next case")).to_be_visible()
        if organization not in waiting - done:
            keys = ["n"]
        elif cases % 5 == 0:
            refused.add(organization)
            keys = ["r", "ArrowDown", "Enter"]
        else:
            keys = ["a"]
        done.add(organization)
        board.press(*keys[:-1])
        with page.expect_navigation():
            board.press(keys[-1])
    print(f"{cases} cases: {board.keys / cases:.2f} keys and {board.loads / cases:.2f} pages for each")
    assert board.keys <= MOST_KEYS * cases
    assert board.loads <= cases + 1, "more than one page for a case"
    page.goto("/operators/dashboard")  # whoever leaves the desk takes what was decided
    for organization in waiting:
        wanted = VerificationState.COULD_NOT_VERIFY if organization in refused else VerificationState.VERIFIED
        reaches(olga, organization, wanted)


def test_a_decision_is_taken_back_within_its_seconds(console: Console, olga: Person, dan: Person) -> None:
    organization = submit_verification(dan, "Example Undone")
    case = f"/operators/cases/{organization}/verification"
    olga.page.goto(case)
    olga.press("Verify business")
    olga.page.wait_for_url(lambda url: organization not in url)
    olga.sees("Decided: Verify business (Business verification · Example Undone)")
    with olga.page.expect_navigation():
        olga.page.keyboard.press("u")
    assert case_of(olga.page) == f"{organization}/verification"
    olga.sees("The business is being verified.")
    assert state_of(dan, organization) == VerificationState.IN_REVIEW
    expect(olga.page.get_by_role("button", name="Undo")).to_have_count(0)


def test_a_decision_is_taken_when_its_seconds_are_over(console: Console, olga: Person, dan: Person) -> None:
    organization = submit_verification(dan, "Example Awaited")
    olga.page.goto(f"/operators/cases/{organization}/verification")
    olga.press("Verify business")
    expect(olga.page.get_by_role("button", name="Undo")).to_have_count(1)
    reaches(dan, organization, VerificationState.VERIFIED)
    expect(olga.page.get_by_role("button", name="Undo")).to_have_count(0)


def test_a_decision_is_taken_when_its_tab_is_closed(console: Console, dan: Person) -> None:
    organization = submit_verification(dan, "Example Closed")
    with console.person("olga") as olga:
        olga.page.goto(f"/operators/cases/{organization}/verification")
        olga.press("Verify business")
        expect(olga.page.get_by_role("button", name="Undo")).to_have_count(1)
        olga.page.close(run_before_unload=True)
        reaches(dan, organization, VerificationState.VERIFIED)


def test_a_decision_that_comes_too_late_is_said_to_be_refused(
    console: Console, olga: Person, dan: Person
) -> None:
    organization = submit_verification(dan, "Example Late")
    case = f"/operators/cases/{organization}/verification"
    olga.page.goto(case)
    form = olga.page.locator("form[data-verdict=approves]")
    form.get_by_role("button").click()
    expect(olga.page.get_by_role("button", name="Undo")).to_have_count(1)
    with console.person("olga", java_script_enabled=False) as other:
        other.page.goto(case)
        card = other.page.locator("form.card").filter(
            has=other.page.get_by_role("heading", name="Decline verification", exact=True)
        )
        card.get_by_label("Reason").select_option("number_mismatch")
        card.get_by_role("button").click()
        other.sees("Decided: Decline verification")
    olga.sees("Not decided, because it was refused or has changed: Verify business")
    assert state_of(dan, organization) == VerificationState.COULD_NOT_VERIFY


def test_the_paper_stands_beside_the_fields_and_the_last_submission_beside_this_one(
    console: Console, olga: Person, dan: Person
) -> None:
    organization = submit_verification(dan, "Example Beside")
    olga.page.goto(f"/operators/cases/{organization}/verification")
    frame = olga.page.locator("iframe[title='paper.pdf']")
    expect(frame).to_be_visible()
    shown = olga.page.request.get(frame.get_attribute("src") or "")
    assert shown.headers["content-disposition"] == "inline"
    assert "frame-ancestors 'self'" in shown.headers["content-security-policy"]
    assert shown.body().startswith(b"%PDF")
    assert dan.page.request.get(frame.get_attribute("src") or "").status == 403


def test_many_cases_are_decided_at_once(console: Console, olga: Person, dan: Person) -> None:
    chosen = [submit_verification(dan, f"Example Many {number}") for number in range(3)]
    page = olga.page
    page.goto(QUEUE)
    for organization in chosen:
        page.locator(f"input[value='{organization}/verification']").check()
    olga.press("Decide the chosen ones together")
    olga.sees("3 cases")
    expect(page.get_by_role("heading", name="Reject verification")).to_have_count(0)
    olga.press("Verify business (3)")
    olga.sees("Decided: Verify business (3 cases)")
    page.goto("/operators/dashboard")
    for organization in chosen:
        reaches(dan, organization, VerificationState.VERIFIED)


def test_without_script_many_are_decided_and_what_has_changed_is_left(console: Console, dan: Person) -> None:
    first, second = (submit_verification(dan, f"Example Few {number}") for number in range(2))
    with console.person("olga", java_script_enabled=False) as olga:
        olga.page.goto(f"/operators/together?case={first}/verification&case={second}/verification")
        with console.person("olga", java_script_enabled=False) as other:
            other.page.goto(f"/operators/cases/{first}/verification")
            other.press("Verify business")
            other.sees("Decided: Verify business")
        card = olga.page.locator("form.card").filter(
            has=olga.page.get_by_role("heading", name="Decline verification", exact=True)
        )
        card.get_by_label("Reason").select_option("number_mismatch")
        olga.press("Decline verification (2)")
        olga.sees("Some of the cases could not be decided")
    reaches(dan, second, VerificationState.COULD_NOT_VERIFY)
    assert state_of(dan, first) == VerificationState.VERIFIED
