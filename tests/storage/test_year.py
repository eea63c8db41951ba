"""A year of one organization, played through the real storage and compared with what was worked out by hand."""

from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from activities.settlement import issue_command
from lifecycle.decide import decide, evolve
from lifecycle.messages import schedule_payout, tell_organization
from models.commands import Accepted, Command, Role
from models.documents import Invoice, Payout, Statement, Stream
from models.dossier import Dossier
from models.earnings import AdDay, OrderEvent
from models.programme.periods import periods
from models.programme.policy import Policy
from models.programme.withholding import TaxRate, Withholding
from models.tables import ContractTextRow, StatementLineRow, StatementRow
from models.wire.steps import Period
from storage.database import Database
from storage.organizations.decisions import load_dossier, record
from storage.organizations.queries import attempts
from storage.people.roles import add_staff
from storage.settlement.batches import IssuedStatement
from storage.settlement.replacement import replace_statement
from storage.settlement.trace import line_sources
from tests.lifecycle.life import SHA, Life
from tests.storage.studio import NOON, Studio
from tests.storage.test_trace import recomputed

PAGE = Path(__file__).parent / "year.md"
POLICY = Policy(
    withholding=Withholding(
        table=(
            TaxRate(basis_points=3_000, since=date(2026, 1, 1), source="the law of a test"),
            TaxRate(country="CN", basis_points=1_000, since=date(2026, 1, 1), source="the treaty of a test"),
            TaxRate(country="CN", basis_points=500, since=date(2026, 7, 1), source="the treaty of a test"),
        )
    )
)
Row = dict[str, str]
STREAMS = {"iap": Stream.IAP_NON_SUBSCRIPTION, "iaa": Stream.IAA}
NAMES = {stream: name for name, stream in STREAMS.items()}


def tables() -> dict[str, list[Row]]:
    """The tables of the page, by the first two columns of each."""
    found: dict[str, list[Row]] = {}
    head: list[str] = []
    for line in PAGE.read_text().splitlines():
        cells = [cell.strip() for cell in line.split("|")[1:-1]]
        if not cells:
            head = []
        elif not head:
            head = cells
            found[" ".join(head[:4])] = []
        elif set(cells[0]) != {"-"}:
            found[" ".join(head[:4])].append(dict(zip(head, cells, strict=True)))
    return found


TABLES = tables()
STATEMENTS = TABLES["period stream issue lines"]
LINES = TABLES["period stream issue kind"]
REPORTS = TABLES["name day game user"]
ADS = TABLES["name day user micros"]


class Recorded(Life):
    """A life whose every decision is recorded in the database."""

    def __init__(self, studio: Studio, dossier: Dossier, now: datetime) -> None:
        super().__init__(dossier, POLICY)
        self.studio, self.now = studio, now

    def command(
        self, role: Role, action: str, document_id: str, who: str = "", why: str = "", **facts: Any
    ) -> Command:
        who = self.studio.admin.id if role is Role.ADMIN else who
        made = super().command(role, action, document_id, who, why, **facts)
        return made.model_copy(update={"id": f"{id(self)}/{made.id}"})

    def take(self, command: Command) -> str:
        decision = decide(self.dossier, command, self.now, self.policy)
        assert isinstance(decision, Accepted), f"{command.action}: {decision}"
        recorded = record(self.studio.database, self.studio.id, list(decision.transitions), POLICY)
        assert recorded.refusal is None, recorded
        for transition in decision.transitions:
            self.dossier = evolve(self.dossier, transition)
        return decision.transitions[0].document.state


def open_life(studio: Studio) -> Recorded:
    """Verified in China, W-8BEN-E on file, both contracts in force, both games live: on 1 January at noon."""
    with studio.database.transaction() as session:
        for subject, role in (("otto", "operator"), ("fay", "finance")):
            add_staff(session, subject, role, subject.title())
        version = ContractTextRow(feature="iap", version=2, text="", sha256="", share_basis_points=2_500)
        version.advance_bean_micros = 8_000
        session.add(version)
    with studio.database.reading() as session:
        life = Recorded(studio, load_dossier(session, studio.id), NOON)
    life.verified("CN").signed("iap").signed("iaa").qualified()
    form = {"proposed_tax_form": "W-8BEN-E", "proposed_tax_country": "CN"}
    life.admin("payout_account.submit", submission_id="account-1", **form)
    life.provider("payout_account.accept")
    for game in ("racer", "chess"):
        life.tested("iaa", "iap", game=game)
        life.admin("launch.submit", f"launch/{game}", regions=["JP"])
        life.provider("launch.approve", f"launch/{game}")
        life.admin("launch.publish", f"launch/{game}")
        studio.known.add((studio.id, f"launch/{game}"))
    return life


