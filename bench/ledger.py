"""What the ledger costs: booking, one by one and in batches; reading every chain back; comparing it with everything.

``python -m bench ledger``; with other sizes: ``python -m bench.ledger --database postgresql --organizations 2000``.
"""

import argparse
import json
import time
from collections.abc import Callable
from datetime import timedelta
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from sqlalchemy import select, text

from bench.settlement import AD_DAYS, NOW, ORDERS, PERIODS, POLICY, fill, fresh, settle
from models.ledger.entries import Account, Posting
from storage.database import Database
from storage.ledger.anchors import Anchors
from storage.ledger.chain import check_chains
from storage.ledger.differences import Scope
from storage.ledger.export import export
from storage.ledger.journal import ORGANIZATIONS, Booking, append
from storage.ledger.verification import CHECKS
from storage.locks import wait_for_turn

ENTRIES_EACH = 50
ALONE = 300


def booking(organization_id: str, number: int) -> Booking:
    """An entry as a confirmation would make it, and taken back by the next."""
    document_id, micros = "statement/st_bench", 700_000_000 if number % 2 else -700_000_000
    return Booking(
        organization_id=organization_id,
        event="statement.confirm",
        document_id=document_id,
        command_id=f"bench/{number}",
        at=NOW + timedelta(seconds=number),
        currency="USD",
        postings=[
            Posting(Account.UNCONFIRMED, document_id, micros),
            Posting(Account.CONFIRMED, document_id, -micros),
        ],
    )


def timed(work: Callable[[], object]) -> float:
    """How many seconds something takes."""
    began = time.perf_counter()
    work()
    return time.perf_counter() - began


def measure(kind: str, organizations: int) -> dict[str, Any]:
    """One number of organizations, each with 100 settled earnings rows, on one database."""
    with fresh(kind) as database, TemporaryDirectory() as folder:
        fill(database, organizations)
        for period in PERIODS:
            settle(database, period)
        with database.reading() as session:
            names = list(session.scalars(select(ORGANIZATIONS.c.id)))

        def book_batches() -> None:
            for number in range(ENTRIES_EACH):
                with database.transaction() as session:
                    append(session, [booking(name, number) for name in names])

        def book_alone() -> None:
            for number in range(ALONE):
                with database.transaction() as session:
                    wait_for_turn(session, names[0])
                    append(session, [booking(names[0], ENTRIES_EACH + number)])

        batches, alone = timed(book_batches), timed(book_alone)
        anchors = Anchors(Path(folder) / "anchors.jsonl")
        first, again = timed(lambda: anchors.write(database)), timed(lambda: anchors.write(database))
        with database.engine.connect() as connection:
            connection.execute(text("ANALYZE"))  # as autovacuum would have done
            connection.commit()
        entries, chains, processor = read_back(database)
        with database.reading() as session:
            scope = Scope(session, None, POLICY)
            compared = {
                check.__name__.removeprefix("check_"): timed(partial(check, scope)) for check in CHECKS
            }
        exported = timed(lambda: export(database, anchors.path, Path(folder) / "ledger.zip"))
    return {
        "database": kind,
        "organizations": organizations,
        "entries": entries,
        "booked_per_second_in_batches": round(len(names) * ENTRIES_EACH / batches),
        "booked_per_second_one_by_one": round(ALONE / alone),
        "anchoring_seconds_all_grown": round(first, 2),
        "anchoring_seconds_none_grown": round(again, 2),
        "chain_entries_verified_per_second": round(entries / chains),
        "chain_entries_verified_per_second_of_processor_time": round(entries / processor),
        "compared_seconds": {name: round(seconds, 2) for name, seconds in compared.items()},
        "source_rows_compared_per_second": round(organizations * (ORDERS + AD_DAYS) / compared["sources"]),
        "exported_entries_per_second": round(entries / exported),
    }


def read_back(database: Database) -> tuple[int, float, float]:
    """Every chain from its beginning: how many entries, how long it took, and how long our processor worked on it."""
    began, worked = time.perf_counter(), time.process_time()
    with database.reading() as session:
        chains, _ = check_chains(session, [])
    assert chains.difference is None
    return chains.count, time.perf_counter() - began, time.process_time() - worked


def main(kinds: tuple[str, ...] = ("sqlite", "postgresql"), organizations: int = 1_000) -> Any:
    """Measure, print and return."""
    results = [measure(kind, organizations) for kind in kinds]
    for result in results:
        print(f"   {json.dumps(result)}", flush=True)
    return results


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description="What the ledger costs.")
    parser.add_argument("--database", choices=["sqlite", "postgresql"], nargs="+", default=["sqlite"])
    parser.add_argument("--organizations", type=int, default=1_000)
    wanted = parser.parse_args()
    main(tuple(wanted.database), wanted.organizations)
