"""The digest of the sources of a statement line: SHA-256 over all of them in the order of their ids.

The canonical text of a source is ``octets:id:micros`` and a line feed, where ``octets`` is the length of the id in
UTF-8 and ``micros`` what the source counts in the line, signed; the order is that of the ids' UTF-8. The length
makes the text unambiguous, whatever an id contains. ``docs/statements.md`` says the same to those who recompute it.
"""

import hashlib
from collections.abc import Iterable
from typing import Any

from sqlalchemy import String
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.sql.functions import FunctionElement


def digest_of(sources: Iterable[tuple[str, int]]) -> str:
    """The digest of sources, each an id and its micro-units, in any order."""
    digest = hashlib.sha256()
    for identity, micros in sorted(sources):
        digest.update(f"{len(identity.encode())}:{identity}:{micros}\n".encode())
    return digest.hexdigest()


class sources_digest(FunctionElement[str]):
    """The same as an aggregate in SQL, of two columns: id and micro-units."""

    name = "sources_digest"
    type = String()
    inherit_cache = True


@compiles(sources_digest, "sqlite")
def on_sqlite(element: sources_digest, compiler: SQLCompiler, **options: Any) -> str:
    """SQLite is given the aggregate with each connection."""
    return f"sources_digest({compiler.process(element.clauses, **options)})"


@compiles(sources_digest, "postgresql")
def on_postgresql(element: sources_digest, compiler: SQLCompiler, **options: Any) -> str:
    """PostgreSQL has all it needs."""
    identity, micros = (compiler.process(clause, **options) for clause in element.clauses)
    source = f"octet_length({identity}) || ':' || {identity} || ':' || ({micros}) || chr(10)"
    listed = f"string_agg({source}, '' ORDER BY {identity} COLLATE \"C\")"
    return f"encode(sha256(convert_to({listed}, 'UTF8')), 'hex')"


class SourcesDigest:
    """The aggregate as SQLite calls it: ``step`` for each source, then ``finalize``."""

    def __init__(self) -> None:
        self.sources: list[tuple[str, int]] = []

    def step(self, identity: str, micros: int) -> None:
        """Take one source."""
        self.sources.append((identity, micros))

    def finalize(self) -> str:
        """The digest of those taken."""
        return digest_of(self.sources)
