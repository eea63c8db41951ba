"""Contracts (pay in): one for each feature; a new version blocks nothing that is earned."""

from lifecycle.machine import Guard, Machine, Rule, State, Tone
from lifecycle.reviewing import review_rules, under_review
from lifecycle.steps.verification import REVIEWERS, VERIFIED
from models.commands import Role
from models.desks import Desk
from models.documents import Contract
from models.dossier import Dossier
from models.reasons import reviews
from models.states import ContractState
from models.webhooks import WebhookType

IN_FORCE = (ContractState.ACTIVE, ContractState.UPDATE_OFFERED, ContractState.UPDATE_IN_REVIEW)
SIGNED = (ContractState.IN_REVIEW, *IN_FORCE)
DESKS = (Desk.CONTRACTS,)


def others_under_way(contract: Contract, dossier: Dossier) -> list[str]:
    """The first contracts of other features that are under review."""
    return [
        other.id
        for other in dossier.of(Contract)
        if other.state == ContractState.IN_REVIEW and other.id != contract.id
    ]


ONE_AT_A_TIME: Guard[Contract] = Guard(
    code="another_feature_under_way",
    reason="Another feature is being enabled; one feature is enabled at a time. Wait for its review.",
    holds=lambda c: not others_under_way(c.document, c.dossier),
    moved_by=others_under_way,
)
OFFERED_VERSION: Guard[Contract] = Guard(
    code="not_the_offered_version",
    reason="This is not the contract version on offer; read the current text and sign that.",
    holds=lambda c: c.proposed.signed_version == c.document.offered_version,
    needs_facts=True,
)
NEWER_VERSION: Guard[Contract] = Guard(
    code="not_a_newer_version",
    reason="A new contract version must have a higher number than the one on offer.",
    holds=lambda c: c.proposed.offered_version > c.document.offered_version,
    needs_facts=True,
)

NEWEST_SIGNED: Guard[Contract] = Guard(
    code="newer_version_on_offer",
    reason="A newer contract version has been put on offer meanwhile.",
    holds=lambda c: c.document.signed_version == c.document.offered_version,
)
NEWEST_IN_FORCE: Guard[Contract] = Guard(
    code="newer_version_on_offer",
    reason="A newer contract version has been put on offer meanwhile.",
    holds=lambda c: c.document.version == c.document.offered_version,
)

SIGNATURE = ("submission_id", "signed_version", "text_sha256")

