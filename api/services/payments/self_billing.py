"""Invoices that the platform writes for an organization, where its contracts allow that."""

from collections.abc import Sequence
from functools import reduce
from operator import add
from typing import Annotated, Any

from pydantic import AfterValidator, Field
from sqlmodel import Session

from api.http.bodies import Body, unique
from api.http.problems import refused
from api.installation import Installation
from api.services.commands import CommandContext, Form
from api.services.organization_snapshot import active_dossier, own_policy
from api.services.payments.invoices import BareStatementId
from api.services.preflight import fields_of_form
from api.services.views import Done
from lifecycle.in_words import meaning
from models.commands import Refusal
from models.documents import Contract, Feature, PayoutAccount, Statement, Stream
from models.dossier import Dossier
from models.programme.policy import Policy
from models.states import StatementState
from papers.parties import Party
from storage.organizations import queries
from words.voice import Sentence, joined


class SelfBilled(Body):
    """The statements that the platform is to write an invoice for."""

    statement_ids: Annotated[
        list[BareStatementId], Field(min_length=1, max_length=200), AfterValidator(unique)
    ]


def claim_of(installation: Installation, policy: Policy, statements: Sequence[Statement]) -> dict[str, Any]:
    """The facts of an invoice that the platform writes; what its number begins with stands for the next number."""
    total = reduce(add, (statement.net for statement in statements))
    return {
        "number": policy.self_billed_prefix,
        "statement_ids": [statement.id for statement in statements],
        "total": total.model_dump(),
        "dated": installation.now().date().isoformat(),
        "self_billed": True,
    }


def claimed(dossier: Dossier, statement_id: str) -> Statement:
    """A statement that can be invoiced; otherwise the refusal that submitting would end in."""
    statement = dossier.get(statement_id, Statement)
    if statement is None:
        raise refused(
            Refusal(code="unknown_statement", reason=Sentence("Select only statements of this organization."))
        )
    if statement.state != StatementState.CONFIRMED:
        reason = joined(
            Sentence("Select only statements that are confirmed and not yet invoiced."),
            Sentence(meaning(statement)),
        )
        raise refused(Refusal(code="statement_not_confirmed", reason=reason))
    return statement


def check_allowed(session: Session, dossier: Dossier, statements: list[Statement]) -> None:
    """Refuse unless each contract that the statements are settled under lets the platform write invoices."""
    features = {Feature.IAA if s.stream is Stream.IAA else Feature.IAP for s in statements}
    for feature in features:
        contract = dossier.get(f"contract/{feature}", Contract)
        version = contract.version if contract else None
        text = queries.contract_text(session, feature, version) if version is not None else None
        if text is None or not text.self_billing:
            reason = Sentence(
                "Your contract does not let the platform write your invoices; submit one of your own."
            )
            raise refused(Refusal(code="self_billing_not_agreed", reason=reason))


def parties_of(session: Session, context: CommandContext, dossier: Dossier) -> dict[str, Any]:
    """The organization as it stands on its payout account, and the platform, as both will stand on the paper."""
    account = dossier.get("payout_account", PayoutAccount)
    form = fields_of_form(
        session, context.installation, context.organization_id, account.submission_id if account else None
    )
    business = form.get("business")
    if not isinstance(business, dict):
        reason = Sentence("The payout account must be set up and active before an invoice is submitted.")
        raise refused(Refusal(code="payout_account_not_active", reason=reason))
    seller = Party(name=str(business["entity_name"]), address=str(business["permanent_address"]))
    buyer = context.installation.platform
    return {"seller": seller.model_dump(), "buyer": buyer.model_dump()}


async def submit_self_billed(context: CommandContext, body: SelfBilled) -> Done:
    """Have the platform write, number and submit an invoice; only where the contracts allow it."""
    claim: dict[str, Any] = {}
    parties: dict[str, Any] = {}

    def check(session: Session) -> None:
        named = [f"statement/{statement_id}" for statement_id in body.statement_ids]
        dossier = active_dossier(session, context.organization_id, named)
        statements = [claimed(dossier, document_id) for document_id in named]
        check_allowed(session, dossier, statements)
        policy = own_policy(session, context.installation, context.organization_id)
        claim.update(claim_of(context.installation, policy, statements))
        parties.update(parties_of(session, context, dossier))

    def form() -> Form:
        return Form("invoice", {**claim, "amount": claim["total"], **parties}, variant=str(parties))

    invoice_id = f"invoice/{context.new_id('inv')}"
    return await context.submit("invoice.submit", invoice_id, claim, form, check=check)
