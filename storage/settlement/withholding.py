"""The rate of the tax that is withheld, for statements and for what is estimated of them: one rule, in SQL."""

from collections.abc import Iterable
from datetime import date
from functools import lru_cache
from typing import Any, get_args

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

from models.programme.withholding import Rates, TaxForm, Withholding
from storage.settlement.sources import DOCUMENTS


def tax_rate(rates: Withholding, day: date, organization_id: ColumnElement[str]) -> ColumnElement[int]:
    """Basis points on a day, by an organization's tax form; before one is on file, by its verified country.

    What is withheld by each is in ``Withholding``.
    """
    filed = fact(organization_id, "payout_account", "tax_form")
    country = fact(organization_id, "payout_account", "tax_country")
    forms: tuple[TaxForm, ...] = get_args(TaxForm)
    return case(
        *((filed == form, by_country(rates.of_form(form, day), country)) for form in forms),
        else_=by_country(rates.expected(day), fact(organization_id, "verification", "country")),
    )


def by_country(rates: Rates, country: ColumnElement[str]) -> ColumnElement[int]:
    """The rate of a country, or of all others; SQL has no CASE without a WHEN."""
    if not rates.by_country:
        return literal(rates.otherwise, Integer)
    return case(dict(rates.by_country), value=country, else_=rates.otherwise)


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
