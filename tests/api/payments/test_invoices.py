"""Invoices: everything is said before, the PDF is compared with what was typed, and what is wrong changes nothing."""

import uuid
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, date, datetime, timedelta
from itertools import count
from typing import Any

import pytest

from api.services.payments.invoices import on_paper
from cli.demo.papers import pdf as paper
from forms.invoices.comparison import Typed, paper_findings
from models.identity import new_id
from models.money import Money
from models.tables import ContractTextRow
from providers.invoice_reading.process import read_invoice
from tests.api.support.forms import image
from tests.api.support.forms import pdf as blank
from tests.api.support.live import Live, Organization
from tests.api.support.server import problem
from tests.providers.invoice_reading.e_invoices import cii, holding
from tests.providers.invoice_reading.test_process import nested_bomb, with_content
from tests.sandbox.box import eventually

pytestmark = pytest.mark.temporal

NAME = "Example Games LLC"
numbers = count(1001)


@pytest.fixture(scope="module")
def organization(live: Live) -> Organization:
    """A verified organization with a payout account."""
    return live.organization().payable()


def uploaded(made: Organization, content: bytes) -> str:
    answer = made.admin.upload(made.id, content, f"{uuid.uuid4().hex}.pdf")
    assert answer.status_code == 201, answer.text
    return str(answer.json()["id"])


def confirmed(made: Organization, net: int = 20_000) -> str:
    statement_id = made.statement(net)
    made.confirm(statement_id)
    return statement_id


def claim(
    made: Organization, ids: list[str], amount: int = 20_000, *lines: str, **more: Any
) -> dict[str, Any]:
    """An invoice whose PDF says what is typed, or some other lines."""
    number = more.pop("number", f"INV-{next(numbers)}")
    dated = more.setdefault("date", datetime.now(UTC).date().isoformat())
    text = lines or (f"Invoice {number}", NAME, f"Date {dated}", f"Total USD {amount / 100:,.2f}")
    return made.invoice(ids, number, amount, file_id=uploaded(made, paper(*text)), **more)


def findings(made: Organization, body: dict[str, Any]) -> dict[str, Any]:
    view = made.post("/invoices/preflight", body)
    return {finding["name"]: finding for finding in view["findings"]} | {"verdict": view["verdict"]}


def test_a_right_invoice_is_ready_and_taken(organization: Organization) -> None:
    body = claim(organization, [confirmed(organization)], name="Example Games, L.L.C.")
    found = findings(organization, body)
    assert found["verdict"] == "ready"
    bad = [name for name, f in found.items() if name != "verdict" and f["result"] != "passed"]
    assert bad == []
    assert found["invoice_number_on_pdf"]["expected"] == body["number"]
    assert organization.get("/invoices")["data"] == [], "nothing was stored"
    done = organization.post("/invoices", body, key=str(uuid.uuid4()))
    view = organization.get(f"/invoices/{done['id']}")
    assert view["state"] == "under_review" and view["self_billed"] is False
    assert {c["name"]: c["result"] for c in view["form"]["fields"]["checks"]}["amount_on_pdf"] == "passed"


@pytest.mark.parametrize("number", ["#1001", "№ 12", "发票20260001", "СЧ-12/3", "F‑2026‑7", "R 7 / a"])
def test_a_number_is_taken_and_kept_as_the_business_writes_it(
    organization: Organization, number: str
) -> None:
    body = claim(organization, [confirmed(organization)], 20_000, "Invoice", number=number)
    assert findings(organization, body)["duplicate_invoice_number"]["result"] == "passed"
    done = organization.post("/invoices", body, key=new_id("k"))
    assert organization.get(f"/invoices/{done['id']}")["number"] == number
    again = findings(organization, body)["duplicate_invoice_number"]
    assert again["result"] == "failed"


