"""What a decision has done outside: the names that the machines, the workflows and the activities share."""

from enum import StrEnum


class EffectName(StrEnum):
    """An activity, or a message between workflows, that follows a transition."""

    ASK_PAYMENT = "ask_payment"
    ASK_REVIEW = "ask_review"
    CHECK_PAYOUT_ACCOUNT = "check_payout_account"
    ISSUE_REPLACEMENT = "issue_replacement"
    PUBLISH_GAME = "publish_game"
    RECHECK_PAYMENT = "recheck_payment"
    REQUEST_REVIEW = "request_review"
    SEND_PAYMENT = "send_payment"
    START_PAYOUT = "start_payout"
    TELL_ORGANIZATION = "tell_organization"
    TELL_PAYOUTS = "tell_payouts"
    VOID_PAYMENT = "void_payment"
