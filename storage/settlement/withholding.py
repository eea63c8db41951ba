"""The rate of the tax that is withheld, for statements and for what is estimated of them: one rule, in SQL."""

from collections.abc import Iterable, Mapping
from datetime import date
from functools import lru_cache
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Integer,
    ScalarSelect,
    Select,
    String,
    bindparam,
    case,
    func,
    literal,
    select,
)
from sqlmodel import Session

from models.programme.withholding import Withholding
from storage.settlement.sources import DOCUMENTS


def tax_rate(rates: Withholding, day: date, organization_id: ColumnElement[str]) -> ColumnElement[int]:
    """Basis points on a day, by an organization's tax form; before one is on file, by its verified country.

    What that country's businesses are expected to file is in ``Withholding``.
    """
    treaties, standard = rates.treaties(day), rates.standard(day)
    expected = treaties | dict.fromkeys(rates.domestic, 0)
    form = fact(organization_id, "payout_account", "tax_form")
    by_form = by_country(treaties, fact(organization_id, "payout_account", "tax_country"), standard)
    by_verified = by_country(expected, fact(organization_id, "verification", "country"), standard)
    return case((form == "W-9", 0), (form == "W-8BEN-E", by_form), else_=by_verified)


def by_country(rates: Mapping[str, int], country: ColumnElement[str], standard: int) -> ColumnElement[int]:
    """The rate of a country, or the standard one; SQL has no CASE without a WHEN."""
    return case(dict(rates), value=country, else_=standard) if rates else literal(standard, Integer)


def fact(organization_id: ColumnElement[str], document_id: str, name: str) -> ColumnElement[str]:
    """What a document of an organization says; empty if it says nothing or is not there."""
    said: ScalarSelect[str] = (
        select(DOCUMENTS.c.facts[name].as_string())
        .where(DOCUMENTS.c.organization_id == organization_id, DOCUMENTS.c.id == document_id)
        .scalar_subquery()
    )
    return func.coalesce(said, "")


def tax_rates(
    session: Session, organization_id: str, rates: Withholding, days: Iterable[date]
) -> dict[date, int]:
    """An organization's rates on some days, as things are now; one query."""
    known = tuple(sorted(set(days)))
    if not known:
        return {}
    row = session.execute(rates_on(rates, known), {"organization_id": organization_id}).one()
    return dict(zip(known, row, strict=True))


@lru_cache
def rates_on(rates: Withholding, days: tuple[date, ...]) -> Select[Any]:
    """An organization's rates on some days, by its ``organization_id``; to put it into words takes longer than to ask."""
    organization_id = bindparam("organization_id", type_=String())
    found: list[ColumnElement[Any]] = [tax_rate(rates, day, organization_id) for day in days]
    return select(*(rate.label(f"rate_{number}") for number, rate in enumerate(found)))