@pytest.mark.parametrize(
    ("field", "value", "words"),
    [
        ("number", "A\u200b1", "Type it by hand"),
        ("number", "#", "at least one letter or digit"),
        ("name", "A\x07", "one line without control characters"),
        ("file_id", "x", "begins with file_"),
        ("statement_ids", ["x"], "begins with st_"),
    ],
)
def test_a_value_that_is_refused_is_answered_in_words(
    organization: Organization, field: str, value: object, words: str
) -> None:
    body = claim(organization, ["st_1"]) | {field: value}
    answer = organization.try_post("/invoices/preflight", body)
    [error] = problem(answer, 422, "invalid_request")["errors"]
    assert words in error["detail"] and "pattern" not in error["detail"]


def drawn_backwards(*parts: tuple[int, int, str]) -> bytes:
    """A PDF whose words are drawn where they belong, in another order than one reads them."""
    shown = b" ".join(b"1 0 0 1 %d %d Tm (%s) Tj" % (x, y, words.encode()) for x, y, words in reversed(parts))
    return with_content(b"BT /F1 12 Tf " + shown + b" ET", "[]")


@pytest.mark.parametrize(
    "content",
    [
        drawn_backwards((60, 700, "Invoice INV-1"), (60, 680, "Total USD 1,204"), (152, 680, ".50")),
        drawn_backwards(
            (60, 700, "Invoice INV-"), (130, 700, "1"), (60, 680, "Total USD 1"), (125, 680, ",204.50")
        ),
        paper("Invoice INV-1", "Total USD 1,204.50"),
    ],
)
def test_what_one_reader_tears_apart_another_reads(content: bytes) -> None:
    typed = Typed("INV-1", date(2026, 3, 2), Money(amount=120_450))
    found = {finding.name: finding.result for finding in on_paper(content, typed)}
    assert (found["invoice_number_on_pdf"], found["amount_on_pdf"]) == ("passed", "passed")


def test_what_both_readers_contradict_is_refused() -> None:
    typed = Typed("INV-1", date(2026, 3, 2), Money(amount=120_450))
    found = {f.name: f.result for f in on_paper(paper("Invoice INV-2", "Total USD 99.00"), typed)}
    assert (found["invoice_number_on_pdf"], found["amount_on_pdf"]) == ("failed", "failed")


def test_a_preflight_says_everything_at_once_and_stores_nothing(organization: Organization) -> None:
    pending = organization.statement(4_000)
    stranger = organization.live.organization("mallory").verified()
    foreign = stranger.statement()
    tomorrow = datetime.now(UTC).date() + timedelta(days=5)
    body = claim(
        organization,
        [pending, foreign],
        5_000,
        "Invoice X-1",
        "Somebody Else",
        "Total EUR 49.99",
        date=tomorrow.isoformat(),
        name="Somebody Else",
    )
    before = organization.get("/timeline")
    found = findings(organization, body)
    assert found["verdict"] == "to_fix"
    failing = {name for name, f in found.items() if name != "verdict" and f["result"] == "failed"}
    assert failing == {
        "statement_not_confirmed",
        "unknown_statement",
        "total_differs",
        "below_minimum",
        "wrong_date",
        "invoice_name",
        "invoice_number_on_pdf",
        "amount_on_pdf",
        "currency_on_pdf",
    }
    assert found["statement_not_confirmed"]["pointer"] == "/statement_ids/0"
    assert found["unknown_statement"]["pointer"] == "/statement_ids/1"
    assert found["amount_on_pdf"]["expected"] == "USD 50.00"
    assert "USD 49.99" in found["amount_on_pdf"]["found"]
    assert found["invoice_number_on_pdf"]["found"] == ["X-1"]
    assert found["invoice_name"]["differing"] == ["example", "games", "llc", "somebody", "else"]
    assert all(f["why"] for name, f in found.items() if name in failing)
    refused = organization.try_post("/invoices", body, key="p-1")
    errors = problem(refused, 422, "invalid_request")["errors"]
    assert {e["code"] for e in errors} == failing & {
        "invoice_name",
        "invoice_number_on_pdf",
        "amount_on_pdf",
        "currency_on_pdf",
    }
    assert "Somebody" not in refused.text and "49.99" not in refused.text
    assert organization.get("/timeline") == before