CONTRACT = Machine(
    name="contract",
    title="Contract",
    document=Contract,
    moves_money=False,
    checklist=("The signatory is a representative of the verified business.",),
    states=(
        State(
            name=ContractState.NOT_SIGNED,
            description="The contract for this feature is not signed.",
            waits_for=Role.ADMIN,
            todo="Read and sign the contract for {feature}",
        ),
        under_review(
            ContractState.IN_REVIEW,
            "The contract is signed and is being countersigned; its APIs may be used already.",
            desks=DESKS,
            days=lambda p: p.contract_review_days,
            todo="Check who signed the contract for {feature}, then countersign or decline it",
        ),
        State(
            name=ContractState.DECLINED,
            description="The contract was not countersigned.",
            waits_for=Role.ADMIN,
            todo="See why the contract for {feature} was declined, then sign it again",
            tone=Tone.BAD,
        ),
        State(
            name=ContractState.ACTIVE,
            description="The feature is enabled for all games of the organization.",
            tone=Tone.GOOD,
        ),
        State(
            name=ContractState.UPDATE_OFFERED,
            description="A new contract version is on offer; the one in force goes on, and nothing earned is blocked.",
            waits_for=Role.ADMIN,
            todo="Read and sign the new version of the contract for {feature}",
        ),
        under_review(
            ContractState.UPDATE_IN_REVIEW,
            "The new version is signed and is being countersigned; the one in force goes on.",
            desks=DESKS,
            days=lambda p: p.contract_review_days,
            todo="Check who signed the new version of the contract for {feature}, then countersign or decline it",
        ),
        State(
            name=ContractState.SUSPENDED,
            description="The platform suspended the contract; the feature does not earn meanwhile.",
            waits_for=Role.OPERATOR,
            todo="Reinstate or terminate the contract for {feature}",
            tone=Tone.BAD,
        ),
        State(
            name=ContractState.TERMINATED,
            description="The contract has ended; what was earned is settled and paid.",
            final=True,
            tone=Tone.BAD,
        ),
    ),
    rules=(
        Rule(
            event="sign",
            sources=(ContractState.NOT_SIGNED, ContractState.DECLINED),
            target=ContractState.IN_REVIEW,
            roles=(Role.ADMIN,),
            guards=(VERIFIED, ONE_AT_A_TIME, OFFERED_VERSION),
            required_facts=SIGNATURE,
            webhook_type=WebhookType.CONTRACT_SIGNED,
            in_person=True,
        ),
        Rule(
            event="sign",
            sources=(ContractState.UPDATE_OFFERED,),
            target=ContractState.UPDATE_IN_REVIEW,
            roles=(Role.ADMIN,),
            guards=(VERIFIED, OFFERED_VERSION),
            required_facts=SIGNATURE,
            webhook_type=WebhookType.CONTRACT_SIGNED,
            in_person=True,
        ),
        Rule(
            event="activate",
            sources=(ContractState.IN_REVIEW, ContractState.UPDATE_IN_REVIEW),
            target=ContractState.ACTIVE,
            roles=REVIEWERS,
            guards=(NEWEST_SIGNED,),
            updates=lambda c: {"version": c.document.signed_version},
            notification="The contract is active: the feature is enabled for all your games.",
            webhook_type=WebhookType.CONTRACT_ACTIVATED,
        ),
        Rule(
            event="activate",
            sources=(ContractState.IN_REVIEW, ContractState.UPDATE_IN_REVIEW),
            target=ContractState.UPDATE_OFFERED,
            roles=REVIEWERS,
            updates=lambda c: {"version": c.document.signed_version},
            notification="The contract is active, and a new version of it is on offer; please read and sign that, too.",
            webhook_type=WebhookType.CONTRACT_ACTIVATED,
        ),
        Rule(
            event="decline",
            sources=(ContractState.IN_REVIEW,),
            target=ContractState.DECLINED,
            roles=REVIEWERS,
            needs_reasons=True,
            usual_reasons=reviews.SIGNATURE,
            notification="The contract was declined; see why, fix it and sign again.",
            webhook_type=WebhookType.CONTRACT_DECLINED,
        ),
        Rule(
            event="decline",
            sources=(ContractState.UPDATE_IN_REVIEW,),
            target=ContractState.UPDATE_OFFERED,
            roles=REVIEWERS,
            needs_reasons=True,
            usual_reasons=reviews.SIGNATURE,
            notification="Your signature of the new contract version was declined; the version in force goes on.",
            webhook_type=WebhookType.CONTRACT_DECLINED,
        ),
        Rule(
            event="offer_version",
            sources=(ContractState.ACTIVE, ContractState.UPDATE_OFFERED),
            target=ContractState.UPDATE_OFFERED,
            roles=(Role.OPERATOR,),
            guards=(NEWER_VERSION,),
            required_facts=("offered_version",),
            notification="A new contract version is on offer; please read and sign it.",
            webhook_type=WebhookType.CONTRACT_VERSION_OFFERED,
        ),
        *(
            Rule(
                event="offer_version",
                sources=(state,),
                target=state,
                roles=(Role.OPERATOR,),
                guards=(NEWER_VERSION,),
                required_facts=("offered_version",),
            )
            for state in (
                ContractState.NOT_SIGNED,
                ContractState.IN_REVIEW,
                ContractState.DECLINED,
                ContractState.UPDATE_IN_REVIEW,
                ContractState.SUSPENDED,
            )
        ),
        Rule(
            event="suspend",
            sources=IN_FORCE,
            target=ContractState.SUSPENDED,
            roles=(Role.OPERATOR,),
            needs_reasons=True,
            usual_reasons=reviews.SUSPENDED_CONTRACT,
            notification="The contract was suspended; the feature does not earn meanwhile.",
            webhook_type=WebhookType.CONTRACT_SUSPENDED,
        ),
        Rule(
            event="reinstate",
            sources=(ContractState.SUSPENDED,),
            target=ContractState.ACTIVE,
            roles=(Role.OPERATOR,),
            guards=(NEWEST_IN_FORCE,),
            notification="The contract is in force again.",
            webhook_type=WebhookType.CONTRACT_ACTIVATED,
        ),
        Rule(
            event="reinstate",
            sources=(ContractState.SUSPENDED,),
            target=ContractState.UPDATE_OFFERED,
            roles=(Role.OPERATOR,),
            notification="The contract is in force again, and a new version of it is on offer; please read and sign it.",
            webhook_type=WebhookType.CONTRACT_ACTIVATED,
        ),
        Rule(
            event="terminate",
            sources=(*IN_FORCE, ContractState.SUSPENDED),
            target=ContractState.TERMINATED,
            roles=(Role.OPERATOR,),
            needs_reasons=True,
            usual_reasons=reviews.ENDED_CONTRACT,
            notification="The contract was terminated; a final statement follows.",
            webhook_type=WebhookType.CONTRACT_TERMINATED,
        ),
        *review_rules(DESKS, ContractState.IN_REVIEW, ContractState.UPDATE_IN_REVIEW),
    ),
)
