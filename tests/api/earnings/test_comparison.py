"""Comparing with one's own records: a file goes in, the differences come out, and bad files say what to fix."""

from datetime import UTC, date, datetime
from typing import Any

import httpx2
import pytest

from models.documents import Statement, Stream
from models.identity import new_id
from models.money import Money
from models.states import StatementState
from models.tables import OrderEventRow, StatementRow
from tests.api.support.live import Live
from tests.api.support.server import Client, Server, problem, put
from tests.papers.reading import rows as by_column

NOW = datetime(2026, 3, 15, tzinfo=UTC)
DAY = date(2026, 2, 3)


class Compared:
    """An organization with three orders of 100 Beans in a statement, one of them refunded by 30."""

    def __init__(self, server: Server, organization_id: str = "") -> None:
        self.server = server
        self.id = organization_id or server.settled_organization()
        self.tail = self.id[4:]
        self.path = f"/v1/organizations/{self.id}/comparisons"
        self.statement_id = self.statement("a", "pending_confirmation")
        with server.database.transaction() as session:
            for number, beans in ((1, 100), (2, 100), (3, 100), (3, -30)):
                session.add(
                    OrderEventRow(
                        event_id=new_id("event"),
                        organization_id=self.id,
                        game_id="game_1",
                        order_id=self.order(number),
                        stream="iap_non_subscription",
                        beans=beans,
                        user_id="user",
                        region="GB",
                        day=DAY,
                        is_sandbox=False,
                        at=NOW,
                        settled_in=self.statement_id,
                    )
                )

    def order(self, number: int) -> str:
        return f"A-{self.tail}-{number}"

    def statement(self, name: str, state: str, stream: Stream = Stream.IAP_NON_SUBSCRIPTION) -> str:
        statement_id = f"st_{name}{self.tail}"
        start, end = date(2026, 2, 1), date(2026, 2, ord(name[0]) - 90)
        with self.server.database.transaction() as session:
            session.add(
                StatementRow(
                    id=statement_id,
                    organization_id=self.id,
                    stream=stream,
                    period_start=start,
                    period_end=end,
                    issue=1,
                    currency="USD",
                    gross=0,
                    refunds=0,
                    platform_share=0,
                    adjustments=0,
                    tax_withheld=0,
                    net=0,
                    issued_at=NOW,
                )
            )
            session.flush()
            document = Statement(
                id=f"statement/{statement_id}",
                state=StatementState(state),
                since=NOW,
                revision=1,
                stream=stream,
                period_start=start,
                period_end=end,
                net=Money(amount=100),
            )
            put(session, self.id, document)
        return statement_id

    def send(
        self, person: Client, content: str | bytes, key: str | None = None, **fields: str
    ) -> httpx2.Response:
        made = content.encode() if isinstance(content, str) else content
        headers = {"Idempotency-Key": key} if key else {}
        scope = fields or {"statement_id": self.statement_id}
        return person.call(
            "POST", self.path, headers, files={"file": ("orders.csv", made, "text/csv")}, data=scope
        )

    def csv(self, *rows: tuple[Any, ...], header: str = "order_id,beans,refund,day") -> str:
        return "\n".join([header, *(",".join(str(cell) for cell in row) for row in rows)])

    def good(self) -> str:
        return self.csv(
            (self.order(1), 100, 0, "2026-02-03"),
            (self.order(2), 90, "", ""),
            ("=unknown", 40, 0, ""),
        )


@pytest.fixture(scope="module")
def compared(server: Server) -> Compared:
    return Compared(server)


def refusal(answer: httpx2.Response) -> list[dict[str, str]]:
    errors: list[dict[str, str]] = problem(answer, 422, "invalid_request")["errors"]
    return errors