def test_what_is_not_on_the_pdf_is_refused_and_a_scan_is_left_to_the_reviewer(
    organization: Organization,
) -> None:
    statement_id = confirmed(organization)
    for lines, code in (
        (("Invoice A-1", "Total USD 200.01"), "amount_on_pdf"),
        (("Invoice A-2", "Total USD 200.00"), "invoice_number_on_pdf"),
        (("Invoice A-1", "Total EUR 200.00"), "currency_on_pdf"),
    ):
        body = claim(organization, [statement_id], 20_000, *lines, number="A-1")
        errors = problem(organization.try_post("/invoices", body, key=new_id("k")), 422)["errors"]
        assert [e["code"] for e in errors] == [code]
    assert organization.get(f"/statements/{statement_id}")["state"] == "confirmed"
    scan = claim(organization, [statement_id], number="A-1") | {"file_id": uploaded(organization, blank())}
    assert findings(organization, scan)["pdf"]["result"] == "not_run"
    done = organization.post("/invoices", scan, key=new_id("k"))
    queue = organization.live.server.person("olga").get(f"{organization.path}/invoices/{done['id']}")
    [check] = queue["form"]["fields"]["checks"]
    assert "could not be read" in check["why"]


def test_a_pdf_that_nobody_can_read_is_left_to_the_reviewer(organization: Organization) -> None:
    bomb = {"file_id": uploaded(organization, nested_bomb())}
    done = organization.post(
        "/invoices", claim(organization, [confirmed(organization)]) | bomb, key=new_id("k")
    )
    assert organization.get(f"/invoices/{done['id']}")["state"] == "under_review"


def test_an_e_invoice_inside_the_pdf_is_read_said_and_shown_to_the_reviewer(
    organization: Organization,
) -> None:
    today = datetime.now(UTC).date()
    said = {"number": "E-1", "date": f"{today:%Y%m%d}", "due": "200.00", "grand": "200.00", "net": "200.00"}
    body = claim(organization, [confirmed(organization)], number="E-1")
    wrong = body | {"file_id": uploaded(organization, holding(("factur-x.xml", cii(**said, type="381"))))}
    [error] = problem(organization.try_post("/invoices", wrong, key=new_id("k")), 422)["errors"]
    assert error["code"] == "e_invoice_type" and "credit note" in error["detail"]
    right = body | {"file_id": uploaded(organization, holding(("factur-x.xml", cii(**said))))}
    found = findings(organization, right)
    assert {
        name: f["result"] for name, f in found.items() if name != "verdict" and f["result"] != "passed"
    } == {}
    done = organization.post("/invoices", right, key=new_id("k"))
    queue = organization.live.server.person("olga").get(f"{organization.path}/invoices/{done['id']}")
    checks = {check["name"]: check for check in queue["form"]["fields"]["checks"]}
    assert checks["e_invoice"]["found"] == ["factur-x.xml"]
    assert checks["e_invoice_amount"]["found"] == ["USD 200.00"]


def test_a_pdf_of_too_many_pages_is_refused(organization: Organization) -> None:
    body = claim(organization, [confirmed(organization)]) | {"file_id": uploaded(organization, blank(51))}
    errors = problem(organization.try_post("/invoices", body, key=new_id("k")), 422)["errors"]
    assert errors[0]["pointer"] == "/file_id" and "50 pages" in errors[0]["detail"]


@pytest.mark.parametrize(("name", "content"), [("picture.png", image)], ids=["a picture"])
def test_what_is_no_readable_invoice_is_refused_and_changes_nothing(
    organization: Organization, name: str, content: Callable[[], bytes]
) -> None:
    statement_id = confirmed(organization)
    before = organization.get("/invoices", limit=100)["data"]
    answer = organization.admin.upload(organization.id, content(), f"{uuid.uuid4().hex}{name}")
    assert answer.status_code in (201, 422), answer.text
    if answer.status_code == 201:
        body = claim(organization, [statement_id]) | {"file_id": answer.json()["id"]}
        answer = organization.try_post("/invoices", body, key=new_id("k"))
    [error] = problem(answer, 422, "invalid_request")["errors"]
    assert error["pointer"] in ("/file_id", "/file") and error["detail"]
    assert organization.get("/invoices", limit=100)["data"] == before
    assert organization.get(f"/statements/{statement_id}")["state"] == "confirmed"


