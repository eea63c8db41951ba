"""Business verification: the prerequisite of everything."""

from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from typing import Any

from lifecycle.deadlines import (
    countdown,
    field_due,
    reminder_rule,
    review_late,
    review_late_rule,
)
from lifecycle.machine import Consequence, Context, Deadline, Guard, Machine, Rule, State
from models.commands import Role
from models.documents import Release, Verification

REVIEWERS = (Role.PROVIDER, Role.OPERATOR)


def verification_in_force(context: Context) -> bool:
    """Whether the organization is a verified business now."""
    verification = context.dossier.get("verification", Verification)
    return verification is not None and verification.in_force


VERIFIED = Guard(
    "not_verified",
    "Business verification must be complete first: see the step Business verification.",
    verification_in_force,
)


def outlives_minimum(context: Context) -> bool:
    """Whether the submitted documents, not those in force before, are valid long enough."""
    expires = context.brought("expires_on")
    minimum = timedelta(days=context.policy.document_min_validity_days)
    return expires is None or expires > context.now + minimum


VALID_LONG_ENOUGH = Guard(
    "document_expires_too_soon",
    "A document must be valid for at least 30 more days; submit a renewed one.",
    outlives_minimum,
    needs_facts=True,
)


def valid_until(context: Context) -> datetime | None:
    """When the documents run out that a reviewer accepts; ``None`` when they never do."""
    renewing = context.document.state == "renewing"
    submitted = context.document.proposed_expires_on if renewing else context.document.expires_on
    until: datetime | None = context.brought("expires_on", submitted)
    return until


def still_valid(context: Context) -> bool:
    """Whether the documents that a reviewer accepts have not run out meanwhile."""
    until = valid_until(context)
    return until is None or until > context.now


STILL_VALID = Guard(
    "document_expired", "A document has expired meanwhile; renewed ones are needed.", still_valid, True
)


def accepted(context: Context) -> Mapping[str, Any]:
    """What was reviewed is in force from now on."""
    return {"expires_on": valid_until(context), "proposed_expires_on": None}


def leave_closed_regions(context: Context) -> Iterable[Consequence]:
    """A business that turns out to be a Hong Kong entity may not go on publishing in the US."""
    if context.proposed.country == "HK":
        for release in context.dossier.of(Release):
            if release.state == "released" and "US" in release.regions:
                yield Consequence(release.id, "withdraw", {})


EXPIRE = Deadline("expire", field_due("expires_on"), when=lambda p: "when a document expires")
NOT_RENEWED: Mapping[str, Any] = {"proposed_expires_on": None}


