"""What pages and reads cost, and whether that stays the same however many organizations there are.

``python -m bench doors`` compares 1,000 with 10,000 organizations, each with a year of 48 statements behind it, on
PostgreSQL; for others: ``python -m bench.doors --organizations 1000 100000``. Requests come at a steady rate,
whether or not the ones before are answered, and their times count from when they were due. Each of them is somebody
else's, for another organization. Temporal is away, as the reads do not need it.
"""

import argparse
import asyncio
import gzip
import os
import random
import re
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from statistics import median, quantiles
from tempfile import TemporaryDirectory
from typing import Any

import httpx2

from api.security.identity import SESSION_COOKIE
from bench.counted import HEADER
from bench.crowd import A_YEAR, MARK, fill
from bench.settlement import fresh
from cli.stack.ports import Reservations
from models.tables import StaffRow
from storage.database import Database
from storage.people import sessions

RATES = (20, 50)
"""Requests a second; the second may be more than the machine can do, and then the queue is what is measured."""
SECONDS = 20
ALONE = 20
PEOPLE = 200
SEED = 7
PATIENCE = 300

OWN = "/organizations/org_{n}"
DOORS = {
    "page: overview": OWN,
    "page: revenue": f"{OWN}/revenue",
    "page: payouts": f"{OWN}/payouts",
    "page: queue": "/operators",
    "page: dashboard": "/operators/dashboard",
    "page: search": "/operators/organizations?text=Games+{n}",
    "page: search by state": "/operators/organizations?machine=statement&state=appeal_review",
    "page: search by country": "/operators/organizations?country=DE",
    "page: search by id": "/operators/organizations?text=st_{n}x0001",
    "api: organization": f"/v1{OWN}",
    "api: statements": f"/v1{OWN}/statements",
    "api: blockers": f"/v1{OWN}/blockers",
    "api: forecast": f"/v1{OWN}/forecast",
    "api: balance": f"/v1{OWN}/balance",
    "api: timeline": f"/v1{OWN}/timeline",
    "api: metrics": f"/v1{OWN}/metrics",
}
FOR_STAFF = "/operators"


@dataclass
class Door:
    """What was measured of one door; milliseconds from when a request was due, by rate, or was made alone."""

    queries: set[int] = field(default_factory=set)
    alone: list[float] = field(default_factory=list)
    first_byte: list[float] = field(default_factory=list)
    mixed: dict[int, list[float]] = field(default_factory=dict)
    raw: int = 0
    packed: int = 0


class Visitors:
    """People who are signed in, and what they ask the API at an address."""

    def __init__(self, address: str, secrets: dict[str, str]) -> None:
        self._secrets = secrets
        self._numbers = [number for number in secrets if number != "staff"]
        self._http = httpx2.AsyncClient(base_url=address, timeout=None, trust_env=False)
        self._chance = random.Random(SEED)
        self.doors = {name: Door() for name in DOORS}

    async def ask(self, name: str, rate: int = 0, due: float = 0.0) -> bytes:
        """Ask once, as somebody at random; alone, or when it is due at a rate."""
        number, door = self._chance.choice(self._numbers), self.doors[name]
        path = DOORS[name].format(n=number)
        secret = self._secrets["staff" if path.startswith(FOR_STAFF) else number]
        began = time.perf_counter()
        async with self._http.stream("GET", path, headers={"Cookie": f"{SESSION_COOKIE}={secret}"}) as answer:
            first = time.perf_counter()
            content = await answer.aread()
        ended = time.perf_counter()
        assert answer.status_code == 200, (path, answer.status_code, content[:300])
        door.queries.add(int(answer.headers[HEADER]))
        if rate:
            door.mixed.setdefault(rate, []).append(1000 * (ended - due))
        else:
            door.alone.append(1000 * (ended - began))
            door.first_byte.append(1000 * (first - began))
        return content

    async def one_by_one(self) -> None:
        """Ask at every door, one request after the other; what a page weighs with all that it names."""
        for name, door in self.doors.items():
            await self.ask(name)
            door.alone.clear()
            door.first_byte.clear()
            for _ in range(ALONE):
                content = await self.ask(name)
            own = [content, *[await self._asset(path) for path in static(content)]]
            door.raw, door.packed = sum(map(len, own)), sum(len(gzip.compress(part)) for part in own)

    async def _asset(self, path: str) -> bytes:
        return (await self._http.get(path)).content

    async def at_a_steady_rate(self, rate: int) -> None:
        """Ask at all doors in turns, so many times a second, for a while."""
        names, began, asked = list(DOORS), time.perf_counter(), []
        for number in range(rate * SECONDS):
            due = began + number / rate
            await asyncio.sleep(max(0.0, due - time.perf_counter()))
            asked.append(asyncio.create_task(self.ask(names[number % len(names)], rate, due)))
        await asyncio.gather(*asked)

    async def leave(self) -> None:
        """Close all connections."""
        await self._http.aclose()


def static(page: bytes) -> list[str]:
    """The style sheets, scripts and pictures that a page loads."""
    return sorted({found.decode() for found in re.findall(rb'(?:src|href)="(/static/[^"]+)"', page)})


