"""Sums of any size: what people report, or all of an installation together, may come to more than 64 bits."""

from typing import Any

from sqlalchemy import ColumnElement, String, TypeDecorator
from sqlalchemy.engine import Dialect
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.sql.functions import FunctionElement


class Whole(TypeDecorator[int]):
    """A whole number of any size, read only: PostgreSQL's decimal, or SQLite's halves of 32 bits each."""

    impl = String
    cache_ok = True

    def process_result_value(self, value: Any, dialect: Dialect) -> int | None:
        """Put the halves together."""
        if isinstance(value, str):
            high, low = value.split(":")
            return (int(high) << 32) + int(low)
        return None if value is None else int(value)


class _exact_sum(FunctionElement[int]):
    name = "exact_sum"
    type = Whole()
    inherit_cache = True


def exact_sum(column: ColumnElement[Any]) -> ColumnElement[int]:
    """The sum of a column of 64-bit integers, whatever it comes to, 0 of nothing; to be read, not to be computed with."""
    return _exact_sum(column)


@compiles(_exact_sum, "sqlite")
def on_sqlite(element: _exact_sum, compiler: SQLCompiler, **options: Any) -> str:
    """Each half of the numbers by itself: neither sum can leave 64 bits."""
    column = compiler.process(element.clauses, **options)
    return f"(coalesce(sum(({column}) >> 32), 0) || ':' || coalesce(sum(({column}) & 4294967295), 0))"


@compiles(_exact_sum, "postgresql")
def on_postgresql(element: _exact_sum, compiler: SQLCompiler, **options: Any) -> str:
    """PostgreSQL adds 64-bit integers up as a decimal."""
    return f"coalesce(sum({compiler.process(element.clauses, **options)}), 0)"