def test_every_bad_input_is_refused_and_changes_nothing(organization: Organization) -> None:
    good, other = confirmed(organization), confirmed(organization)
    pending, appealed, small = (
        organization.statement(20_000),
        organization.statement(20_000),
        confirmed(organization, 9_999),
    )
    path = f"/statements/{appealed}"
    tag = organization.admin.etag(f"{organization.path}{path}")
    appeal = {"subject": "Days are missing", "description": "See."}
    organization.post(f"{path}/appeal", appeal, key=new_id("k"), match=tag)
    taken = claim(organization, [other], number="Used 1")
    organization.post("/invoices", taken, key=new_id("k"))
    stranger = organization.live.organization("mallory").verified()
    foreign = confirmed(stranger)
    day = date.fromisoformat(organization.get(f"/statements/{good}")["confirmed_on"])
    cases: dict[str, tuple[dict[str, Any], int, str]] = {
        "a cent off": (claim(organization, [good], 20_001), 409, "total_differs"),
        "a cent less": (claim(organization, [good], 19_999), 409, "total_differs"),
        "nothing": (claim(organization, [good]) | {"amount": money(0)}, 409, "total_differs"),
        "twice the same": (claim(organization, [good, good], 40_000), 422, "invalid_request"),
        "below the minimum": (claim(organization, [small], 9_999), 409, "below_minimum"),
        "of another organization": (claim(organization, [foreign]), 409, "unknown_statement"),
        "appealed": (claim(organization, [appealed]), 409, "statement_not_confirmed"),
        "unconfirmed": (claim(organization, [pending]), 409, "statement_not_confirmed"),
        "invoiced": (claim(organization, [other]), 409, "statement_not_confirmed"),
        "number with spaces": (
            claim(organization, [good], number="U s e d 1"),
            409,
            "duplicate_invoice_number",
        ),
        "number in other case": (
            claim(organization, [good], number="USED1"),
            409,
            "duplicate_invoice_number",
        ),
        "number in other width": (
            claim(organization, [good], 20_000, "Invoice", number="Ｕsed １"),
            409,
            "duplicate_invoice_number",
        ),
        "number of ours": (claim(organization, [good], number="sb-1"), 409, "reserved_number"),
        "number of ours in other width": (
            claim(organization, [good], 20_000, "Invoice", number="ＳＢ－000001"),
            409,
            "reserved_number",
        ),
        "number with what cannot be seen": (
            claim(organization, [good], 20_000, "Invoice", number="A\u202e1"),
            422,
            "invalid_request",
        ),
        "a future date": (
            claim(organization, [good], date=(day + timedelta(days=5)).isoformat()),
            409,
            "wrong_date",
        ),
        "before confirmation": (
            claim(organization, [good], date=(day - timedelta(days=1)).isoformat()),
            409,
            "wrong_date",
        ),
        "another currency": (
            claim(organization, [good]) | {"amount": {"amount": 20_000, "currency": "EUR"}},
            422,
            "invalid_request",
        ),
        "negative": (claim(organization, [good]) | {"amount": money(-20_000)}, 422, "invalid_request"),
        "beyond 2^53": (claim(organization, [good]) | {"amount": money(2**53 + 1)}, 422, "invalid_request"),
        "no PDF": (claim(organization, [good]) | {"file_id": "file_none"}, 422, "invalid_request"),
    }
    before = organization.get("/invoices", limit=100)["data"]
    for name, (body, status, code) in cases.items():
        answer = organization.try_post("/invoices", body, key=new_id("k"))
        said = problem(answer, status, code)
        assert said["detail"] or said["errors"][0]["detail"], name
    assert organization.get("/invoices", limit=100)["data"] == before
    assert organization.get(f"/statements/{good}")["state"] == "confirmed"


