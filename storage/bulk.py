"""Many rows at once: looked up by one parameter, and written in the fastest way that each database has."""

import json
from collections.abc import Collection, Mapping, Sequence
from typing import Any

from sqlalchemy import ARRAY, Boolean, ColumnElement, Dialect, String, Table, bindparam, insert
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.sql.functions import FunctionElement
from sqlalchemy.types import TypeDecorator, TypeEngine
from sqlmodel import Session


class Texts(TypeDecorator[list[str]]):
    """Texts as one parameter: an array where the database has arrays, else JSON."""

    impl = String
    cache_ok = True

    def load_dialect_impl(self, dialect: Dialect) -> TypeEngine[Any]:
        """What the database is given."""
        return dialect.type_descriptor(String() if dialect.name == "sqlite" else ARRAY(String))

    def process_bind_param(self, value: list[str] | None, dialect: Dialect) -> Any:
        """The texts as the database is given them."""
        return json.dumps(value) if dialect.name == "sqlite" else value


class one_of(FunctionElement[bool]):
    """Whether a column holds one of the texts of a parameter."""

    name = "one_of"
    type = Boolean()
    inherit_cache = True

    def self_group(self, against: Any = None) -> "one_of":
        """It is a condition as it stands; SQLAlchemy would have SQLite compare it with 1, past every index."""
        return self


@compiles(one_of, "sqlite")
def on_sqlite(element: one_of, compiler: SQLCompiler, **options: Any) -> str:
    """SQLite reads them out of the JSON."""
    column, texts = (compiler.process(clause, **options) for clause in element.clauses)
    return f"{column} IN (SELECT value FROM json_each({texts}))"


@compiles(one_of, "postgresql")
def on_postgresql(element: one_of, compiler: SQLCompiler, **options: Any) -> str:
    """PostgreSQL has a word for it."""
    column, texts = (compiler.process(clause, **options) for clause in element.clauses)
    return f"{column} = ANY ({texts})"


def among(column: Any, texts: Collection[str]) -> ColumnElement[bool]:
    """Whether a column holds one of many texts; IN with thousands of parameters takes long to be prepared."""
    return one_of(column, bindparam(None, list(texts), Texts()))


def insert_all(session: Session, table: Table, rows: Sequence[Mapping[str, Any]]) -> None:
    """Insert rows that all have the same columns, as the first has them; PostgreSQL copies them in."""
    if not rows:
        return
    connection = session.connection()
    driver = connection.connection.driver_connection
    if connection.dialect.name == "sqlite" or driver is None:
        session.execute(insert(table), rows)
        return
    columns = ", ".join(rows[0])
    with driver.cursor() as cursor, cursor.copy(f"COPY {table.name} ({columns}) FROM STDIN") as copy:
        for row in rows:
            copy.write_row(tuple(row.values()))
