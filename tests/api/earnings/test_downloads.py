"""Downloads: the right numbers, for the right people, under harmless names."""

import hashlib
import io
import re
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

import httpx2
import pytest
from openpyxl import load_workbook  # type: ignore[import-untyped]
from pypdf import PdfReader

import words
from models.documents import AnyDocument, Contract, Feature, Invoice, Payout, Statement, Stream
from models.money import Money
from models.states import ContractState, InvoiceState, PayoutState, StatementState
from models.tables import ContractTextRow, GameRow, PayoutAttemptRow, StatementLineRow, TransitionRow
from storage.encryption.keyring import load_keyring
from storage.organizations.submissions import save
from tests.api.support.forms import PAYOUT_ACCOUNT
from tests.api.support.server import Client, Server, problem, put, put_statement
from tests.papers.reading import rows as by_column

NOW = datetime(2026, 4, 1, 12, tzinfo=UTC)
PAID_ON = datetime(2026, 4, 8, 9, tzinfo=UTC)
NAMES = ("a", "b", "c")


class Downloads:
    """An organization with three statements: paid, replaced and pending; of the first two games, one line each."""

    def __init__(self, server: Server) -> None:
        self.server = server
        self.id = server.settled_organization()
        self.tail = self.id[4:]
        self.games = [f"game_{self.tail}{n}" for n in (1, 2)]
        self.invoice_id = f"inv_{self.tail}"
        self.path = f"/v1/organizations/{self.id}"
        keyring = load_keyring("", server.state_dir)
        with server.database.transaction() as session:
            self.account = save(session, keyring, "payout_account", self.id, "ada", PAYOUT_ACCOUNT)
            self.signature = save(
                session,
                keyring,
                "signature",
                self.id,
                "ada",
                {"typed_name": "Ada Example", "typed_title": "Managing director", "ip": "192.0.2.1"},
            )
            for game_id, name in zip(self.games, ("=Racer", "Example Puzzle"), strict=True):
                session.add(GameRow(id=game_id, organization_id=self.id, name=name, created_at=NOW))
            for number, state in enumerate(("paid", "replaced", "pending_confirmation")):
                start = date(2026, 1, 1) + timedelta(days=number)
                put_statement(session, self.id, self.statement(number), 10_000 + number, start)
                session.flush()
                for position, game_id in enumerate(self.games[: 2 - number % 2], start=1):
                    session.add(
                        StatementLineRow(
                            statement_id=self.statement(number),
                            position=position,
                            kind="earning",
                            game_id=game_id,
                            contract_version=1,
                            source_count=3,
                            gross=5_000,
                            net=5_000,
                            gross_micros=50_001_234,
                            sources_digest="ab" * 32,
                        )
                    )
                put(session, self.id, self.document(number, state, start))
        self.put_payout("paid", PAID_ON)

    def statement(self, number: int) -> str:
        return f"st_{NAMES[number]}{self.tail}"

    def document(self, number: int, state: str, start: date) -> AnyDocument:
        return Statement(
            id=f"statement/{self.statement(number)}",
            state=StatementState(state),
            since=NOW,
            revision=1,
            stream=Stream.IAA,
            period_start=start,
            period_end=start,
            net=Money(amount=10_000 + number),
            invoice_id=f"invoice/{self.invoice_id}" if state == "paid" else None,
            replaces=f"statement/{self.statement(1)}" if number == 2 else None,
        )

    def put_payout(self, state: str, paid_at: datetime | None) -> None:
        with self.server.database.transaction() as session:
            invoice = Invoice(
                id=f"invoice/{self.invoice_id}",
                state=InvoiceState.PAID,
                since=NOW,
                number="2026-17",
                statement_ids=[f"statement/{self.statement(0)}"],
                total=Money(amount=10_000),
                dated=date(2026, 2, 1),
                submission_id="sub_1",
            )
            payout = Payout(
                id=f"payout/{self.invoice_id}",
                state=PayoutState(state),
                since=NOW,
                invoice_id=invoice.id,
                amount=Money(amount=10_000),
                attempt=2,
                sent_at=NOW,
                paid_at=paid_at,
            )
            put(session, self.id, invoice)
            put(session, self.id, payout)
            for attempt, outcome in ((1, "failed"), (2, "paid")):
                session.merge(
                    PayoutAttemptRow(
                        payout_id=payout.id,
                        attempt=attempt,
                        organization_id=self.id,
                        reference=f"{payout.id}/{attempt}",
                        account_submission_id=self.account,
                        amount=10_000,
                        currency="USD",
                        sent_at=NOW,
                        outcome=outcome,
                        ended_at=PAID_ON,
                    )
                )

    def sign(self, sha256: str | None = None) -> None:
        with self.server.database.transaction() as session:
            text = session.get_one(ContractTextRow, ("iap", 1))
            contract = Contract(
                id="contract/iap",
                state=ContractState.ACTIVE,
                since=NOW,
                revision=2,
                feature=Feature.IAP,
                version=1,
                signed_version=1,
                text_sha256=sha256 or text.sha256,
                submission_id=self.signature,
            )
            put(session, self.id, contract)

    def signing(self, action: str, revision: int, at: datetime) -> None:
        with self.server.database.transaction() as session:
            session.add(
                TransitionRow(
                    organization_id=self.id,
                    command_id=f"command/{revision}",
                    position=0,
                    action=action,
                    document_id="contract/iap",
                    revision=revision,
                    actor_role="admin",
                    actor_id="ada",
                    from_state="not_signed",
                    to_state="active",
                    at=at,
                )
            )


