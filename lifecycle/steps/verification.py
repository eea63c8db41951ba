"""Business verification: the prerequisite of everything."""

from collections.abc import Iterable
from datetime import datetime, timedelta

from lifecycle.deadlines import (
    countdown,
    field_due,
    reminder_rule,
)
from lifecycle.machine import Consequence, Context, Deadline, Facts, Guard, Machine, Rule, State, Tone
from lifecycle.reviewing import review_rules, under_review
from models import effects
from models.commands import Role
from models.desks import Desk
from models.documents import Document, Launch, Verification
from models.dossier import verification_obstacle
from models.reasons import reviews
from models.states import LaunchState, VerificationState
from models.webhooks import WebhookType

REVIEWERS = (Role.PROVIDER, Role.OPERATOR)


VERIFIED: Guard[Document] = Guard(
    code="not_verified",
    reason="Business verification must be complete first.",
    holds=lambda c: verification_obstacle(c.dossier) is None,
    waits_for_step="verification",
    moved_by=lambda document, dossier: ["verification"],
)


def outlives_minimum(context: Context[Verification]) -> bool:
    """Whether the submitted documents, not those in force before, are valid long enough."""
    expires = context.brought("expires_on", context.proposed.expires_on)
    minimum = timedelta(days=context.policy.document_min_validity_days)
    return expires is None or expires > context.now + minimum


VALID_LONG_ENOUGH = Guard(
    code="document_expires_too_soon",
    reason="A document must be valid for at least 30 more days; submit a renewed one.",
    holds=outlives_minimum,
    needs_facts=True,
)


def valid_until(context: Context[Verification]) -> datetime | None:
    """When the documents run out that a reviewer accepts; ``None`` when they never do."""
    renewing = context.document.state == VerificationState.RENEWING
    submitted = context.document.proposed_expires_on if renewing else context.document.expires_on
    until: datetime | None = context.proposed.expires_on if context.brings("expires_on") else submitted
    return until


def still_valid(context: Context[Verification]) -> bool:
    """Whether the documents that a reviewer accepts have not run out meanwhile."""
    until = valid_until(context)
    return until is None or until > context.now


STILL_VALID = Guard(
    code="document_expired",
    reason="A document has expired meanwhile; renewed ones are needed.",
    holds=still_valid,
    needs_facts=True,
)


def accepted(context: Context[Verification]) -> Facts:
    """What was reviewed is in force from now on."""
    return {"expires_on": valid_until(context), "proposed_expires_on": None}


def leave_closed_regions(context: Context[Verification]) -> Iterable[Consequence]:
    """A business that turns out to be a Hong Kong entity may not go on publishing in the US."""
    if context.proposed.country == "HK":
        for launch in context.dossier.of(Launch):
            if launch.state == LaunchState.LIVE and "US" in launch.regions:
                yield Consequence(launch.id, "withdraw", {})


EXPIRE = Deadline(
    event="expire",
    then="A document expires, and payments wait until a renewed one is verified.",
    due=field_due("expires_on"),
    when=lambda p: "when a document expires",
)
NOT_RENEWED: Facts = {"proposed_expires_on": None}
DESKS = (Desk.VERIFICATION,)


