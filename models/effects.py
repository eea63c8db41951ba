"""What a decision has done outside: activities, and messages between workflows, that follow a transition."""

from dataclasses import dataclass
from typing import TypeAlias

from models.wire.activities import Activity
from models.wire.steps import ExternalStep, News

External: TypeAlias = Activity[ExternalStep, News]
"""An activity that asks an outside system something for a document, and brings back what it says of it."""


@dataclass(frozen=True)
class Message:
    """What one workflow tells another."""

    name: str


FollowUp: TypeAlias = External | Message
"""What follows a transition outside its workflow."""


def external(name: str) -> External:
    """The activity of an outside step, by its name."""
    return Activity(name, ExternalStep, News)


REQUEST_REVIEW = external("request_review")
ASK_REVIEW = external("ask_review")
CHECK_PAYOUT_ACCOUNT = external("check_payout_account")
PUBLISH_GAME = external("publish_game")
ISSUE_REPLACEMENT = external("issue_replacement")
SEND_PAYMENT = external("send_payment")
ASK_PAYMENT = external("ask_payment")
RECHECK_PAYMENT = external("recheck_payment")
VOID_PAYMENT = external("void_payment")
WRITE_INVOICE = external("write_invoice")

START_PAYOUT = Message("start_payout")
TELL_PAYOUTS = Message("tell_payouts")
TELL_ORGANIZATION = Message("tell_organization")