def reports(studio: Studio) -> list[tuple[date, OrderEvent | AdDay]]:
    """What the tables say is reported, and on which day."""
    found: list[tuple[date, OrderEvent | AdDay]] = []
    orders: dict[str, OrderEvent] = {}
    reported_late = {"o5": date(2026, 3, 25), "o12": date(2026, 9, 20)}
    for row in REPORTS:
        name, day, beans = row["name"], date.fromisoformat(row["day"]), int(row["Beans"])
        if row["game"].startswith("refund of "):
            event = studio.refund(orders[row["game"].removeprefix("refund of ")], beans, day)
        else:
            event = orders[name] = studio.order(beans, day, row["game"], region=row["user"])
        assert ("late" in row["reported"]) == (name in reported_late)
        found.append((reported_late.get(name, day), event))
    days: dict[str, AdDay] = {}
    corrected_on = {"a1": date(2026, 2, 10), "a2": date(2026, 2, 27)}
    for row in ADS:
        name, day, micros = row["name"], date.fromisoformat(row["day"]), int(row["micros"])
        if name in days:
            correction = days[name].model_copy(update={"revision": 2, "revenue_micros": micros})
            found.append((corrected_on[name], correction))
        else:
            days[name] = studio.ad_day(micros, day, region=row["user"])
            found.append((day, days[name]))
    return sorted(found, key=lambda pair: pair[0])


def deliveries() -> list[Period]:
    """All periods of the year in the order in which they are delivered."""
    year = (date(2026, 1, 1), date(2026, 12, 31))
    due = [
        *periods(Stream.IAP_NON_SUBSCRIPTION, POLICY.iap_cycles, *year),
        *periods(Stream.IAA, POLICY.iaa_cycles, *year),
    ]
    return sorted((p for p in due if p.start.year == 2026), key=lambda p: (p.delivered_on, p.start, p.stream))


def play(studio: Studio) -> tuple[Recorded, list[IssuedStatement]]:
    """The whole year, and the weeks after it until the last statement has confirmed itself."""
    life, waiting, issued = open_life(studio), reports(studio), []
    happenings = [
        (datetime(2026, 4, 16, 9, tzinfo=UTC), sign_version_2),
        (datetime(2026, 12, 10, 9, tzinfo=UTC), terminate),
    ]
    for period in deliveries():
        delivery = datetime(*period.delivered_on.timetuple()[:3], 6, tzinfo=UTC)
        while happenings and happenings[0][0] < delivery:
            moment, happening = happenings.pop(0)
            life.wait(until=moment)
            happening(life)
        life.wait(until=delivery)
        while waiting and waiting[0][0] < period.delivered_on:
            assert studio.earn(waiting.pop(0)[1]) == 1
        for statement in studio.settle(period, POLICY):
            life.take(issue_command(statement))
            issued.append(statement)
        if period.start == date(2026, 8, 1) and period.stream is not Stream.IAA:
            issued.append(appeal(life, waiting, issued[-1]))
    assert waiting == []
    life.wait(until=datetime(2027, 2, 15, 9, tzinfo=UTC))
    return life, issued


def sign_version_2(life: Recorded) -> None:
    life.operator("contract.offer_version", "contract/iap", offered_version=2)
    life.admin("contract.sign", "contract/iap", submission_id="s", signed_version=2, text_sha256=SHA)
    life.provider("contract.activate", "contract/iap")


def terminate(life: Recorded) -> None:
    for feature in ("iap", "iaa"):
        life.operator("contract.terminate", f"contract/{feature}", why="ended")


def appeal(life: Recorded, waiting: list[Any], old: IssuedStatement) -> IssuedStatement:
    """Appealed on 18 September, granted with 2.50 on the 21st; an order of August was reported on the 20th."""
    life.wait(timedelta(days=3))
    life.admin("statement.appeal", f"statement/{old.statement_id}", submission_id="why")
    life.wait(timedelta(days=3))
    while waiting[0][0] <= life.now.date():
        assert life.studio.earn(waiting.pop(0)[1]) == 1
    life.operator(
        "statement.replace", f"statement/{old.statement_id}", why="right", adjustment={"amount": 250}
    )
    new = replace_statement(
        life.studio.database,
        old.statement_id,
        life.studio.id,
        POLICY,
        life.now,
        life[f"statement/{old.statement_id}"].adjustment,
    )
    life.take(issue_command(new))
    return new


@pytest.fixture
def year(database: Database) -> tuple[Recorded, list[IssuedStatement]]:
    return play(Studio(database))