def test_differences_are_kept_and_read_again(ada: Client, server: Server, compared: Compared) -> None:
    answer = compared.send(ada, compared.good())
    assert answer.status_code == 201, answer.text
    made = answer.json()
    assert made["own_orders"] == 3 and made["own_micros"] == 2_300_000
    assert made["platform_orders"] == 3 and made["platform_micros"] == 2_700_000
    assert made["differences"] == {
        "missing_in_file": {"count": 1, "own_micros": 0, "platform_micros": 700_000},
        "missing_on_platform": {"count": 1, "own_micros": 400_000, "platform_micros": 0},
        "other_amount": {"count": 1, "own_micros": 900_000, "platform_micros": 1_000_000},
    }
    path = f"{compared.path}/{made['id']}"
    first = ada.get(path, limit=2)
    assert {name: first[name] for name in made} == made
    assert [row["kind"] for row in first["data"]] == ["missing_in_file", "missing_on_platform"]
    assert first["has_more"] and first["data"][1]["row"] == 4
    rest = ada.get(path, starting_after=2)
    assert [row["order_id"] for row in rest["data"]] == [compared.order(2)] and not rest["has_more"]
    assert rest["data"][0]["platform_day"] == "2026-02-03"
    assert rest["data"][0]["statement_id"] == compared.statement_id
    assert [row["kind"] for row in ada.get(path, kind="other_amount")["data"]] == ["other_amount"]
    assert made["id"] in [row["id"] for row in ada.get(compared.path)["data"]]
    rows = list(by_column(ada.call("GET", f"{path}.csv").content))
    assert [row["difference"] for row in rows] == ["0.700000", "-0.400000", "0.100000"]
    assert rows[1]["order_id"] == "'=unknown"
    kept = ada.call("GET", f"/v1/organizations/{compared.id}/documents/{made['file_id']}")
    assert kept.text == compared.good() and kept.headers["Content-Disposition"].startswith("attachment")


def test_days_and_amounts_do_as_well(ada: Client, compared: Compared) -> None:
    content = compared.csv(
        (compared.order(1), "1.00", "ignored"),
        (compared.order(2), "1.000000", "ignored"),
        (compared.order(3), "1", "ignored"),
        header="\ufeffORDER_ID;amount;note",
    ).replace(",", ";")
    made = compared.send(ada, content, since="2026-02-01", until="2026-02-28").json()
    assert made["differences"] == {
        "refunded": {"count": 1, "own_micros": 1_000_000, "platform_micros": 700_000}
    }
    assert made["statement_id"] is None and made["since"] == "2026-02-01"


def test_beans_count_at_the_price_of_their_statement(ada: Client, server: Server) -> None:
    other = Compared(server)
    with server.database.transaction() as session:
        session.get_one(StatementRow, other.statement_id).bean_price_micros = 20_000
    made = other.send(ada, other.good()).json()
    assert (made["own_micros"], made["platform_micros"]) == (4_600_000, 5_400_000)


def test_a_repeated_request_is_compared_once(ada: Client, server: Server, compared: Compared) -> None:
    key = new_id("key")
    boundary = {"Content-Type": "multipart/form-data; boundary=x", "Idempotency-Key": key}
    body = (
        f'--x\r\nContent-Disposition: form-data; name="statement_id"\r\n\r\n{compared.statement_id}\r\n'
        '--x\r\nContent-Disposition: form-data; name="file"; filename="a.csv"\r\n\r\n'
        "order_id,beans\nB-1,1\r\n--x--\r\n"
    )
    first, again = (ada.call("POST", compared.path, boundary, content=body) for _ in range(2))
    assert first.status_code == again.status_code == 201 and first.json() == again.json()
    problem(ada.call("POST", compared.path, boundary, content=body.replace("B-1", "B-2")), 422)


