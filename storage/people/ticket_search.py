"""What a support ticket carries, and what it is about: names, numbers, references and addresses, in part or misspelt.

What organizations submit in forms (registration numbers, bank accounts, tax numbers) is encrypted, and not searched.
"""

import calendar
import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import Any

from sqlalchemy import ColumnElement, Integer, Select, String, case, cast, literal, null, or_, union_all
from sqlalchemy import select as rows_of
from sqlmodel import Session, col, func

from models.tables import (
    GameRow,
    InvitationRow,
    InvoiceRow,
    MemberRow,
    OrganizationRow,
    PayoutAttemptRow,
    StatementRow,
)
from models.typed_numbers import number_key

SHORTEST = 3
"""Fewer letters are found nearly everywhere."""

OF_EACH = 10
MONTHS = {name.casefold(): number for number, name in enumerate(calendar.month_name) if name}
PERIOD = re.compile(r"(?P<year>\d{4})-(?P<month>\d\d?)(?:-(?P<day>\d\d?))?|(?P<name>[^\W\d]+) (?P<of>\d{4})")


class Found(StrEnum):
    """What somebody looked for."""

    ORGANIZATION = "organization"
    GAME = "game"
    INVOICE = "invoice"
    STATEMENT = "statement"
    PAYMENT = "payment"
    PERSON = "person"


@dataclass(frozen=True)
class Hit:
    """One thing that was found.

    Attributes:
        said: what tells it from others: a name, a number, a reference, an address; of a statement its stream, first day
            and last day.
        document_id: the document that it is, or is about; ``None`` for organizations and people.
        alike: it is only spelt alike.
    """

    kind: Found
    organization_id: str
    organization_name: str
    said: str
    document_id: str | None
    alike: bool = False


def find(session: Session, text: str) -> list[Hit]:
    """What a text may mean, some of each kind; where nothing has it in it, what is spelt alike."""
    text = " ".join(text.split())
    if len(text) < SHORTEST:
        return []
    exact = [one.order_by(None).limit(OF_EACH) for one in queries(text)]
    return read(session, exact, alike=False) or read(session, list(spelt_alike(text)), alike=True)


def read(session: Session, selects: list[Select[Any]], alike: bool) -> list[Hit]:
    """All kinds in one statement."""
    parts = [rows_of(one.subquery()) for one in selects]
    found = union_all(*parts).subquery()
    columns: list[Any] = [col(OrganizationRow.name), *found.c]
    names = rows_of(*columns).join(OrganizationRow, col(OrganizationRow.id) == found.c.organization_id)
    rows = session.execute(names).all()
    hits = [Hit(Found(kind), own, name, said, document, alike) for name, kind, own, said, document in rows]
    return sorted(hits, key=lambda hit: (list(Found).index(hit.kind), hit.organization_name, hit.said))


def queries(text: str) -> Iterator[Select[Any]]:
    """A query for each kind of thing that has a text in it."""
    yield select(
        Found.ORGANIZATION, OrganizationRow.id, OrganizationRow.name, has(col(OrganizationRow.name), text)
    )
    game = literal("launch/") + col(GameRow.id)
    yield select(Found.GAME, GameRow.organization_id, GameRow.name, has(col(GameRow.name), text), game)
    invoice = literal("invoice/") + col(InvoiceRow.id)
    number = [has(col(InvoiceRow.number), text), begins(col(InvoiceRow.id), text.removeprefix("invoice/"))]
    if key := number_key(text):
        number.append(has(col(InvoiceRow.number_key), key))
    yield select(Found.INVOICE, InvoiceRow.organization_id, InvoiceRow.number, or_(*number), invoice)
    payout = literal("payout/") + col(PayoutAttemptRow.payout_id)
    yield select(
        Found.PAYMENT,
        PayoutAttemptRow.organization_id,
        PayoutAttemptRow.reference,
        has(col(PayoutAttemptRow.reference), text),
        payout,
    )
    statement = literal("statement/") + col(StatementRow.id)
    yield select(
        Found.STATEMENT,
        StatementRow.organization_id,
        col(StatementRow.stream)
        + literal(" ")
        + cast(col(StatementRow.period_start), String)
        + literal(" ")
        + cast(col(StatementRow.period_end), String),
        or_(begins(col(StatementRow.id), text.removeprefix("statement/")), *in_period(text)),
        statement,
    )
    for table in (MemberRow, InvitationRow):
        yield select(Found.PERSON, table.organization_id, table.email, has(col(table.email), text))
    yield select(Found.PERSON, MemberRow.organization_id, MemberRow.name, has(col(MemberRow.name), text))


def select(
    kind: Found, organization_id: Any, said: Any, where: ColumnElement[bool], document_id: Any = None
) -> Select[Any]:
    """The rows of one kind, in the columns of a hit."""
    about = cast(null(), String) if document_id is None else document_id
    return rows_of(
        literal(kind.value).label("kind"),
        col(organization_id).label("organization_id"),
        (said if isinstance(said, ColumnElement) else col(said)).label("said"),
        about.label("document_id"),
    ).where(where)


def has(column: Any, text: str) -> ColumnElement[bool]:
    """Whether a column has a text somewhere, in either case."""
    condition: ColumnElement[bool] = column.ilike(f"%{escaped(text)}%", escape="\\")
    return condition


def begins(column: Any, text: str) -> ColumnElement[bool]:
    """Whether a column begins with a text."""
    condition: ColumnElement[bool] = column.like(f"{escaped(text)}%", escape="\\")
    return condition


def escaped(text: str) -> str:
    """A text in which the wildcards of LIKE mean themselves."""
    return text.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")


def in_period(text: str) -> list[ColumnElement[bool]]:
    """Whether a statement is for a month or day that somebody named: ``2026-10``, ``2026-10-15``, ``October 2026``."""
    found = PERIOD.fullmatch(text)
    month = MONTHS.get((found["name"] or "").casefold()) or int(found["month"] or 0) if found else 0
    if not found or not 1 <= month <= 12:
        return []
    year = int(found["year"] or found["of"])
    last = calendar.monthrange(year, month)[1] if 1 <= year <= 9999 else 0
    day = int(found["day"] or 0)
    if not last or day > last:
        return []
    first, until = date(year, month, day or 1), date(year, month, day or last)
    return [(col(StatementRow.period_start) <= until) & (col(StatementRow.period_end) >= first)]


def spelt_alike(text: str) -> Iterator[Select[Any]]:
    """Names of organizations and games that share most runs of three letters with a text, the likest first."""
    parts = sorted({text[at : at + 3] for at in range(len(text) - 2)})[:30]
    for kind, own, name, document in (
        (Found.ORGANIZATION, OrganizationRow.id, OrganizationRow.name, None),
        (Found.GAME, GameRow.organization_id, GameRow.name, literal("launch/") + col(GameRow.id)),
    ):
        shared = sum((cast(case((has(col(name), part), 1), else_=0), Integer) for part in parts), literal(0))
        enough = shared * 2 >= len(parts)
        yield (
            select(kind, own, name, enough, document)
            .order_by(shared.desc(), func.length(col(name)))
            .limit(OF_EACH)
        )