def test_the_year_is_as_worked_out_by_hand(year: tuple[Recorded, list[IssuedStatement]]) -> None:
    life, issued = year
    studio = life.studio
    rows = [studio.statement(statement.statement_id) for statement in issued]
    by_period = sorted(rows, key=lambda row: (row.period_start, row.stream, row.issue))
    assert [statement_cells(row, len(studio.lines(row.id))) for row in by_period] == STATEMENTS
    assert [line_cells(row, line) for row in by_period for line in studio.lines(row.id)] == LINES
    check_sources(studio, rows)
    check_totals(studio, rows)
    check_payment(life)


def statement_cells(row: StatementRow, lines: int) -> Row:
    return {
        "period": row.period_start.isoformat(),
        "stream": NAMES[Stream(row.stream)],
        "issue": str(row.issue),
        "lines": str(lines),
        "before tax": str(row.net + row.tax_withheld),
        "US part": str(row.us_source),
        "rate": str(row.tax_basis_points),
        "tax": str(row.tax_withheld),
        "net": str(row.net),
        "final": "final" if row.final else "",
    }


def line_cells(row: StatementRow, line: StatementLineRow) -> Row:
    return {
        "period": row.period_start.isoformat(),
        "stream": NAMES[Stream(row.stream)],
        "issue": str(row.issue),
        "kind": line.kind,
        "game": line.game_id or "",
        "version": str(line.contract_version or ""),
        "Bean price": str(line.bean_price_micros or ""),
        "gross micros": str(line.gross_micros),
        "refunds micros": str(line.refunds_micros),
        "gross": str(line.gross),
        "refunds": str(line.refunds),
        "share": str(line.platform_share),
        "net": str(line.net),
        "US": str(line.us_net),
    }


def check_sources(studio: Studio, rows: list[StatementRow]) -> None:
    """Every line can be recomputed from its sources, those of the replaced statement as well."""
    with studio.database.reading() as session:
        for line in (line for row in rows for line in studio.lines(row.id) if line.sources_digest):
            sources = line_sources(session, line, 100).data
            assert recomputed(sources) == line.sources_digest
            assert sum(source.micros for source in sources) == line.gross_micros - line.refunds_micros


def check_totals(studio: Studio, rows: list[StatementRow]) -> None:
    """All lines in force come to what was reported, at the base price."""
    void = {row.replaces for row in rows}
    exact = {
        name: sum(
            line.gross_micros - line.refunds_micros
            for row in rows
            if row.stream == stream and row.id not in void
            for line in studio.lines(row.id)
        )
        for name, stream in STREAMS.items()
    }
    assert exact == {"iap": 117_630_000, "iaa": 15_845_683}


def check_payment(life: Recorded) -> None:
    """Below the minimum, but the contracts have ended: paid, returned, approved anew, paid."""
    confirmed = [s for s in life.dossier.of(Statement) if s.state == "confirmed"]
    assert sorted(s.state for s in life.dossier.of(Statement) if s not in confirmed) == [
        "carried_forward",
        "carried_forward",
        "replaced",
    ]
    life.invoiced(*(statement.id for statement in confirmed))
    invoice = life["invoice/1"]
    assert isinstance(invoice, Invoice)
    assert invoice.total.amount == 9_581
    payout = Recorded(life.studio, Dossier(organization_id=life.studio.id), life.now)
    payout.take(schedule_payout(life.dossier, invoice))
    pay(payout, life)
    payout.wait(timedelta(days=10))
    payout.provider("payout.return", "payout/1", failure_code="no_account")
    tell(payout, life)
    assert {life[statement.id].state for statement in confirmed} == {"invoiced"}
    usable = {"account_usable": True, "account_submission_id": "account-2"}
    payout.pipeline("payout.account_changed", "payout/1", **usable)
    payout.approve()
    pay(payout, life)
    assert {life[statement.id].state for statement in confirmed} == {"paid"}
    with life.studio.database.reading() as session:
        tries = [(attempt.amount, attempt.outcome) for attempt in attempts(session, "payout/1")]
    assert tries == [(9_581, "returned"), (9_581, "paid")]


def pay(payout: Recorded, life: Recorded) -> None:
    payout.wait(until=payout.next_alarm("send"))
    payout.provider("payout.pay", "payout/1")
    tell(payout, life)


def tell(payout: Recorded, life: Recorded) -> None:
    """The organization hears of its payout."""
    life.now = payout.now
    document = payout["payout/1"]
    assert isinstance(document, Payout)
    message = tell_organization(document)
    assert message is not None
    life.take(message)