def money(amount: int) -> dict[str, Any]:
    return {"amount": amount, "currency": "USD"}


def test_a_rejected_invoice_is_followed_by_another_for_the_same_statements(
    organization: Organization,
) -> None:
    statement_id = confirmed(organization)
    done = organization.post("/invoices", claim(organization, [statement_id]), key=new_id("k"))
    organization.decide("olga", "invoice.reject", f"invoice/{done['id']}", "The date is missing.")
    view = organization.get(f"/invoices/{done['id']}")
    assert view["state"] == "rejected" and view["reasons"][0]["detail"] == "The date is missing."
    again = organization.post("/invoices", claim(organization, [statement_id]), key=new_id("k"))
    assert again["state"] == "under_review"


# ---------------------------------------------------------------------- written by the platform


def signed(made: Organization) -> Organization:
    """With an active contract for ads."""
    contract = made.get("/contracts/iaa")
    signature = {
        "version": contract["offered_version"],
        "text_sha256": contract["text_sha256"],
        "typed_name": "Ada Lovelace",
        "typed_title": "CEO",
        "accept": True,
    }
    made.post("/contracts/iaa/sign", signature, match=made.admin.etag(f"{made.path}/contracts/iaa"))
    made.reviewed("contract/iaa")
    made.becomes("/contracts/iaa", "active")
    return made


def agree(live: Live, agreed: bool) -> None:
    """Whether the contract for ads lets the platform write invoices."""
    with live.server.database.transaction() as session:
        text = session.get(ContractTextRow, ("iaa", 1))
        assert text is not None
        text.self_billing = agreed


@pytest.fixture
def agreed(live: Live) -> Iterator[None]:
    agree(live, True)
    yield
    agree(live, False)


def test_the_platform_writes_no_invoice_unless_the_contract_allows_it(live: Live) -> None:
    made = signed(live.organization().payable())
    body = {"statement_ids": [confirmed(made)]}
    problem(made.try_post("/invoices/self-billed", body), 400, "idempotency_key_missing")
    problem(made.try_post("/invoices/self-billed", body, key=new_id("k")), 409, "self_billing_not_agreed")
    assert (
        made.get("/invoices")["data"] == [] and made.get("/documents")["data"][0]["name"] != "SB-000001.pdf"
    )


@pytest.mark.usefixtures("agreed")
def test_the_platform_writes_invoices_numbered_without_gaps(live: Live) -> None:
    made = signed(live.organization().payable())
    first, second = confirmed(made, 20_000), confirmed(made, 30_000)
    key = new_id("k")
    done = made.post("/invoices/self-billed", {"statement_ids": [first]}, key=key)
    assert made.post("/invoices/self-billed", {"statement_ids": [first]}, key=key) == done
    again = made.try_post("/invoices/self-billed", {"statement_ids": [first]}, key=new_id("k"))
    problem(again, 409, "statement_not_confirmed")
    small = made.try_post(
        "/invoices/self-billed", {"statement_ids": [confirmed(made, 9_999)]}, key=new_id("k")
    )
    problem(small, 409, "below_minimum")
    other = made.post("/invoices/self-billed", {"statement_ids": [second]}, key=new_id("k"))
    view, next_view = (made.get(f"/invoices/{made_id}") for made_id in (done["id"], other["id"]))
    assert (view["number"], next_view["number"]) == ("SB-000001", "SB-000002")
    assert view["self_billed"] and view["state"] == "under_review"
    [file] = paper_of(made, done["id"])
    assert file["name"] == "SB-000001.pdf"
    content = made.admin.call("GET", f"{made.path}/documents/{file['id']}").content
    typed = Typed(view["number"], datetime.now(UTC).date(), Money(amount=20_000), [NAME])
    checks = paper_findings(typed, read_invoice(content).text, None)
    assert {check.name for check in checks if check.result != "passed"} <= {"date_on_pdf"}


def paper_of(made: Organization, invoice_id: str) -> Any:
    """The files of an invoice that the platform writes, once it has drawn its PDF."""
    return eventually(lambda: made.get(f"/invoices/{invoice_id}")["form"]["files"])


