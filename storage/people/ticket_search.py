"""What a support ticket carries, and what it is about: names, numbers, references and addresses, in part or misspelt.

What organizations submit in forms (bank accounts, tax numbers) is encrypted, and not searched; only a whole registration
number is found, by its fingerprint.
"""

import calendar
import re
from collections.abc import Callable, Collection, Iterator
from datetime import date
from enum import StrEnum
from typing import Any

from pydantic import BaseModel, ConfigDict
from sqlalchemy import ColumnElement, Integer, Select, String, case, cast, literal, null, or_, union_all
from sqlalchemy import select as rows_of
from sqlmodel import Session, col, func

from models.documents import Stream
from models.tables import (
    GameRow,
    InvitationRow,
    InvoiceRow,
    MemberRow,
    OrganizationRow,
    PayoutAttemptRow,
    StatementRow,
    SubmissionRow,
)
from models.typed_numbers import number_key
from storage.encryption.keyring import Keyring
from storage.organizations.submissions import registrations

SHORTEST = 3
"""Fewer letters are found nearly everywhere."""

OF_EACH = 10
"""How much is found of each kind, unless somebody asks for more."""

MOST_PARTS = 30
"""How long a text may be to be looked for misspelt: the database compares each part with each name."""

SEPARATORS = "-/._ "
"""What people leave out of numbers, or put into them."""

IN_ADDRESSES = re.compile(r"^(statement|invoice|payout|launch)/")
"""What stands before the ids of documents."""

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


class Hit(BaseModel):
    """One thing that was found.

    Attributes:
        name: what tells it from others: a name, a number, a reference or an address; of a statement its id.
        document_id: the document that it is, or is about; `null` for organizations and people.
        stream: of a statement, beside its first and its last day.
    """

    model_config = ConfigDict(frozen=True)

    kind: Found
    organization_id: str
    organization_name: str
    name: str
    document_id: str | None
    stream: Stream | None = None
    period_start: date | None = None
    period_end: date | None = None


class Hits(BaseModel):
    """What a text may mean.

    Attributes:
        alike: nothing has the text in it; these are spelt alike.
        more: the kinds of which there is more than this.
    """

    data: list[Hit] = []
    alike: bool = False
    more: list[Found] = []


Query = tuple[Found, Select[Any]]


def find(
    session: Session, keyring: Keyring, text: str, kind: Found | None = None, of_each: int = OF_EACH
) -> Hits:
    """What a text may mean, some of each kind or of one; where nothing has it in it, what is spelt alike.

    Args:
        keyring: the keys under which registration numbers have their fingerprints.
        of_each: at most so much of each kind, the shortest names first: what has nothing but the text in it.
    """
    text = " ".join(text.split())
    if len(text) < SHORTEST:
        return Hits()
    for alike, queries in (
        (False, (*having(text), registered(registrations(keyring, text)))),
        (True, spelt_alike(text)),
    ):
        wanted = [select for found, select in queries if kind in (None, found)]
        hits = read(session, wanted, of_each)
        if any(hits.values()):
            return Hits(
                data=[hit for found in hits.values() for hit in found[:of_each]],
                alike=alike,
                more=[found for found, theirs in hits.items() if len(theirs) > of_each],
            )
    return Hits()


def read(session: Session, selects: Collection[Select[Any]], of_each: int) -> dict[Found, list[Hit]]:
    """What is found of each kind, and one more where there is more; all in one statement."""
    if not selects:
        return {}
    found = union_all(*(rows_of(one.limit(of_each + 1).subquery()) for one in selects)).subquery()
    statement = (col(StatementRow.stream), col(StatementRow.period_start), col(StatementRow.period_end))
    columns: list[Any] = [*found.c, col(OrganizationRow.name).label("organization_name"), *statement]
    is_statement = (found.c.kind == Found.STATEMENT.value) & (col(StatementRow.id) == found.c.name)
    query = (
        rows_of(*columns)
        .join_from(found, OrganizationRow, col(OrganizationRow.id) == found.c.organization_id)
        .outerjoin(StatementRow, is_statement)
    )
    hits = {Hit.model_validate(dict(row)) for row in session.execute(query).mappings()}
    in_order = sorted(hits, key=lambda hit: (len(hit.name), hit.name, hit.organization_name))
    return {kind: [hit for hit in in_order if hit.kind is kind] for kind in Found}


