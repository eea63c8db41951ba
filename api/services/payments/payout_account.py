"""The payout account: business, tax and bank."""

from typing import Annotated, Any

from pydantic import Field, TypeAdapter
from sqlmodel import Session

from api.http.bodies import Body, FileIds, Text
from api.installation import Installation
from api.services.commands import CommandContext, Form, fields_of
from api.services.onboarding.verification import submitted
from api.services.organization_snapshot import OrganizationSnapshot, active_dossier
from api.services.preflight import (
    PreflightView,
    fields_of_form,
    known_business,
    refuse_blocked,
    show_preflight,
)
from api.services.views import DocumentView, Done, FormView
from forms.bank.accounts import BankAccount
from forms.payout_account import Business, PayoutForm, for_an_operator
from forms.tax.forms import FiledTaxForm
from models.documents import PayoutAccount
from models.dossier import Dossier

TAX_FORM: TypeAdapter[FiledTaxForm] = TypeAdapter(FiledTaxForm)


class PayoutAccountView(DocumentView):
    """The payout account; ``proposed`` is the one that a change asks for."""

    broken: bool
    failure_code: str | None
    form: FormView | None
    proposed: FormView | None


ProofFiles = Annotated[
    FileIds, Field(default_factory=list, description="prove whose account it is, when a name differs")
]


class PayoutAccountForm(Body):
    """Everything that is needed to be paid."""

    business: Business
    tax: FiledTaxForm
    bank: BankAccount
    proof_file_ids: ProofFiles


class PayoutAccountChange(Body):
    """What is to be changed; the rest stays as it is."""

    business: Business | None = None
    tax: FiledTaxForm | None = None
    bank: BankAccount
    proof_file_ids: ProofFiles


class Proof(Body):
    """Documents that prove whose account it is."""

    explanation: Text | None = None
    file_ids: Annotated[FileIds, Field(min_length=1)]


def tax_facts(tax: FiledTaxForm | None, business: Business | None) -> dict[str, Any]:
    """What the pipeline knows of a tax form, as far as it is given: which one it is, and of which country."""
    facts = {
        "proposed_tax_form": tax.form if tax else None,
        "proposed_tax_country": business.country if business else None,
    }
    return {name: value for name, value in facts.items() if value is not None}


def checked(session: Session, context: CommandContext, form: PayoutForm) -> bool:
    """Refuse a form that does not pass; otherwise whether an operator must compare its names."""
    dossier = active_dossier(session, context.organization_id)
    findings = form.findings(known_business(session, context.installation, dossier))
    refuse_blocked(findings)
    return for_an_operator(findings)


def completed(
    session: Session, installation: Installation, dossier: Dossier, body: PayoutAccountChange
) -> PayoutForm:
    """A change with all that it leaves as it is."""
    account = dossier.documents["payout_account"]
    before = fields_of_form(session, installation, dossier.organization_id, submitted(account))
    business, tax = body.business, body.tax
    if business is None and "business" in before:
        business = Business.model_validate(before["business"])
    if tax is None and "tax" in before:
        tax = TAX_FORM.validate_python(before["tax"])
    return PayoutForm(business, tax, body.bank, bool(body.proof_file_ids))


def account_form(body: PayoutAccountForm | PayoutAccountChange, change: bool = False) -> Form:
    """The form to be kept; a change completes the form in force."""
    registration = body.business.registration_file_id if body.business else None
    file_ids = dict.fromkeys([*([registration] if registration else []), *body.proof_file_ids])
    return Form(
        "payout_account",
        fields_of(body, "proof_file_ids"),
        tuple(file_ids),
        "proposed_submission_id" if change else "submission_id",
        adds_to=submitted if change else None,
        digest_fact="proposed_digest" if change else None,
    )


def show_payout_account(snapshot: OrganizationSnapshot) -> PayoutAccountView:
    """The payout account, masked, and a change that is under way."""
    account = snapshot.one(PayoutAccount)
    return snapshot.show(
        PayoutAccountView,
        account,
        form=snapshot.form(account.submission_id),
        proposed=snapshot.form(account.proposed_submission_id),
    )


def preflight(
    session: Session, installation: Installation, organization_id: str, body: PayoutAccountChange
) -> PreflightView:
    """Everything that submitting this would find. What is left out is as it is now."""
    dossier = active_dossier(session, organization_id)
    form = completed(session, installation, dossier, body)
    return show_preflight(form.findings(known_business(session, installation, dossier)))


async def submit_payout_account(context: CommandContext, body: PayoutAccountForm) -> Done:
    """Set up the payout account, or again after it was rejected."""
    facts: dict[str, Any] = tax_facts(body.tax, body.business)

    def check(session: Session) -> None:
        form = PayoutForm(body.business, body.tax, body.bank, bool(body.proof_file_ids))
        facts["names_to_compare"] = checked(session, context, form)

    return await context.submit(
        "payout_account.submit", "payout_account", facts, account_form(body), check=check
    )


async def prove_payout_account(context: CommandContext, body: Proof) -> Done:
    """Prove whose account it is, when its name does not match; the documents are added to the form."""
    fields = {"proof": fields_of(body, "file_ids")}
    form = Form("payout_account", fields, body.file_ids, adds_to=submitted)
    return await context.submit("payout_account.provide_documents", "payout_account", form=form)


async def change_payout_account(context: CommandContext, body: PayoutAccountChange) -> Done:
    """Ask for a change: two of the platform's people must agree, then it cools off; payments wait meanwhile."""

    def check(session: Session) -> None:
        dossier = active_dossier(session, context.organization_id)
        checked(session, context, completed(session, context.installation, dossier, body))

    return await context.submit(
        "payout_account.change",
        "payout_account",
        tax_facts(body.tax, body.business),
        account_form(body, change=True),
        check=check,
    )


async def withdraw_change(context: CommandContext) -> Done:
    """Withdraw a change that is not finished."""
    return await context.submit("payout_account.withdraw_change", "payout_account")