def papers(made: Organization) -> list[str]:
    """The names of all invoices that the platform has drawn."""
    return sorted(f["name"] for f in made.get("/documents", limit=100)["data"] if f["name"].startswith("SB-"))


@pytest.mark.usefixtures("agreed")
def test_invoices_asked_for_at_the_same_moment_all_hold_under_numbers_of_their_own(live: Live) -> None:
    made = signed(live.organization().payable())
    asked = {new_id("k"): confirmed(made, 20_000 + place) for place in range(6)}

    def bill(key: str) -> Any:
        return made.try_post("/invoices/self-billed", {"statement_ids": [asked[key]]}, key=key)

    with ThreadPoolExecutor(6) as many:
        answers = dict(zip(asked, many.map(bill, asked), strict=True))
    assert {answer.status_code for answer in answers.values()} == {200}, [a.text for a in answers.values()]
    views = {key: made.get(f"/invoices/{answer.json()['id']}") for key, answer in answers.items()}
    assert sorted(view["number"] for view in views.values()) == [f"SB-{n:06d}" for n in range(1, 7)]
    for key, view in views.items():
        assert view["statement_ids"] == [asked[key]]
        assert bill(key).json() == answers[key].json(), "the same key gives the same answer"
        [file] = paper_of(made, view["id"])
        assert file["name"] == f"{view['number']}.pdf"
        content = made.admin.call("GET", f"{made.path}/documents/{file['id']}").content
        text = read_invoice(content).text
        assert text is not None and view["number"] in text
        assert f"{view['total']['amount'] // 100}.{view['total']['amount'] % 100:02d}" in text.replace(
            ",", ""
        )
    assert papers(made) == [f"SB-{n:06d}.pdf" for n in range(1, 7)]


@pytest.mark.usefixtures("agreed")
def test_one_request_sent_many_times_at_once_is_one_invoice(live: Live) -> None:
    made = signed(live.organization().payable())
    body, key = {"statement_ids": [confirmed(made)]}, new_id("k")

    def bill(_: int) -> Any:
        return eventually(lambda: answered(made.try_post("/invoices/self-billed", body, key=key)))

    with ThreadPoolExecutor(6) as many:
        answers = list(many.map(bill, range(6)))
    assert [answer.status_code for answer in answers] == [200] * 6
    assert len({answer.text for answer in answers}) == 1
    paper_of(made, answers[0].json()["id"])
    assert papers(made) == ["SB-000001.pdf"]


def answered(answer: Any) -> Any:
    """An answer, unless it is that another try is under way."""
    return None if answer.status_code == 409 and answer.json()["code"] == "idempotency_in_flight" else answer


@pytest.mark.usefixtures("agreed")
def test_a_refused_request_leaves_neither_paper_nor_gap(live: Live) -> None:
    made = signed(live.organization().payable())
    one, small = confirmed(made), confirmed(made, 9_999)
    wanted = [[small], [one, new_id("st")], [new_id("st")]]
    codes = [
        made.try_post("/invoices/self-billed", {"statement_ids": ids}, key=new_id("k")).json()["code"]
        for ids in wanted
    ]
    assert codes == ["below_minimum", "unknown_statement", "unknown_statement"]

    def bill(key: str) -> Any:
        return made.try_post("/invoices/self-billed", {"statement_ids": [one]}, key=key)

    with ThreadPoolExecutor(4) as many:
        answers = list(many.map(bill, [new_id("k") for _ in range(4)]))
    [done] = [answer for answer in answers if answer.status_code == 200]
    for other in answers:
        if other is not done:
            problem(other, 409, "statement_not_confirmed")
    assert paper_of(made, done.json()["id"])[0]["name"] == "SB-000001.pdf"
    second = made.post("/invoices/self-billed", {"statement_ids": [confirmed(made)]}, key=new_id("k"))
    assert paper_of(made, second["id"])[0]["name"] == "SB-000002.pdf"
    assert papers(made) == ["SB-000001.pdf", "SB-000002.pdf"]
