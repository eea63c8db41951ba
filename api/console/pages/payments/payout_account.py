"""The payout account: filled in step by step, looked at as a whole, submitted, proved, changed."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any
from urllib.parse import urlencode

from fastapi import APIRouter, Response
from fastapi.responses import HTMLResponse, RedirectResponse

from api.console.account import steps as account_steps
from api.console.account.checks import FieldView, check_field, complaints, field_by_field
from api.console.account.fields import numbers, ways
from api.console.account.steps import REVIEW, Steps, steps_for
from api.console.formatting import countries, unpayable
from api.console.forms import Posted, Submitted
from api.console.kept.drafts import beside, keep_draft
from api.console.kept.prefill import marked, prefilled
from api.console.page import OfOrganization, OrganizationPage
from api.console.prerequisites import unmet_prerequisites
from api.console.submission import keep_files, show_again, submit
from api.http.problems import FieldProblem, Problem
from api.queues import in_thread
from api.services.onboarding.verification import show_verification
from api.services.organization_snapshot import OrganizationSnapshot
from api.services.payments import payout_account
from api.services.payments.payout_account import (
    PayoutAccountChange,
    PayoutAccountForm,
    PayoutAccountView,
    Proof,
)
from api.services.preflight import PreflightView, blocking, known_business
from forms.bank.bank_names import bank_name
from forms.payout_account import Known
from forms.tax.forms import TAX_FORMS, Filed, forms_for
from models.documents import Reason
from models.states import PayoutAccountState
from words.voice import Sentence

router = APIRouter(prefix="/organizations/{organization_id}/payout-account", include_in_schema=False)

Fields = Mapping[str, list[str]]
TAX_FIELDS = frozenset(field for form in TAX_FORMS for field in form.model_fields)


@dataclass(frozen=True)
class Sheet:
    """The form as it is shown: what stands in it, and which of its steps.

    Attributes:
        before: what stands in its fields until somebody types.
        typed: what stands in them now.
        kept: what was typed before, and not submitted yet.
        begun: somebody has filled in some of it.
        changing: it asks for a change of an account that there is.
        whole: of its business and tax as well, not only of the bank.
        known: what is known of the business already.
    """

    view: PayoutAccountView
    before: Fields
    typed: Fields
    kept: Fields
    begun: bool
    changing: bool
    whole: bool
    known: Known

    @property
    def steps(self) -> Steps:
        """Its steps."""
        return steps_for(self.changing, self.whole)

    def first(self, name: str, default: str = "") -> str:
        """What stands in a field."""
        return next(iter(self.typed.get(name, [])), "") or default


def sheet(page: OrganizationPage, snapshot: OrganizationSnapshot, whole: bool = False) -> Sheet:
    """The form of a page: as it was posted, or as far as it was filled in before."""
    view = payout_account.show_payout_account(snapshot)
    changing = "payout_account.change" in view.allowed_actions
    known = known_business(snapshot.session, snapshot.installation, snapshot.dossier)
    path = f"{page.base}/payout-account"
    kept = {**page.draft_at(snapshot.session, path), **page.parked(snapshot.session)}
    whole = whole or "business.country" in (page.posted.fields if page.posted else kept)
    fresh = prefilled(view.form) if whole or not changing else {}
    named = ("bank.account_name", *(("business.entity_name",) if whole or not changing else ()))
    before = {**{name: list(known.verified[-1:]) for name in named}, **fresh}
    typed = page.posted.typed() if page.posted else {**before, **kept}
    return Sheet(view, before, typed, kept, bool(kept or page.posted), changing, whole, known)


def draw(page: OrganizationPage, step: str = "", checked: bool = False, whole: bool = False) -> HTMLResponse:
    """The payout account with a step of the form that its state asks for.

    Args:
        step: which; without it the one that is to be filled in next.
        checked: say what is wrong in it.
        whole: change business and tax as well, not only the bank.
    """
    with page.snapshot() as snapshot:
        form = sheet(page, snapshot, whole)
        errors, found = look(snapshot, form)
        marks = marks_of(form)
        asked, step = step, chosen_step(page, form, step, errors, marks)
        problem = page.problem
        if problem is None and checked:
            problem = account_steps.wrong_in(step, errors)
        if problem is None and step == REVIEW and errors and found is None:
            problem = Problem(422, "invalid_request", Sentence("Correct what is marked."), errors=errors)
        return replace(page, problem=problem).show(
            snapshot.session,
            "payments/payout_account.html",
            prefilled=dict(form.before),
            marks=marks,
            draft={name: list(texts) for name, texts in form.kept.items()},
            form=form,
            drafted=form.begun and not asked and page.posted is None and not page.parked(snapshot.session),
            view=form.view,
            step=step,
            found=found,
            **choices(snapshot, form),
            unmet_prerequisites=unmet_prerequisites(snapshot, "payout_account.submit", form.view.document_id),
        )


def chosen_step(
    page: OrganizationPage, form: Sheet, asked: str, errors: list[FieldProblem], marks: Mapping[str, str]
) -> str:
    """The step that is shown: never the review while something is wrong before it."""
    steps, wrong = form.steps, form.steps.first_wrong(errors)
    if page.problem is not None:
        return steps.first_wrong(page.problem.errors) or wrong or REVIEW
    if asked in steps.names:
        return asked
    if form.begun or asked == REVIEW:
        return wrong or REVIEW
    named = [account_steps.step_of(pointer) for pointer in marks]
    return next((name for name in steps.names if name in named), steps.names[0])


def look(snapshot: OrganizationSnapshot, form: Sheet) -> tuple[list[FieldProblem], PreflightView | None]:
    """Everything that is wrong with what is filled in so far; and what submitting it would find, once it can be read."""
    filled = Submitted(form.typed, {})
    try:
        body = filled.read(PayoutAccountChange)
    except Problem as problem:
        found = complaints(filled.nested(), list(problem.errors), form.known)
        return field_by_field(found, filled.nested()), None
    checked = payout_account.preflight(
        snapshot.session, snapshot.installation, snapshot.organization_id, body
    )
    return field_by_field(blocking(checked.findings), filled.nested()), checked


def choices(snapshot: OrganizationSnapshot, form: Sheet) -> dict[str, Any]:
    """What there is to choose from, by the countries that are chosen."""
    country = show_verification(snapshot).country or ""
    bank_country = form.first("bank.country", country)
    not_to = unpayable(snapshot.policy)
    paid_in = form.first("business.country", country)
    tax_forms: dict[str, type[Filed]] = {tax_form.called(): tax_form for tax_form in forms_for(paid_in)}
    return {
        "country": paid_in,
        "bank_country": bank_country if bank_country not in not_to else "",
        "numbers": numbers(bank_country),
        "ways": ways(bank_country),
        "unpayable": list(not_to.values()),
        "at_home": not_to.get(country, ""),
        "payable": {code: name for code, name in countries().items() if code not in not_to},
        "tax_forms": {name: name for name in tax_forms},
        "tax_form": tax_forms.get(form.first("tax.form", "")) or next(iter(tax_forms.values())),
    }


def marks_of(form: Sheet) -> dict[str, str]:
    """What the desk that declined the account said of its fields."""
    if form.view.state != PayoutAccountState.DECLINED or form.begun:
        return {}
    return {**marked(form.view.reasons, "payout_account"), **marked_within(form.view.reasons)}


def marked_within(reasons: Sequence[Reason]) -> dict[str, str]:
    """Reasons that name a field without its part: ``account_number`` stands in bank, ``tax_number`` in tax."""
    return {
        f"/{'tax' if pointer.strip('/') in TAX_FIELDS else 'bank'}{pointer}": why
        for pointer, why in marked(reasons, "payout_account").items()
        if pointer.count("/") == 1
    }


@router.get("")
def show_payout_account(
    page: OfOrganization, step: str = "", checked: bool = False, whole: bool = False
) -> HTMLResponse:
    """The payout account."""
    return draw(page, step, checked, whole)


@router.post("/step")
async def take_step(page: OfOrganization, form: Posted) -> Response:
    """Keep what was filled in; on to the next step, or to the same one if something in it is wrong."""
    page.admin()
    sent, step = await keep_files(page, form), form.first("_step") or ""
    if sent.wrong:
        problem = Problem(
            422, "invalid_request", Sentence("Correct what is marked."), errors=list(sent.wrong)
        )
        return await show_again(page, sent, problem, draw)

    def keep() -> str:
        with page.snapshot() as snapshot:
            before = sheet(page, snapshot, bool(form.first("_whole")))
            typed = with_bank_name(account_steps.merged(before.typed, step, sent))
            now = replace(before, typed=typed, whole=before.whole or "business.country" in typed)
            errors, _ = look(snapshot, now)
        keep_draft(page, form, typed)
        if account_steps.wrong_in(step, errors):
            return urlencode({"step": step, "checked": "true"})
        return urlencode({"step": now.steps.after(step) if step in now.steps.names else ""})

    return RedirectResponse(f"{page.origin_of(form)}?{await in_thread(keep)}", 303)


@router.post("/form")
async def show_form(page: OfOrganization, form: Posted) -> Response:
    """The fields for another country; nothing typed is lost."""
    page.admin()
    sent, step = await keep_files(page, form), form.first("_step") or ""

    def keep() -> None:
        with page.snapshot() as snapshot:
            before = sheet(page, snapshot, bool(form.first("_whole")))
        keep_draft(page, form, account_steps.merged(before.typed, step, sent))

    await in_thread(keep)
    return RedirectResponse(f"{page.origin_of(form)}?{urlencode({'step': step})}", 303)


def with_bank_name(typed: Fields) -> dict[str, list[str]]:
    """What is typed, with the name of the bank where its code says it and nobody typed another."""
    first = {name: next(iter(texts), "").strip() for name, texts in typed.items()}
    if first.get("bank.institution"):
        return dict(typed)
    named = bank_name(first.get("bank.iban"), first.get("bank.swift_bic"))
    return {**typed, "bank.institution": [named] if named else []}


@router.post("/field")
async def look_at_field(page: OfOrganization, form: Posted) -> FieldView:
    """What is to be said of one field as soon as it is left, by the rules by which the whole is judged."""

    def find() -> FieldView:
        organization_id, name = page.admin().organization_id, form.first("_field") or ""
        with page.reading() as session:
            typed = Submitted(beside(page.draft_at(session, page.origin_of(form)), form), {})
            return check_field(session, page.installation, organization_id, typed.nested(), name)

    return await in_thread(find)


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