@pytest.fixture(scope="module")
def downloads(server: Server) -> Downloads:
    return Downloads(server)


def text_of(made: bytes) -> str:
    pages = PdfReader(io.BytesIO(made)).pages
    return " ".join(" ".join(page.extract_text().split()) for page in pages)


def rows(answer: httpx2.Response) -> list[dict[str, str]]:
    assert answer.status_code == 200, answer.text
    return by_column(answer.content)


def all_paths(downloads: Downloads) -> dict[str, str]:
    statement, invoice = downloads.statement(0), downloads.invoice_id
    return {
        f"/statements/{statement}.csv": "text/csv; charset=utf-8",
        f"/statements/{statement}.xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
        f"/statements/{statement}.pdf": "application/pdf",
        "/statements.csv": "text/csv; charset=utf-8",
        "/statements.xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
        "/payouts.csv": "text/csv; charset=utf-8",
        f"/payouts/{invoice}/remittance.pdf": "application/pdf",
    }


def test_every_download_is_a_file_to_be_saved(ada: Client, downloads: Downloads) -> None:
    for path, media_type in all_paths(downloads).items():
        answer = ada.call("GET", downloads.path + path)
        assert answer.status_code == 200, (path, answer.text)
        assert answer.headers["Content-Type"] == media_type
        assert re.fullmatch(
            r'attachment; filename="[a-z0-9_-]+\.(csv|xlsx|pdf)"', answer.headers["Content-Disposition"]
        )
        assert answer.headers["X-Content-Type-Options"] == "nosniff"
        assert answer.headers["Cache-Control"] == "no-store"
        assert "sandbox" in answer.headers["Content-Security-Policy"]


def test_downloads_are_for_admins_and_staff(server: Server, downloads: Downloads) -> None:
    paths = [*all_paths(downloads), "/contracts/iap/signed.pdf"]
    for path in paths:
        whole = downloads.path + path
        problem(server.call("GET", whole), 401, "unauthenticated")
        problem(server.person("eve").call("GET", whole), 404, "not_found")
        problem(server.person("max").call("GET", whole), 403, "not_an_admin")
        assert server.person("aud").call("GET", whole).status_code in (200, 409)


def test_nothing_of_another_organization_is_downloaded(
    server: Server, ada: Client, downloads: Downloads
) -> None:
    other = f"/v1/organizations/{server.settled_organization()}"
    for path in all_paths(downloads):
        answer = ada.call("GET", other + path)
        if re.search("st_|inv_", path):
            problem(answer, 404, "not_found")
        elif path.endswith(".csv"):
            assert rows(answer) == []
    for path in ("/statements/st_unknown.pdf", "/statements/..%2fx.pdf", "/statements/st_x.exe"):
        problem(ada.call("GET", downloads.path + path), 404, "not_found")


def test_a_statement_is_the_same_in_each_form(ada: Client, downloads: Downloads) -> None:
    base = f"{downloads.path}/statements/{downloads.statement(0)}"
    lines = rows(ada.call("GET", f"{base}.csv"))
    assert [line["game_name"] for line in lines] == ["'=Racer", "Example Puzzle"]
    assert {line["paid_on"] for line in lines} == {"2026-04-08"}
    assert {line["invoice_number"] for line in lines} == {"2026-17"}
    assert sum(Decimal(line["net"]) for line in lines) == Decimal("100.00")
    workbook = load_workbook(io.BytesIO(ada.call("GET", f"{base}.xlsx").content))
    facts = dict(workbook["Statement"].iter_rows(min_row=2, values_only=True))
    assert facts["Net"] == 100 and facts["Organization"] == "Example Games"
    text = text_of(ada.call("GET", f"{base}.pdf").content)
    for said in ("Example Games", downloads.statement(0), "USD 100.00", "=Racer", "2026-04-08", "50.001234"):
        assert said in text, said
    assert ada.call("GET", f"{base}.pdf").content == ada.call("GET", f"{base}.pdf").content