def test_comparisons_are_the_organizations_own(server: Server, ada: Client, compared: Compared) -> None:
    made = compared.send(ada, compared.good()).json()
    other = Compared(server)
    problem(ada.call("GET", f"{other.path}/{made['id']}"), 404, "not_found")
    problem(ada.call("GET", f"{other.path}/{made['id']}.csv"), 404, "not_found")
    problem(compared.send(server.person("eve"), compared.good()), 404, "not_found")
    problem(compared.send(server.person("max"), compared.good()), 403, "not_an_admin")
    problem(compared.send(server.person("olga"), compared.good()), 403, "staff_may_not")
    assert server.person("olga").get(f"{compared.path}/{made['id']}")["id"] == made["id"]
    (error,) = refusal(compared.send(ada, compared.good(), statement_id=other.statement_id))
    assert (error["pointer"], error["code"]) == ("/statement_id", "unknown_statement")


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (b"", "empty"),
        (b"\n \n", "empty"),
        (b"order_id,beans\n", "empty"),
        (b"id,beans\nA,1\n", "wrong_header"),
        (b"order_id,price\nA,1\n", "wrong_header"),
        (b"order_id,beans,amount\nA,1,1\n", "wrong_header"),
        (b"order_id,beans,beans\nA,1,1\n", "wrong_header"),
        ("order_id,beans\nÄ,1\n".encode("latin-1"), "not_utf8"),
        ("order_id,beans\nA,1\n".encode("utf-16"), "not_utf8"),
        (b'order_id,beans\nA,"1\n', "unreadable"),
        (b"order_id,beans\n" + b"x" * 200_000 + b",1\n", "unreadable"),
        (b"%PDF-1.7 nothing", "wrong_header"),
    ],
)
def test_a_file_that_is_none_says_what_is_wrong(
    ada: Client, compared: Compared, content: bytes, code: str
) -> None:
    (error,) = refusal(compared.send(ada, content))
    assert (error["pointer"], error["code"]) == ("/file", code), error
    if code == "wrong_header":
        assert "order_id" in error["detail"] and "beans" in error["detail"]


@pytest.mark.parametrize(
    ("header", "row", "column"),
    [
        ("order_id,beans", "A,-1", "beans"),
        ("order_id,beans", "A,1.5", "beans"),
        ("order_id,beans", "A,NaN", "beans"),
        ("order_id,beans", "A,1e3", "beans"),
        ("order_id,beans", "A,1000000001", "beans"),
        ("order_id,beans", "A," + "9" * 400, "beans"),
        ("order_id,beans", "A,１２", "beans"),
        ("order_id,beans", "A,", "beans"),
        ("order_id,beans", "A", "beans"),
        ("order_id,amount", "A,-0.01", "amount"),
        ("order_id,amount", "A,Infinity", "amount"),
        ("order_id,amount", "A,1.1234567", "amount"),
        ("order_id,amount", "A,10000000.01", "amount"),
        ("order_id,amount", 'A,"1,000.00"', "amount"),
        ("order_id,beans", ",1", "order_id"),
        ("order_id,beans", "A\x00B,1", "order_id"),
        ("order_id,beans", "A" * 101 + ",1", "order_id"),
        ("order_id,beans,refund", "A,1,-1", "refund"),
        ("order_id,beans,day", "A,1,03.02.2026", "day"),
        ("order_id,beans,day", "A,1,2026-02-30", "day"),
    ],
)
def test_a_cell_that_does_not_fit_is_named_and_not_repeated(
    ada: Client, compared: Compared, header: str, row: str, column: str
) -> None:
    fine = "fine,1" + "," * (header.count(",") - 1)
    answer = compared.send(ada, f"{header}\n{fine}\n{row}\n")
    (error,) = refusal(answer)
    assert error["pointer"] == f"/file/3/{column}" and error["code"] == "unfit"
    assert error["detail"].startswith(f"Row 3, {column}: ")
    value = row.split(",")[-1]
    assert len(value) < 3 or value not in answer.text


def test_an_order_may_be_there_once(ada: Client, compared: Compared) -> None:
    (error,) = refusal(compared.send(ada, "order_id,beans\nsecret-7,1\n\nB,1\nsecret-7 ,1\n"))
    assert (error["pointer"], error["code"]) == ("/file/5/order_id", "duplicate")
    assert "row 2" in error["detail"] and "secret-7" not in error["detail"]


def test_no_more_errors_are_told_than_can_be_read(ada: Client, compared: Compared) -> None:
    errors = refusal(compared.send(ada, "order_id,beans\n" + "A,x\n" * 500))
    assert len(errors) == 50


