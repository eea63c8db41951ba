"""Industry qualification: one time, before the first launch."""

from lifecycle.deadlines import review_late, review_late_rule
from lifecycle.machine import Machine, Rule, State
from lifecycle.steps.verification import REVIEWERS, VERIFIED
from models.commands import Role
from models.documents import Qualification

QUALIFICATION = Machine(
    "qualification",
    "Industry qualification",
    Qualification,
    states=(
        State(
            "not_started",
            "The qualification has not been submitted.",
            Role.ADMIN,
            todo="Submit a link to a playable game of yours",
        ),
        State(
            "in_review",
            "The qualification is being reviewed.",
            Role.PROVIDER,
            (review_late(lambda p: p.qualification_review_days),),
            effect="request_review",
        ),
        State(
            "could_not_verify",
            "The qualification could not be verified.",
            Role.ADMIN,
            todo="Correct what is named and resubmit",
        ),
        State(
            "rejected",
            "The qualification was rejected; an operator looks into it.",
            Role.OPERATOR,
            todo="Answer the ticket: reopen the qualification or explain why not",
        ),
        State("approved", "The organization may publish games.", final=True),
    ),
    rules=(
        Rule(
            "submit",
            ("not_started", "could_not_verify"),
            "in_review",
            (Role.ADMIN,),
            (VERIFIED,),
            takes=("submission_id",),
        ),
        Rule("approve", ("in_review",), "approved", REVIEWERS, meaning="Your qualification is approved."),
        Rule(
            "decline",
            ("in_review",),
            "could_not_verify",
            REVIEWERS,
            needs_reasons=True,
            meaning="Your qualification could not be verified; see what to correct.",
        ),
        Rule(
            "reject",
            ("in_review",),
            "rejected",
            REVIEWERS,
            needs_reasons=True,
            meaning="Your qualification was rejected; an operator looks into it.",
        ),
        Rule(
            "reopen",
            ("rejected",),
            "could_not_verify",
            (Role.OPERATOR,),
            meaning="Your qualification is open again: correct what is named and resubmit.",
        ),
        *review_late_rule("in_review"),
    ),
)
