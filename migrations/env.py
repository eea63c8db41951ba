"""How Alembic runs here: on the connection of ``storage.schema``, or on its own from the command line."""

from typing import Any, Literal

import sqlalchemy as sa
from alembic import context
from alembic.autogenerate.api import AutogenContext
from sqlmodel import SQLModel
from sqlmodel.sql.sqltypes import AutoString

from config.settings import settings
from models import tables
from storage.database import Database


def render_type(kind: str, item: Any, _: AutogenContext) -> str | Literal[False]:
    """Write our types in revisions as what the database makes of them, so that revisions stand alone."""
    if kind == "type" and isinstance(item, AutoString):
        return "sa.String()"
    if kind == "type" and isinstance(item, tables.UtcDateTime):
        return "sa.DateTime(timezone=True)"
    return False


def migrate(connection: sa.Connection) -> None:
    """Run the revisions on a connection, all in one transaction."""
    context.configure(
        connection=connection,
        target_metadata=SQLModel.metadata,
        transactional_ddl=True,
        render_item=render_type,
        compare_server_default=True,
    )
    with context.begin_transaction():
        context.run_migrations()


given = context.config.attributes.get("connection")
if given is not None:
    migrate(given)
else:
    with Database(settings().database()).writers.begin() as own:
        migrate(own)