VERIFICATION = Machine(
    name="verification",
    title="Business verification",
    document=Verification,
    moves_money=False,
    checklist=(
        "The certificate is genuine, current and names the business as the form does.",
        "The registration number is the one on the certificate.",
        "The representative’s identity document is valid, and the proof says that they may act.",
        "The address is the registered one.",
    ),
    states=(
        State(
            name=VerificationState.NOT_STARTED,
            description="The business has not been submitted for verification.",
            waits_for=Role.ADMIN,
            todo="Submit your business for verification",
        ),
        under_review(
            VerificationState.IN_REVIEW,
            "The business is being verified.",
            desks=DESKS,
            days=lambda p: p.verification_review_days,
            todo="Compare the business with its documents, then verify or decline it",
        ),
        State(
            name=VerificationState.INFORMATION_NEEDED,
            description="The reviewer needs a proof of address; without it the verification lapses.",
            waits_for=Role.ADMIN,
            deadlines=(
                countdown(
                    "remind",
                    lambda d, p: d.information_due,
                    lambda p: p.information_reminders,
                    "the verification lapses",
                ),
                Deadline(
                    event="lapse",
                    then="The verification lapses, and the business must be submitted again.",
                    due=field_due("information_due"),
                    when=lambda p: f"after {p.information_days} days",
                ),
            ),
            todo="Send what the reviewer asked for",
        ),
        State(
            name=VerificationState.COULD_NOT_VERIFY,
            description="The business could not be verified from what was submitted.",
            waits_for=Role.ADMIN,
            todo="Correct your business details and submit them again",
            tone=Tone.BAD,
        ),
        State(
            name=VerificationState.REJECTED,
            description="The verification was rejected; the platform looks into it.",
            waits_for=Role.OPERATOR,
            todo="Look into the rejected verification: reopen it, or explain why not",
            tone=Tone.BAD,
        ),
        State(
            name=VerificationState.VERIFIED,
            description="The business is verified.",
            waits_for=None,
            deadlines=(
                countdown(
                    "warn_expiry",
                    lambda d, p: d.expires_on,
                    lambda p: p.expiry_warnings,
                    "a document expires",
                    then="You are reminded that a document expires.",
                ),
                EXPIRE,
            ),
            tone=Tone.GOOD,
        ),
        under_review(
            VerificationState.RENEWING,
            "The business is verified; renewed documents are being reviewed.",
            desks=DESKS,
            days=lambda p: p.verification_review_days,
            todo="Compare the renewed documents with the business, then verify or decline them",
            further=(EXPIRE,),
        ),
        State(
            name=VerificationState.LAPSED,
            description="The deadline for the information passed.",
            waits_for=Role.ADMIN,
            todo="Submit your business for verification again",
            tone=Tone.BAD,
        ),
        State(
            name=VerificationState.EXPIRED,
            description="A document ran out, so the business is no longer verified.",
            waits_for=Role.ADMIN,
            todo="Submit renewed documents",
            tone=Tone.BAD,
        ),
        State(
            name=VerificationState.SUSPENDED,
            description="The platform suspended the verification; payouts wait.",
            waits_for=Role.OPERATOR,
            todo="Reinstate the verification once the reason is gone",
            tone=Tone.BAD,
        ),
    ),
    rules=(
        Rule(
            event="submit",
            sources=(
                VerificationState.NOT_STARTED,
                VerificationState.COULD_NOT_VERIFY,
                VerificationState.LAPSED,
                VerificationState.EXPIRED,
            ),
            target=VerificationState.IN_REVIEW,
            roles=(Role.ADMIN,),
            guards=(VALID_LONG_ENOUGH,),
            required_facts=("submission_id", "country"),
            optional_facts=("expires_on",),
            updates=lambda c: {"expires_on": c.brought("expires_on", c.proposed.expires_on)},
        ),
        Rule(
            event="verify",
            sources=(VerificationState.IN_REVIEW, VerificationState.RENEWING),
            target=VerificationState.VERIFIED,
            roles=REVIEWERS,
            guards=(STILL_VALID,),
            optional_facts=("country", "expires_on"),
            updates=accepted,
            consequences=leave_closed_regions,
            effect=effects.TELL_PAYOUTS,
            notification="Your business is verified. Next: sign a contract.",
            webhook_type=WebhookType.VERIFICATION_VERIFIED,
        ),
        Rule(
            event="verify",
            sources=(VerificationState.IN_REVIEW, VerificationState.RENEWING),
            target=VerificationState.EXPIRED,
            roles=REVIEWERS,
            optional_facts=("country", "expires_on"),
            updates=accepted,
            effect=effects.TELL_PAYOUTS,
            notification="Your business was verified, but a document has expired meanwhile. Submit renewed documents.",
            webhook_type=WebhookType.VERIFICATION_EXPIRED,
        ),
        Rule(
            event="decline",
            sources=(VerificationState.IN_REVIEW,),
            target=VerificationState.COULD_NOT_VERIFY,
            roles=REVIEWERS,
            needs_reasons=True,
            usual_reasons=reviews.PAPERS,
            notification="Your business could not be verified; see what to correct.",
            webhook_type=WebhookType.VERIFICATION_DECLINED,
        ),
        Rule(
            event="decline",
            sources=(VerificationState.RENEWING,),
            target=VerificationState.VERIFIED,
            roles=REVIEWERS,
            needs_reasons=True,
            usual_reasons=reviews.PAPERS,
            updates=lambda _: NOT_RENEWED,
            notification="Your renewed documents were not accepted; the ones in force still hold until they expire.",
            webhook_type=WebhookType.VERIFICATION_RENEWAL_DECLINED,
        ),
        Rule(
            event="request_information",
            sources=(VerificationState.IN_REVIEW,),
            target=VerificationState.INFORMATION_NEEDED,
            roles=REVIEWERS,
            needs_reasons=True,
            usual_reasons=reviews.MISSING_PAPERS,
            updates=lambda c: {"information_due": c.now + timedelta(days=c.policy.information_days)},
            notification="The reviewer needs more information from you, by the date shown.",
            webhook_type=WebhookType.VERIFICATION_INFORMATION_REQUESTED,
        ),
        Rule(
            event="provide_information",
            sources=(VerificationState.INFORMATION_NEEDED,),
            target=VerificationState.IN_REVIEW,
            roles=(Role.ADMIN,),
            required_facts=("submission_id",),
            updates=lambda c: {"information_due": None},
        ),
        Rule(
            event="lapse",
            sources=(VerificationState.INFORMATION_NEEDED,),
            target=VerificationState.LAPSED,
            roles=(Role.CLOCK,),
            updates=lambda c: {"information_due": None},
            notification="Your verification lapsed because the information did not come in time. Submit again.",
            webhook_type=WebhookType.VERIFICATION_LAPSED,
        ),
        Rule(
            event="reject",
            sources=(VerificationState.IN_REVIEW,),
            target=VerificationState.REJECTED,
            roles=REVIEWERS,
            needs_reasons=True,
            usual_reasons=reviews.NO_BUSINESS,
            notification="Your verification was rejected; the platform looks into it.",
            webhook_type=WebhookType.VERIFICATION_REJECTED,
        ),
        Rule(
            event="reopen",
            sources=(VerificationState.REJECTED,),
            target=VerificationState.COULD_NOT_VERIFY,
            roles=(Role.OPERATOR,),
            notification="Your verification is open again: correct what is named and resubmit.",
            webhook_type=WebhookType.VERIFICATION_REOPENED,
        ),
        Rule(
            event="renew",
            sources=(VerificationState.VERIFIED,),
            target=VerificationState.RENEWING,
            roles=(Role.ADMIN,),
            guards=(VALID_LONG_ENOUGH,),
            required_facts=("submission_id",),
            optional_facts=("expires_on",),
            updates=lambda c: {
                "expires_on": c.document.expires_on,
                "proposed_expires_on": c.brought("expires_on", c.proposed.expires_on),
            },
        ),
        Rule(
            event="expire",
            sources=(VerificationState.VERIFIED,),
            target=VerificationState.EXPIRED,
            roles=(Role.CLOCK,),
            effect=effects.TELL_PAYOUTS,
            notification="A document expired. Submit renewed documents; payouts wait until then.",
            webhook_type=WebhookType.VERIFICATION_EXPIRED,
        ),
        Rule(
            event="expire",
            sources=(VerificationState.RENEWING,),
            target=VerificationState.IN_REVIEW,
            roles=(Role.CLOCK,),
            updates=lambda c: {"expires_on": c.document.proposed_expires_on, **NOT_RENEWED},
            effect=effects.TELL_PAYOUTS,
            notification="A document expired while the renewed ones are being reviewed; payouts wait until then.",
            webhook_type=WebhookType.VERIFICATION_EXPIRED,
        ),
        Rule(
            event="suspend",
            sources=(VerificationState.VERIFIED, VerificationState.RENEWING),
            target=VerificationState.SUSPENDED,
            roles=(Role.OPERATOR,),
            needs_reasons=True,
            usual_reasons=reviews.SUSPENDED_BUSINESS,
            updates=lambda _: NOT_RENEWED,
            effect=effects.TELL_PAYOUTS,
            notification="Your verification was suspended; payouts wait.",
            webhook_type=WebhookType.VERIFICATION_SUSPENDED,
        ),
        Rule(
            event="reinstate",
            sources=(VerificationState.SUSPENDED,),
            target=VerificationState.VERIFIED,
            roles=(Role.OPERATOR,),
            guards=(STILL_VALID,),
            effect=effects.TELL_PAYOUTS,
            notification="Your verification is in force again.",
            webhook_type=WebhookType.VERIFICATION_VERIFIED,
        ),
        Rule(
            event="reinstate",
            sources=(VerificationState.SUSPENDED,),
            target=VerificationState.EXPIRED,
            roles=(Role.OPERATOR,),
            effect=effects.TELL_PAYOUTS,
            notification="Your verification is no longer suspended, but a document has expired. Submit renewed documents.",
            webhook_type=WebhookType.VERIFICATION_EXPIRED,
        ),
        reminder_rule(
            "remind",
            VerificationState.INFORMATION_NEEDED,
            "The reviewer still waits for information from you; without it your verification lapses soon.",
        ),
        reminder_rule(
            "warn_expiry",
            VerificationState.VERIFIED,
            "A document of your verification expires soon; renew it.",
        ),
        *review_rules(DESKS, VerificationState.IN_REVIEW, VerificationState.RENEWING),
    ),
)
