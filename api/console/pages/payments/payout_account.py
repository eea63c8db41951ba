"""The payout account: filled in, checked before it is submitted, proved, changed."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from fastapi import APIRouter, Response
from fastapi.responses import HTMLResponse

from api.console.form_prefill import marked, prefilled
from api.console.formatting import countries, unpayable
from api.console.forms import Posted
from api.console.page import OfOrganization, OrganizationPage
from api.console.prerequisites import unmet_prerequisites
from api.console.submission import keep_files, show_again, submit
from api.http.problems import Problem
from api.queues import in_thread
from api.services.onboarding.verification import show_verification
from api.services.payments import payout_account
from api.services.payments.payout_account import PayoutAccountChange, PayoutAccountForm, Proof
from api.services.preflight import PreflightView
from forms.bank.accounts import in_words, label
from forms.bank.countries import bank_country
from forms.bank.numbers import ON_STATEMENTS, TYPES, BankCountry, NumberField, Route
from models.states import PayoutAccountState
from words.codes import CLASSIFICATIONS, ENTITY_TYPES

router = APIRouter(prefix="/organizations/{organization_id}/payout-account", include_in_schema=False)


def draw(page: OrganizationPage, found: PreflightView | None = None, whole: bool = False) -> HTMLResponse:
    """The payout account with the form that its state asks for.

    Args:
        found: what a check of the form found.
        whole: change business and tax as well, not only the bank.
    """
    with page.snapshot() as snapshot:
        view = payout_account.show_payout_account(snapshot)
        country = show_verification(snapshot).country or ""
        changing = "payout_account.change" in view.allowed_actions
        before = {} if changing and not whole else prefilled(view.form)
        typed = page.posted.fields if page.posted else {**before, **page.parked(snapshot.session)}
        bank_country = (typed.get("bank.country") or [country])[0]
        not_to = unpayable(snapshot.policy)
        marks = (
            {**marked(view.reasons), **marked_within(view.reasons)}
            if view.state == PayoutAccountState.DECLINED
            else {}
        )
        return page.show(
            snapshot.session,
            "payments/payout_account.html",
            prefilled=before,
            marks=marks,
            view=view,
            found=found,
            changing=changing,
            whole=whole or not changing or "business.country" in typed,
            country=(typed.get("business.country") or [country])[0],
            bank_country=bank_country,
            numbers=numbers(bank_country),
            ways=ways(bank_country),
            unpayable=list(not_to.values()),
            payable={code: name for code, name in countries().items() if code not in not_to},
            classifications=CLASSIFICATIONS,
            entity_types=ENTITY_TYPES,
            unmet_prerequisites=unmet_prerequisites(snapshot, "payout_account.submit", view.document_id),
        )


def marked_within(reasons: Any) -> dict[str, str]:
    """Reasons that name a field without its part: ``account_number`` stands in bank, ``tax_number`` in tax."""
    return {f"/{part}{pointer}": why for pointer, why in marked(reasons).items() for part in ("bank", "tax")}


HINTS: Mapping[NumberField, str] = {
    "iban": f"Two letters for the country, two digits, and what follows. {ON_STATEMENTS}",
    "swift_bic": f"8 or 11 characters, such as COBADEFF. {ON_STATEMENTS}",
}
"""What is said of numbers that look alike everywhere."""


@dataclass(frozen=True)
class NumberInput:
    """A number of a bank account as its form asks for it.

    Attributes:
        options: what there is to choose from; empty where it is typed.
    """

    field: str
    label: str
    hint: str
    needed: bool
    options: Mapping[str, str]


def numbers(country: str) -> list[NumberInput]:
    """The numbers by which accounts of a country are paid to, the usual ones first."""
    rules = bank_country(country)
    beside: Route = () if "swift_bic" in rules.fields or country == "US" else ("swift_bic",)
    return [number_input(field, rules) for field in (*rules.fields, *beside)]


def number_input(field: NumberField, rules: BankCountry) -> NumberInput:
    """How one number of a country is asked for."""
    shape, name, needed = rules.shapes.get(field), capitalized(label(field, rules)), field in rules.needed
    if shape is None:
        return NumberInput(field, name, HINTS.get(field, ON_STATEMENTS), needed, {})
    if field == "account_type":
        return NumberInput(field, name, "", needed, {kind: TYPES[kind] for kind in shape.pattern.split("|")})
    return NumberInput(
        field, name, f"{capitalized(shape.words)}, such as {shape.example}. {shape.where}", needed, {}
    )


def ways(country: str) -> str:
    """Which numbers are enough together, where there is more than one way."""
    rules = bank_country(country)
    return "; ".join(in_words(route, rules) for route in rules.routes) if len(rules.routes) > 1 else ""


def capitalized(words: str) -> str:
    """Words as they begin a sentence."""
    return words[:1].upper() + words[1:]


@router.get("")
def show_payout_account(page: OfOrganization, whole: bool = False) -> HTMLResponse:
    """The payout account."""
    return draw(page, whole=whole)


@router.post("/form")
async def show_form(page: OfOrganization, form: Posted) -> Response:
    """The form for another country of the bank; nothing typed is lost."""
    return await in_thread(draw, page.again(await keep_files(page, form)))


@router.post("/check")
async def check(page: OfOrganization, form: Posted) -> Response:
    """Say all that submitting this would find; nothing is submitted."""
    sent = await keep_files(page, form)

    def find() -> PreflightView:
        organization_id, body = page.admin().organization_id, sent.read(PayoutAccountChange)
        with page.reading() as session:
            return payout_account.preflight(session, page.installation, organization_id, body)

    try:
        found = await in_thread(find)
    except Problem as problem:
        return await show_again(page, sent, problem, draw)
    return await in_thread(draw, page.again(sent), found)


@router.post("")
async def submit_account(page: OfOrganization, form: Posted) -> Response:
    """Submit it."""
    return await submit(
        page,
        form,
        lambda context, sent: payout_account.submit_payout_account(context, sent.read(PayoutAccountForm)),
        draw,
    )


@router.post("/documents")
async def prove(page: OfOrganization, form: Posted) -> Response:
    """Prove whose account it is."""
    return await submit(
        page,
        form,
        lambda context, sent: payout_account.prove_payout_account(context, sent.read(Proof)),
        draw,
    )


@router.post("/change")
async def change(page: OfOrganization, form: Posted) -> Response:
    """Ask for a change."""
    return await submit(
        page,
        form,
        lambda context, sent: payout_account.change_payout_account(context, sent.read(PayoutAccountChange)),
        draw,
    )


@router.post("/change/withdraw")
async def withdraw(page: OfOrganization, form: Posted) -> Response:
    """Withdraw a change."""
    return await submit(page, form, lambda context, sent: payout_account.withdraw_change(context), draw)
