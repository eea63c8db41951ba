"""The schema of the database, brought up to date by Alembic."""

import threading
from pathlib import Path

from alembic import command
from alembic.config import Config
from sqlalchemy import text

from storage.database import Database

MIGRATIONS = Path(__file__).parent.parent / "migrations"
ONE_AT_A_TIME = 4_711_001
"""The PostgreSQL advisory lock under which processes that start together wait for each other."""

in_this_process = threading.Lock()  # Alembic's context is global


def configuration() -> Config:
    """Alembic's configuration, for any working directory."""
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS).replace("%", "%%"))
    return config


def upgrade(url: str) -> None:
    """Bring a database to the newest revision, whole or not at all; nothing happens if it is there already."""
    config = configuration()
    with in_this_process, Database(url).writers.begin() as connection:
        if connection.dialect.name == "postgresql":
            connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": ONE_AT_A_TIME})
        config.attributes["connection"] = connection
        command.upgrade(config, "head")