def having(text: str) -> Iterator[Query]:
    """A query for each kind of thing that has a text in it."""
    bare = IN_ADDRESSES.sub("", text)
    own, name = col(OrganizationRow.id), col(OrganizationRow.name)
    yield rows(Found.ORGANIZATION, own, name, or_(has(name, text), begins(own, text)))
    game, name = col(GameRow.id), col(GameRow.name)
    launch = literal("launch/") + game
    yield rows(Found.GAME, GameRow.organization_id, name, or_(has(name, text), begins(game, bare)), launch)
    number = [has(col(InvoiceRow.number), text), begins(col(InvoiceRow.id), bare)]
    if key := number_key(text):
        number.append(has(col(InvoiceRow.number_key), key))
    yield invoices(or_(*number))
    attempt, reference = PayoutAttemptRow, col(PayoutAttemptRow.reference)
    payout = literal("payout/") + col(attempt.payout_id)
    yield rows(Found.PAYMENT, attempt.organization_id, reference, has(reference, text), payout)
    statement = col(StatementRow.id)
    meant = or_(begins(statement, bare), *in_period(text))
    yield rows(Found.STATEMENT, StatementRow.organization_id, statement, meant, "statement/" + statement)
    yield from people(lambda column: has(column, text))


def registered(fingerprints: Collection[bytes]) -> Query:
    """The organizations whose verification has a registration number."""
    theirs = rows_of(col(SubmissionRow.organization_id)).where(
        col(SubmissionRow.registration).in_(fingerprints)
    )
    own, name = col(OrganizationRow.id), col(OrganizationRow.name)
    return rows(Found.ORGANIZATION, own, name, own.in_(theirs), literal("verification"))


def spelt_alike(text: str) -> Iterator[Query]:
    """Names and addresses that share most runs of three letters with a text; invoices that differ at one place."""
    parts = sorted({text[at : at + 3] for at in range(len(text) - 2)})[:MOST_PARTS]

    def alike(column: Any) -> ColumnElement[bool]:
        shared = sum((cast(case((has(column, part), 1), else_=0), Integer) for part in parts), literal(0))
        return shared * 2 >= len(parts)

    name = col(OrganizationRow.name)
    yield rows(Found.ORGANIZATION, col(OrganizationRow.id), name, alike(name))
    launch, name = literal("launch/") + col(GameRow.id), col(GameRow.name)
    yield rows(Found.GAME, GameRow.organization_id, name, alike(name), launch)
    if places := misread(text):
        number: Any = col(InvoiceRow.number_key)
        for sign in SEPARATORS:
            number = func.replace(number, sign, "")
        yield invoices(or_(*(number.like(place, escape="\\") for place in places)))
    yield from people(alike)


def misread(number: str) -> list[str]:
    """Patterns of a number in which one character is wrong, or two neighbours have changed places; separators aside."""
    key = "".join(sign for sign in number_key(number) if sign not in SEPARATORS)
    if not SHORTEST < len(key) <= MOST_PARTS or not any(sign.isdecimal() for sign in key):
        return []
    return [f"{escaped(key[:at])}__{escaped(key[at + 2 :])}" for at in range(len(key) - 1)]


def invoices(where: ColumnElement[bool]) -> Query:
    """Invoices by their numbers."""
    document_id = literal("invoice/") + col(InvoiceRow.id)
    return rows(Found.INVOICE, InvoiceRow.organization_id, col(InvoiceRow.number), where, document_id)


def people(holds: Callable[[Any], ColumnElement[bool]]) -> Iterator[Query]:
    """Members by name and address, and who is invited; both are called by their address where it is known."""
    known = func.coalesce(func.nullif(col(MemberRow.email), ""), col(MemberRow.name))
    member = or_(holds(col(MemberRow.email)), holds(col(MemberRow.name)))
    yield rows(Found.PERSON, MemberRow.organization_id, known, member)
    invited = col(InvitationRow.email)
    yield rows(Found.PERSON, InvitationRow.organization_id, invited, holds(invited))


def rows(
    kind: Found, organization_id: Any, name: Any, where: ColumnElement[bool], document_id: Any = None
) -> Query:
    """The rows of one kind, in the columns of a hit, the shortest names first."""
    about = cast(null(), String) if document_id is None else document_id
    query = rows_of(
        literal(kind.value).label("kind"),
        col(organization_id).label("organization_id"),
        name.label("name"),
        about.label("document_id"),
    )
    return kind, query.where(where).order_by(func.length(name), name)


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
