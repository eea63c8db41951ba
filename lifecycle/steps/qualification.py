"""Industry qualification: one time, before the first launch."""

from lifecycle.machine import Machine, Rule, State, Tone
from lifecycle.reviewing import review_rules, under_review
from lifecycle.steps.verification import REVIEWERS, VERIFIED
from models.commands import Role
from models.desks import Desk
from models.documents import Qualification
from models.reasons import reviews
from models.states import QualificationState
from models.webhooks import WebhookType

DESKS = (Desk.QUALIFICATION,)

QUALIFICATION = Machine(
    name="qualification",
    title="Industry qualification",
    document=Qualification,
    moves_money=False,
    checklist=(
        "The link leads to a playable game.",
        "Its owner is the organization, or there is a proof.",
    ),
    states=(
        State(
            name=QualificationState.NOT_STARTED,
            description="The qualification has not been submitted.",
            waits_for=Role.ADMIN,
            todo="Show a game of yours that can be played on another store",
        ),
        under_review(
            QualificationState.IN_REVIEW,
            "The qualification is being reviewed.",
            desks=DESKS,
            days=lambda p: p.qualification_review_days,
            todo="Look at the game and its owner, then approve or decline the qualification",
        ),
        State(
            name=QualificationState.COULD_NOT_VERIFY,
            description="The qualification could not be verified.",
            waits_for=Role.ADMIN,
            todo="Correct the industry qualification and submit it again",
            tone=Tone.BAD,
        ),
        State(
            name=QualificationState.REJECTED,
            description="The qualification was rejected; the platform looks into it.",
            waits_for=Role.OPERATOR,
            todo="Look into the rejected qualification: reopen it, or explain why not",
            tone=Tone.BAD,
        ),
        State(
            name=QualificationState.APPROVED,
            description="The organization may publish games.",
            final=True,
            tone=Tone.GOOD,
        ),
    ),
    rules=(
        Rule(
            event="submit",
            sources=(QualificationState.NOT_STARTED, QualificationState.COULD_NOT_VERIFY),
            target=QualificationState.IN_REVIEW,
            roles=(Role.ADMIN,),
            guards=(VERIFIED,),
            required_facts=("submission_id",),
        ),
        Rule(
            event="approve",
            sources=(QualificationState.IN_REVIEW,),
            target=QualificationState.APPROVED,
            roles=REVIEWERS,
            notification="Your qualification is approved.",
            webhook_type=WebhookType.QUALIFICATION_APPROVED,
        ),
        Rule(
            event="decline",
            sources=(QualificationState.IN_REVIEW,),
            target=QualificationState.COULD_NOT_VERIFY,
            roles=REVIEWERS,
            needs_reasons=True,
            usual_reasons=reviews.GAME_UNPROVED,
            notification="Your qualification could not be verified; see what to correct.",
            webhook_type=WebhookType.QUALIFICATION_DECLINED,
        ),
        Rule(
            event="reject",
            sources=(QualificationState.IN_REVIEW,),
            target=QualificationState.REJECTED,
            roles=REVIEWERS,
            needs_reasons=True,
            usual_reasons=reviews.NO_SUCH_GAMES,
            notification="Your qualification was rejected; the platform looks into it.",
            webhook_type=WebhookType.QUALIFICATION_REJECTED,
        ),
        Rule(
            event="reopen",
            sources=(QualificationState.REJECTED,),
            target=QualificationState.COULD_NOT_VERIFY,
            roles=(Role.OPERATOR,),
            notification="Your qualification is open again: correct what is named and resubmit.",
            webhook_type=WebhookType.QUALIFICATION_REOPENED,
        ),
        *review_rules(DESKS, QualificationState.IN_REVIEW),
    ),
)
