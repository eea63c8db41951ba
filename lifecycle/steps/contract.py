"""Contracts (pay in): one for each feature; a new version blocks nothing that is earned."""

from lifecycle.deadlines import review_late, review_late_rule
from lifecycle.machine import Context, Guard, Machine, Rule, State
from lifecycle.steps.verification import REVIEWERS, VERIFIED
from models.commands import Role
from models.documents import Contract

IN_FORCE = ("active", "update_offered", "update_in_review")
SIGNED = ("in_review", *IN_FORCE)


def no_other_feature_under_way(context: Context) -> bool:
    """Whether no other feature's first contract is under review."""
    return all(
        other.state != "in_review"
        for other in context.dossier.of(Contract)
        if other.id != context.document.id
    )


ONE_AT_A_TIME = Guard(
    "another_feature_under_way",
    "Another feature is being enabled; one feature is enabled at a time. Wait for its review.",
    no_other_feature_under_way,
)
OFFERED_VERSION = Guard(
    "not_the_offered_version",
    "This is not the contract version on offer; read the current text and sign that.",
    lambda c: c.proposed.signed_version == c.document.offered_version,
    needs_facts=True,
)
NEWER_VERSION = Guard(
    "not_a_newer_version",
    "A new contract version must have a higher number than the one on offer.",
    lambda c: c.proposed.offered_version > c.document.offered_version,
    needs_facts=True,
)

NEWEST_SIGNED = Guard(
    "newer_version_on_offer",
    "A newer contract version has been put on offer meanwhile.",
    lambda c: c.document.signed_version == c.document.offered_version,
)
NEWEST_IN_FORCE = Guard(
    "newer_version_on_offer",
    "A newer contract version has been put on offer meanwhile.",
    lambda c: c.document.version == c.document.offered_version,
)

SIGNATURE = ("submission_id", "signed_version", "text_sha256")

CONTRACT = Machine(
    "contract",
    "Contract",
    Contract,
    states=(
        State(
            "not_signed",
            "The contract for this feature is not signed.",
            Role.ADMIN,
            todo="Read and sign the contract",
        ),
        State(
            "in_review",
            "The contract is signed and being counter-signed; the APIs may be used.",
            Role.PROVIDER,
            (review_late(lambda p: p.contract_review_days),),
            effect="request_review",
        ),
        State(
            "refused",
            "The contract was refused.",
            Role.ADMIN,
            todo="See why the contract was refused, mend it and sign again",
        ),
        State("active", "The feature is enabled for all games of the organization."),
        State(
            "update_offered",
            "A new contract version is on offer; the one in force goes on, and nothing earned is blocked.",
            Role.ADMIN,
            todo="Read and sign the new contract version",
        ),
        State(
            "update_in_review",
            "The new version is signed and being counter-signed; the one in force goes on.",
            Role.PROVIDER,
            (review_late(lambda p: p.contract_review_days),),
            effect="request_review",
        ),
        State(
            "suspended",
            "An operator suspended the contract; the feature does not earn meanwhile.",
            Role.OPERATOR,
            todo="Reinstate or terminate the contract",
        ),
        State("terminated", "The contract has ended; what was earned is settled and paid.", final=True),
    ),
    rules=(
        Rule(
            "sign",
            ("not_signed", "refused"),
            "in_review",
            (Role.ADMIN,),
            (VERIFIED, ONE_AT_A_TIME, OFFERED_VERSION),
            takes=SIGNATURE,
        ),
        Rule(
            "sign",
            ("update_offered",),
            "update_in_review",
            (Role.ADMIN,),
            (VERIFIED, OFFERED_VERSION),
            takes=SIGNATURE,
        ),
        Rule(
            "activate",
            ("in_review", "update_in_review"),
            "active",
            REVIEWERS,
            (NEWEST_SIGNED,),
            sets=lambda c: {"version": c.document.signed_version},
            meaning="The contract is active: the feature is enabled for all your games.",
        ),
        Rule(
            "activate",
            ("in_review", "update_in_review"),
            "update_offered",
            REVIEWERS,
            sets=lambda c: {"version": c.document.signed_version},
            meaning="The contract is active, and a new version of it is on offer; please read and sign that, too.",
        ),
        Rule(
            "refuse",
            ("in_review",),
            "refused",
            REVIEWERS,
            needs_reasons=True,
            meaning="The contract was refused; see why, mend it and sign again.",
        ),
        Rule(
            "refuse",
            ("update_in_review",),
            "update_offered",
            REVIEWERS,
            needs_reasons=True,
            meaning="Your signature of the new contract version was refused; the version in force goes on.",
        ),
        Rule(
            "offer_version",
            ("active", "update_offered"),
            "update_offered",
            (Role.OPERATOR,),
            (NEWER_VERSION,),
            takes=("offered_version",),
            meaning="A new contract version is on offer; please read and sign it.",
        ),
        *(
            Rule(
                "offer_version",
                (state,),
                state,
                (Role.OPERATOR,),
                (NEWER_VERSION,),
                takes=("offered_version",),
            )
            for state in ("not_signed", "in_review", "refused", "update_in_review", "suspended")
        ),
        Rule(
            "suspend",
            IN_FORCE,
            "suspended",
            (Role.OPERATOR,),
            needs_reasons=True,
            meaning="The contract was suspended; the feature does not earn meanwhile.",
        ),
        Rule(
            "reinstate",
            ("suspended",),
            "active",
            (Role.OPERATOR,),
            (NEWEST_IN_FORCE,),
            meaning="The contract is in force again.",
        ),
        Rule(
            "reinstate",
            ("suspended",),
            "update_offered",
            (Role.OPERATOR,),
            meaning="The contract is in force again, and a new version of it is on offer; please read and sign it.",
        ),
        Rule(
            "terminate",
            (*IN_FORCE, "suspended"),
            "terminated",
            (Role.OPERATOR,),
            needs_reasons=True,
            meaning="The contract was terminated; a final statement follows.",
        ),
        *review_late_rule("in_review", "update_in_review"),
    ),
)
