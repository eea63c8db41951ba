"""Nothing of the machine reaches people: no id where a name exists, no code, no role, no repr, on any page."""

import re
from collections.abc import Iterator
from html.parser import HTMLParser

import httpx2
import pytest
from sqlmodel import Session, col, select

from api.security.identity import SESSION_COOKIE
from lifecycle.machines import MACHINES
from models.commands import Role
from models.tables import DocumentRow, TransitionRow, real_now
from tests.browser.filled import HALFWAY, PAGES, PAID, STAFF, Filled
from tests.words.machine_words import machine_words_in

QUIET = ("script", "style", "code", "template")
FOR_PROGRAMMERS = {"webhooks", "api-keys"}
"""Pages on which codes are what the reader came for; ids and reprs are none there either."""


class Seen(HTMLParser):
    """The text of a page that people see or hear; what stands under “Technical details” is for support."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.texts: list[str] = []
        self.hidden, self.details = 0, [False]
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.hidden += tag in QUIET
        if tag == "details":
            self.details.append(False)
        for name, value in attrs:
            if name in ("aria-label", "alt", "placeholder", "title", "data-label") and value:
                self.handle_data(value)

    def handle_endtag(self, tag: str) -> None:
        self.hidden -= tag in QUIET
        if tag == "details":
            self.details.pop()

    def handle_data(self, data: str) -> None:
        text = " ".join(data.split())
        if text == "Technical details":
            self.details[-1] = True
        if text and not self.hidden and not any(self.details):
            self.texts.append(text)


def machine_words(page: str, *ignored: str) -> list[str]:
    """What of the machine a page shows, with what it is."""
    return machine_words_in("\n".join(Seen(page).texts), *ignored)


@pytest.fixture(scope="module")
def reader(shelf: Filled) -> Iterator[httpx2.Client]:
    with httpx2.Client(base_url=shelf.url, timeout=60) as client:
        yield client


def read(client: httpx2.Client, shelf: Filled, path: str, who: str = "admin") -> str:
    answer = client.get(
        path, headers={"Accept": "text/html", "Cookie": f"{SESSION_COOKIE}={shelf.secrets[who]}"}
    )
    assert answer.status_code in (200, 404), answer.text
    return answer.text


def test_what_it_looks_for_is_found() -> None:
    page = """<p>Blocked by broken_account</p><td>operator</td><b>st_00000x1</b> statement.confirm
        <i>26 days, 8:28:53.829120</i><details><summary>Technical details</summary>in_review</details>
        <details><summary>More</summary><i title="proof_file_ids">None</i></details>"""
    found = machine_words(page)
    assert {line.partition(" (")[0] for line in found} == {
        "a code: broken_account", "a code: st_00000x1", "a code: proof_file_ids", "an id: st_00000x1",
        "an action: statement.confirm", "a repr: None", "a duration of a machine: 26 days, 8:28", "a role: operator",
        "a duration of a machine: 8:28:53.829120",
    } - {"a duration of a machine: 8:28:53.829120"}  # fmt: skip


@pytest.mark.parametrize("name", PAGES)
def test_a_page_shows_nothing_of_the_machine(name: str, shelf: Filled, reader: httpx2.Client) -> None:
    page = read(reader, shelf, PAGES[name])
    assert not machine_words(page, *(("a code", "an action") if name in FOR_PROGRAMMERS else ()))


@pytest.mark.parametrize("name", STAFF)
def test_a_page_of_the_staff_shows_nothing_of_the_machine(
    name: str, shelf: Filled, reader: httpx2.Client
) -> None:
    assert not machine_words(read(reader, shelf, STAFF[name], "staff"))


def test_the_inbox_says_what_each_message_is_about(shelf: Filled, reader: httpx2.Client) -> None:
    page = read(reader, shelf, PAGES["inbox"])
    titles = re.findall(r"<h2 class=\"plain\">(?:<span.*?</span> )?(.*?)</h2>", page)
    assert titles
    assert all(re.match(r"Statement for [a-z- ]+, 1", title) for title in titles)


def some_document(session: Session, machine: str) -> DocumentRow:
    query = select(DocumentRow).where(
        DocumentRow.machine == machine, col(DocumentRow.organization_id).in_((PAID, HALFWAY))
    )
    return session.exec(query.order_by(col(DocumentRow.organization_id))).first() or pytest.fail(machine)


@pytest.mark.parametrize("machine", MACHINES)
def test_the_history_of_anything_is_told_in_sentences(
    machine: str, shelf: Filled, reader: httpx2.Client
) -> None:
    with shelf.database.transaction() as session:
        document, rules = some_document(session, machine), MACHINES[machine].rules
        happened = {(rule.event, str(rule.target), role) for rule in rules for role in rule.roles}
        for number, (event, target, role) in enumerate(sorted(happened)):
            session.add(
                TransitionRow(
                    organization_id=document.organization_id, command_id=f"told/{machine}/{number}", position=0,
                    action=f"{machine}.{event}", document_id=document.id, revision=1_000 + number, to_state=target,
                    actor_role=role, actor_id="olga" if role in (Role.OPERATOR, Role.FINANCE) else "somebody",
                    from_state="elsewhere", at=real_now(), reasons=[{"code": "fraud_suspected"}],
                )
            )  # fmt: skip
        organization_id, document_id = document.organization_id, document.id
    activity = f"/organizations/{organization_id}/activity?document={document_id}"
    assert not machine_words(read(reader, shelf, activity))
    assert not machine_words(read(reader, shelf, activity, "staff"))


@pytest.mark.parametrize("machine", MACHINES)
def test_a_case_in_any_state_shows_nothing_of_the_machine(
    machine: str, shelf: Filled, reader: httpx2.Client
) -> None:
    for state in MACHINES[machine].states:
        with shelf.database.transaction() as session:
            document = some_document(session, machine)
            before = (document.state, document.waits_for, document.facts)
            document.state, document.waits_for = state.name, state.waits_for
            document.facts = {**document.facts, "state": state.name, "reasons": [{"code": "name_mismatch"}]}
            organization_id, document_id = document.organization_id, document.id
            session.add(document)
        try:
            case = f"/operators/cases/{organization_id}/{document_id}"
            assert not machine_words(read(reader, shelf, case, "staff")), state.name
            overview = read(reader, shelf, f"/organizations/{organization_id}")
            assert not machine_words(overview), state.name
        finally:
            with shelf.database.transaction() as session:
                document = some_document(session, machine)
                document.state, document.waits_for, document.facts = before
                session.add(document)