def sign_in(database: Database, organizations: int) -> dict[str, str]:
    """Sessions of some admins by their organizations' numbers, and one of the staff's."""
    now, chance = datetime.now(UTC), random.Random(SEED)
    numbers = chance.sample(range(1, organizations + 1), min(PEOPLE, organizations))
    with database.transaction() as session:
        session.merge(StaffRow(subject="olga", role="operator", name="Olga"))
        found = {"staff": sessions.begin(session, "olga", "Olga", None, now)}
        for number in numbers:
            mark = str(number).zfill(len(MARK))
            found[mark] = sessions.begin(session, f"ada-{mark}", "Ada", None, now)
    return found


@asynccontextmanager
async def served(url: str, place: Path) -> AsyncIterator[str]:
    """The address of an API process on a database."""
    reserved = Reservations()
    port = reserved.take_any()
    address = f"http://127.0.0.1:{port}"
    own = {
        "STATE_DIR": str(place), "DATABASE_URL": url, "API_PORT": str(port), "API_URL": address,
        "TEMPORAL_ADDRESS": "127.0.0.1:1", "REQUESTS_PER_MINUTE": "0", "LOG_FORMAT": "json",
    }  # fmt: skip
    environment = {**os.environ, **{f"MONETIZATION_{name}": value for name, value in own.items()}}
    command = [sys.executable, "-m", "bench.counted"]
    log = (place / "api.log").open("wb")
    process = subprocess.Popen(command, env=environment, stdout=subprocess.DEVNULL, stderr=log)
    try:
        async with httpx2.AsyncClient(trust_env=False) as client:
            for _ in range(PATIENCE):
                ended = process.poll()
                assert ended is None, f"the API has ended with {ended}: {(place / 'api.log').read_text()}"
                try:
                    await client.get(f"{address}/healthz")
                    break
                except httpx2.TransportError:
                    await asyncio.sleep(0.2)
        yield address
    finally:
        process.terminate()
        process.wait(10)
        log.close()
        reserved.give_up()


async def measure(database: Database, organizations: int) -> dict[str, Door]:
    """All doors, alone and mixed, with one number of organizations."""
    secrets = sign_in(database, organizations)
    with TemporaryDirectory() as folder:
        url = database.engine.url.render_as_string(hide_password=False)
        async with served(url, Path(folder)) as address:
            visitors = Visitors(address, secrets)
            await visitors.one_by_one()
            for rate in RATES:
                await visitors.at_a_steady_rate(rate)
            await visitors.leave()
    return visitors.doors


def middle(door: Door, rate: int) -> float:
    """The median at a rate."""
    return median(door.mixed[rate])


def slowest(door: Door, rate: int) -> float:
    """What one request in a hundred takes longer than, at a rate."""
    return quantiles(door.mixed[rate], n=100, method="inclusive")[98]


def figures(sizes: dict[int, dict[str, Door]]) -> dict[str, Any]:
    """What was measured, size beside size, with the ratio of the largest to the smallest; flat is 1."""
    first, last = min(sizes), max(sizes)
    found: dict[str, Any] = {}
    for name in DOORS:
        doors = {size: measured[name] for size, measured in sizes.items()}

        def each(pick: Callable[[Door], float], of: dict[int, Door] = doors) -> dict[int, float]:
            return {size: round(pick(door), 1) for size, door in of.items()}

        alone = each(lambda door: median(door.alone))
        found[name] = {
            "queries": {size: sorted(door.queries) for size, door in doors.items()},
            "alone_p50_ms": alone,
            "first_byte_p50_ms": each(lambda door: median(door.first_byte)),
            "mixed": {
                rate: {
                    "p50_ms": each(partial(middle, rate=rate)),
                    "p99_ms": each(partial(slowest, rate=rate)),
                }
                for rate in RATES
            },
            "last_to_first": round(alone[last] / alone[first], 2),
            "first_load_bytes": doors[last].raw,
            "first_load_bytes_gzip": doors[last].packed,
        }
    return found


def show(found: dict[str, Any]) -> None:
    """Print a line for each door."""
    for name, row in found.items():
        queries = "/".join(str(max(queries)) for queries in row["queries"].values())
        mixed = "  ".join(
            f"{rate}/s p50 {beside(found['p50_ms']):16} p99 {beside(found['p99_ms']):18}"
            for rate, found in row["mixed"].items()
        )
        weight = f"{row['first_load_bytes'] / 1000:.1f} kB, {row['first_load_bytes_gzip'] / 1000:.1f} packed"
        print(
            f"   {name:24} queries {queries:9} alone {beside(row['alone_p50_ms']):16} x{row['last_to_first']:<5} "
            f"{mixed} {weight}",
            flush=True,
        )


def beside(values: dict[int, float]) -> str:
    """The sizes' figures side by side."""
    return "/".join(f"{value:g}" for value in values.values())


def main(organizations: tuple[int, ...] = (1_000, 10_000)) -> Any:
    """Measure, print and return."""
    sizes = {}
    for number in organizations:
        with fresh("postgresql") as database:
            fill(database, number, datetime.now(UTC))
            sizes[number] = asyncio.run(measure(database, number))
    found = figures(sizes)
    print(f"   {A_YEAR} statements each; organizations: {' / '.join(map(str, organizations))}; milliseconds")
    show(found)
    return {"requests_per_second": RATES, "organizations": list(organizations), "doors": found}


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description="What pages and reads cost.")
    parser.add_argument("--organizations", type=int, nargs="+", default=[1_000, 10_000])
    main(tuple(parser.parse_args().organizations))
