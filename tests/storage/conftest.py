import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from sqlalchemy import make_url, text
from sqlmodel import SQLModel

from storage.database import Database, connect
from storage.schema import upgrade
from tests.storage.studio import Studio

DATABASES = ["sqlite", pytest.param("postgresql", marks=pytest.mark.postgres)]


@pytest.fixture(scope="session")
def postgres(make_postgres: Callable[[], str]) -> str:
    """A PostgreSQL database with all tables, the same for all tests."""
    address = make_postgres()
    upgrade(address)
    return address


def wipe(address: str) -> None:
    """Make a database as it was after the migrations, past the triggers that would not have it."""
    with connect(address).begin() as connection:
        connection.execute(text("SET LOCAL session_replication_role = replica"))
        for table in SQLModel.metadata.sorted_tables:
            first_contracts = " WHERE version > 1" if table.name == "contract_texts" else ""
            connection.execute(text(f"DELETE FROM {table.name}{first_contracts}"))


@pytest.fixture(scope="session")
def sqlite_template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An SQLite database with all tables, to be copied."""
    path = tmp_path_factory.mktemp("sqlite") / "template.db"
    upgrade(f"sqlite:///{path}")
    connect(f"sqlite:///{path}").dispose()
    return path


@pytest.fixture(params=DATABASES)
def url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """The address of a fresh database with all tables."""
    if request.param == "sqlite":
        shutil.copy(request.getfixturevalue("sqlite_template"), tmp_path / "test.db")
        address = f"sqlite:///{tmp_path / 'test.db'}"
    else:
        address = request.getfixturevalue("postgres")
        wipe(address)
    yield address
    connect(address).dispose()


@pytest.fixture(params=DATABASES)
def empty_url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """The address of a fresh database without tables."""
    if request.param == "sqlite":
        address = f"sqlite:///{tmp_path / 'empty.db'}"
    else:
        address = request.getfixturevalue("make_postgres")()
    yield address
    connect(address).dispose()


@pytest.fixture(scope="module", params=DATABASES)
def original(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> str:
    """The address of a database with all tables, for what is the same at the beginning of all tests of a module."""
    if request.param == "sqlite":
        path = tmp_path_factory.mktemp("original") / "test.db"
        shutil.copy(request.getfixturevalue("sqlite_template"), path)
        return f"sqlite:///{path}"
    address: str = request.getfixturevalue("make_postgres")()
    upgrade(address)
    return address


@pytest.fixture
def copied(request: pytest.FixtureRequest, original: str, tmp_path: Path) -> Iterator[Database]:
    """A copy of that database, to be changed."""
    connect(original).dispose()
    url = make_url(original)
    if url.drivername == "sqlite":
        shutil.copy(str(url.database), tmp_path / "copy.db")
        address = f"sqlite:///{tmp_path / 'copy.db'}"
    else:
        address = request.getfixturevalue("make_postgres")(url.database)
    yield Database(address)
    connect(address).dispose()


@pytest.fixture
def database(url: str) -> Database:
    return Database(url)


@pytest.fixture
def studio(database: Database) -> Studio:
    """An organization with an admin and staff around it."""
    return Studio(database)