def test_a_replaced_statement_is_marked_void(ada: Client, downloads: Downloads) -> None:
    base = f"{downloads.path}/statements/{downloads.statement(1)}"
    assert f"void: {downloads.statement(2)} took its place" in text_of(ada.call("GET", f"{base}.pdf").content)
    (line,) = rows(ada.call("GET", f"{base}.csv"))
    assert line["replaced_by"] == downloads.statement(2) and line["state"] == "Replaced"


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ({}, "ccbaa"),
        ({"state": "paid"}, "aa"),
        ({"since": "2026-01-02"}, "ccb"),
        ({"until": "2026-01-02"}, "baa"),
        ({"stream": "iap_subscription"}, ""),
        ({"since": "2026-01-01", "until": "2026-01-01", "stream": "iaa"}, "aa"),
    ],
)
def test_a_range_is_narrowed_like_the_list(
    ada: Client, downloads: Downloads, query: dict[str, str], found: str
) -> None:
    lines = rows(ada.call("GET", f"{downloads.path}/statements.csv", params=query))
    assert "".join(line["statement_id"][3] for line in lines) == found
    book = ada.call("GET", f"{downloads.path}/statements.xlsx", params=query)
    assert load_workbook(io.BytesIO(book.content))["Lines"].max_row == len(found) + 1


def test_a_range_of_one_game_holds_its_lines_only(ada: Client, downloads: Downloads) -> None:
    lines = rows(ada.call("GET", f"{downloads.path}/statements.csv", params={"game_id": downloads.games[1]}))
    assert [line["game_name"] for line in lines] == ["Example Puzzle"] * 2
    for query in ({"state": "rich"}, {"since": "yesterday"}, {"stream": "x"}, {"game_id": "'; --"}):
        problem(ada.call("GET", f"{downloads.path}/statements.csv", params=query), 422, "invalid_request")


def test_payouts_and_remittance_follow_the_money(ada: Client, server: Server) -> None:
    downloads = Downloads(server)
    remittance = f"{downloads.path}/payouts/{downloads.invoice_id}/remittance.pdf"
    (payout,) = rows(ada.call("GET", f"{downloads.path}/payouts.csv"))
    assert payout["amount"] == "100.00" and payout["paid_on"] == "2026-04-08" and payout["attempts"] == "2"
    content = ada.call("GET", remittance).content
    text = text_of(content)
    for said in (
        "2026-17",
        f"payout/{downloads.invoice_id}/2",
        "Example Bank",
        "account ending in 6789",
        "USD 100.00",
        downloads.statement(0),
    ):
        assert said in text, said
    assert PAYOUT_ACCOUNT["bank"]["account_number"] not in text
    for state in ("in_transit", "returned", "outcome_unknown"):
        downloads.put_payout(state, PAID_ON)
        problem(ada.call("GET", remittance), 409, "not_paid")
        (payout,) = rows(ada.call("GET", f"{downloads.path}/payouts.csv"))
        assert payout["paid_on"] == "" and payout["state"] == words.state("payout", state)
        line = rows(ada.call("GET", f"{downloads.path}/statements.csv"))[-1]
        assert line["paid_on"] == ""


def test_the_signed_contract_is_what_was_signed(ada: Client, server: Server) -> None:
    downloads = Downloads(server)
    path = f"{downloads.path}/contracts/iap/signed.pdf"
    problem(ada.call("GET", path), 409, "not_signed")
    downloads.sign()
    downloads.signing("contract.activate", 1, NOW - timedelta(days=9))  # of an earlier version
    downloads.signing("contract.sign", 2, NOW)
    text = text_of(ada.call("GET", path).content)
    assert "Ada Example" in text and "2026-04-01 12:00 UTC" in text and "Not counter-signed yet" in text
    with server.database.reading() as session:
        signed = session.get_one(ContractTextRow, ("iap", 1)).text
    assert hashlib.sha256(signed.encode()).hexdigest() in text
    assert "".join(signed.split()) in text.replace(" ", "")
    assert "192.0.2.1" not in text
    downloads.signing("contract.activate", 3, NOW + timedelta(days=2))
    assert "Counter-signed on 2026-04-03 12:00 UTC" in text_of(ada.call("GET", path).content)
    downloads.sign("0" * 64)
    problem(ada.call("GET", path), 500, "internal")


def test_downloads_are_documented(server: Server, downloads: Downloads) -> None:
    paths: dict[str, Any] = server.call("GET", "/openapi.json").json()["paths"]
    base = "/v1/organizations/{organization_id}"
    for path in ("/statements/{statement_id}.pdf", "/statements.csv", "/payouts/{payout_id}/remittance.pdf"):
        answers = paths[base + path]["get"]["responses"]
        assert "application/json" not in answers["200"]["content"] and "404" in answers