VERIFICATION = Machine(
    "verification",
    "Business verification",
    Verification,
    states=(
        State(
            "not_started",
            "The business has not been submitted for verification.",
            Role.ADMIN,
            todo="Submit your business for verification",
        ),
        State(
            "in_review",
            "The business is being verified.",
            Role.PROVIDER,
            (review_late(lambda p: p.verification_review_days),),
            effect="request_review",
        ),
        State(
            "information_needed",
            "The reviewer needs a proof of address; without it the verification lapses.",
            Role.ADMIN,
            (
                countdown(
                    "remind",
                    lambda d, p: d.information_due,
                    lambda p: p.information_reminders,
                    "the verification lapses",
                ),
                Deadline(
                    "lapse",
                    field_due("information_due"),
                    when=lambda p: f"after {p.information_days} days",
                ),
            ),
            todo="Provide the information that the reviewer asked for",
        ),
        State(
            "could_not_verify",
            "The business could not be verified from what was submitted.",
            Role.ADMIN,
            todo="Correct the fields named and resubmit",
        ),
        State(
            "rejected",
            "The verification was rejected; an operator looks into it.",
            Role.OPERATOR,
            todo="Answer the ticket: reopen the verification or explain why not",
        ),
        State(
            "verified",
            "The business is verified.",
            None,
            (
                countdown(
                    "warn_expiry",
                    lambda d, p: d.expires_on,
                    lambda p: p.expiry_warnings,
                    "a document expires",
                ),
                EXPIRE,
            ),
        ),
        State(
            "renewing",
            "The business is verified; renewed documents are being reviewed.",
            Role.PROVIDER,
            (
                review_late(lambda p: p.verification_review_days),
                EXPIRE,
            ),
            effect="request_review",
        ),
        State(
            "lapsed",
            "The deadline for the information passed.",
            Role.ADMIN,
            todo="Submit your business for verification again",
        ),
        State(
            "expired",
            "A document ran out, so the business is no longer verified.",
            Role.ADMIN,
            todo="Submit renewed documents",
        ),
        State(
            "suspended",
            "An operator suspended the verification; payouts wait.",
            Role.OPERATOR,
            todo="Reinstate the verification once the reason is gone",
        ),
    ),
    rules=(
        Rule(
            "submit",
            ("not_started", "could_not_verify", "lapsed", "expired"),
            "in_review",
            (Role.ADMIN,),
            (VALID_LONG_ENOUGH,),
            takes=("submission_id", "country"),
            may_take=("expires_on",),
            sets=lambda c: {"expires_on": c.brought("expires_on")},
        ),
        Rule(
            "verify",
            ("in_review", "renewing"),
            "verified",
            REVIEWERS,
            (STILL_VALID,),
            may_take=("country", "expires_on"),
            sets=accepted,
            consequences=leave_closed_regions,
            effect="tell_payouts",
            meaning="Your business is verified. Next: sign a contract.",
        ),
        Rule(
            "verify",
            ("in_review", "renewing"),
            "expired",
            REVIEWERS,
            may_take=("country", "expires_on"),
            sets=accepted,
            effect="tell_payouts",
            meaning="Your business was verified, but a document has expired meanwhile. Submit renewed documents.",
        ),
        Rule(
            "decline",
            ("in_review",),
            "could_not_verify",
            REVIEWERS,
            needs_reasons=True,
            meaning="Your business could not be verified; see what to correct.",
        ),
        Rule(
            "decline",
            ("renewing",),
            "verified",
            REVIEWERS,
            needs_reasons=True,
            sets=lambda _: NOT_RENEWED,
            meaning="Your renewed documents were not accepted; the ones in force still hold until they expire.",
        ),
        Rule(
            "request_information",
            ("in_review",),
            "information_needed",
            REVIEWERS,
            needs_reasons=True,
            sets=lambda c: {"information_due": c.now + timedelta(days=c.policy.information_days)},
            meaning="The reviewer needs more information from you, by the date shown.",
        ),
        Rule(
            "provide_information",
            ("information_needed",),
            "in_review",
            (Role.ADMIN,),
            takes=("submission_id",),
            sets=lambda c: {"information_due": None},
        ),
        Rule(
            "lapse",
            ("information_needed",),
            "lapsed",
            (Role.CLOCK,),
            sets=lambda c: {"information_due": None},
            meaning="Your verification lapsed because the information did not come in time. Submit again.",
        ),
        Rule(
            "reject",
            ("in_review",),
            "rejected",
            REVIEWERS,
            needs_reasons=True,
            meaning="Your verification was rejected; an operator looks into it.",
        ),
        Rule(
            "reopen",
            ("rejected",),
            "could_not_verify",
            (Role.OPERATOR,),
            meaning="Your verification is open again: correct what is named and resubmit.",
        ),
        Rule(
            "renew",
            ("verified",),
            "renewing",
            (Role.ADMIN,),
            (VALID_LONG_ENOUGH,),
            takes=("submission_id",),
            may_take=("expires_on",),
            sets=lambda c: {
                "expires_on": c.document.expires_on,
                "proposed_expires_on": c.brought("expires_on"),
            },
        ),
        Rule(
            "expire",
            ("verified",),
            "expired",
            (Role.CLOCK,),
            effect="tell_payouts",
            meaning="A document expired. Submit renewed documents; payouts wait until then.",
        ),
        Rule(
            "expire",
            ("renewing",),
            "in_review",
            (Role.CLOCK,),
            sets=lambda c: {"expires_on": c.document.proposed_expires_on, **NOT_RENEWED},
            effect="tell_payouts",
            meaning="A document expired while the renewed ones are being reviewed; payouts wait until then.",
        ),
        Rule(
            "suspend",
            ("verified", "renewing"),
            "suspended",
            (Role.OPERATOR,),
            needs_reasons=True,
            sets=lambda _: NOT_RENEWED,
            effect="tell_payouts",
            meaning="Your verification was suspended; payouts wait.",
        ),
        Rule(
            "reinstate",
            ("suspended",),
            "verified",
            (Role.OPERATOR,),
            (STILL_VALID,),
            effect="tell_payouts",
            meaning="Your verification is in force again.",
        ),
        Rule(
            "reinstate",
            ("suspended",),
            "expired",
            (Role.OPERATOR,),
            effect="tell_payouts",
            meaning="Your verification is no longer suspended, but a document has expired. Submit renewed documents.",
        ),
        reminder_rule(
            "remind",
            "information_needed",
            "The reviewer still waits for information from you; without it your verification lapses soon.",
        ),
        reminder_rule("warn_expiry", "verified", "A document of your verification expires soon; renew it."),
        *review_late_rule("in_review", "renewing"),
    ),
)