def test_large_files_are_refused(ada: Client, compared: Compared) -> None:
    many = "order_id,beans\n" + "".join(f"A{n},1\n" for n in range(200_001))
    (error,) = refusal(compared.send(ada, many))
    assert error["code"] == "too_many_rows"
    problem(compared.send(ada, b"x" * (10 * 1024 * 1024 + 1)), 413, "too_large")
    problem(compared.send(ada, b"x" * (11 * 1024 * 1024)), 413, "too_large")


def test_a_full_file_is_compared(ada: Client, compared: Compared) -> None:
    many = "order_id,beans\n" + "".join(f"F{n},1\n" for n in range(200_000))
    answer = compared.send(ada, many)
    assert answer.status_code == 201, answer.text
    assert answer.json()["differences"]["missing_on_platform"]["count"] == 200_000


@pytest.mark.parametrize(
    ("fields", "pointer"),
    [
        ({"since": "2026-02-01"}, ""),
        ({"until": "2026-02-01"}, ""),
        ({"since": "2026-02-02", "until": "2026-02-01"}, "/until"),
        ({"since": "2020-02-02", "until": "2026-02-01"}, "/until"),
        ({"since": "now", "until": "2026-02-01"}, "/since"),
        ({"statement_id": "st_'; --"}, "/statement_id"),
        ({"statement_id": "st_nothing"}, "/statement_id"),
        ({"stream": "iap"}, "/stream"),
        ({"statement_id": "st_a", "since": "2026-02-01", "until": "2026-02-01"}, ""),
    ],
)
def test_what_to_compare_with_must_be_clear(
    ada: Client, compared: Compared, fields: dict[str, str], pointer: str
) -> None:
    assert pointer in [error["pointer"] for error in refusal(compared.send(ada, compared.good(), **fields))]


def test_only_live_statements_of_purchases_have_orders(ada: Client, server: Server) -> None:
    own = Compared(server)
    void = own.statement("b", "replaced")
    ads = own.statement("c", "pending_confirmation", Stream.IAA)
    for statement_id, code in ((void, "replaced"), (ads, "no_orders")):
        (error,) = refusal(own.send(ada, own.good(), statement_id=statement_id))
        assert error["code"] == code
    problem(ada.call("POST", own.path, json={"statement_id": own.statement_id}), 415)
    problem(ada.call("POST", own.path, files={"other": ("a.csv", b"x")}), 422)


@pytest.mark.temporal
def test_a_comparison_becomes_the_evidence_of_an_appeal(live: Live) -> None:
    made = live.organization()
    statement_id, other_id = made.statement(), made.statement()
    server = live.server
    with server.database.transaction() as session:
        for one in (statement_id, other_id):
            session.get_one(StatementRow, one).stream = Stream.IAP_NON_SUBSCRIPTION
    own = Compared(server, made.id)
    evidence = own.send(made.admin, own.good(), statement_id=statement_id).json()
    path = f"/statements/{statement_id}"
    body = {"subject": "Orders are missing", "description": "See the comparison."}

    def appeal(comparison_id: str, statement: str = path) -> Any:
        tag = made.admin.etag(made.path + statement)
        return made.try_post(
            f"{statement}/appeal", {**body, "comparison_id": comparison_id}, key=new_id("key"), match=tag
        )

    elsewhere = Compared(server)
    foreign = elsewhere.send(server.person("ada"), elsewhere.good()).json()
    assert refusal(appeal(foreign["id"]))[0]["code"] == "unknown_comparison"
    assert refusal(appeal(evidence["id"], f"/statements/{other_id}"))[0]["code"] == "other_statement"
    assert appeal(evidence["id"]).status_code == 200
    shown = server.person("olga").get(made.path + path)
    assert shown["state"] == "appeal_review"
    assert shown["appeal"]["fields"]["comparison_id"] == evidence["id"]
    assert shown["appeal"]["fields"]["subject"] == body["subject"]
