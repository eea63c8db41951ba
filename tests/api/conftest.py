"""The API with its issuer; first without Temporal, then with the whole programme."""

from collections.abc import Callable, Iterator
from datetime import UTC, datetime

import pytest

from storage.people.roles import add_staff
from storage.schema import upgrade
from tests.api.support.live import Live
from tests.api.support.server import Client, Server
from tests.sandbox.box import Box, free_port


@pytest.fixture(scope="session")
def issuer(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Box, int]]:
    """A sandbox in real time, and the port of the API to which it sends its webhooks."""
    port = free_port()
    box = Box(
        tmp_path_factory.mktemp("sandbox"),
        f"http://127.0.0.1:{port}",
        seconds_per_day=86_400,
        anchor=datetime.now(UTC),
    ).start()
    yield box, port
    box.stop()


@pytest.fixture(scope="session")
def server(issuer: tuple[Box, int], tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """An API whose Temporal is down: what needs no command works all the same."""
    running = Server(issuer[0], tmp_path_factory.mktemp("api")).start()
    yield running
    running.stop()


@pytest.fixture(scope="session")
def strict(
    issuer: tuple[Box, int], make_postgres: Callable[[], str], tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Server]:
    """The same on PostgreSQL, which takes less than SQLite does."""
    address = make_postgres()
    upgrade(address)
    running = Server(issuer[0], tmp_path_factory.mktemp("strict"), database_url=address).start()
    yield running
    running.stop()


@pytest.fixture
def ada(server: Server) -> Client:
    return server.person("ada")


@pytest.fixture(scope="session")
def organization(server: Server) -> str:
    """An organization of Ada's, with Max as a plain member."""
    return server.settled_organization()


@pytest.fixture(scope="session")
def live(issuer: tuple[Box, int], tmp_path_factory: pytest.TempPathFactory) -> Iterator[Live]:
    """The whole programme; the sandbox sends its webhooks here."""
    box, port = issuer
    running = Live(box, Server(box, tmp_path_factory.mktemp("live"), port=port)).start()
    with running.server.database.transaction() as session:
        for subject, role in (
            ("olga", "operator"),
            ("femi", "finance"),
            ("both", "operator"),
            ("both", "finance"),
        ):
            add_staff(session, subject, role, subject.title())
    yield running
    running.stop()
