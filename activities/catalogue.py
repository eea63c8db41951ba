"""All activities of the worker."""

from collections.abc import Callable
from typing import Any

from activities.hands import Hands
from activities.installation import Installation
from activities.payments import PaymentSteps
from activities.records import Records
from activities.reviews import Reviews
from activities.settlement import SettlementSteps
from activities.storefront import StorefrontSteps


def all_activities(installation: Installation) -> list[Callable[..., Any]]:
    """Every activity, bound to an installation."""
    records, reviews = Records(installation), Reviews(installation)
    payments, settlements = PaymentSteps(installation), SettlementSteps(installation)
    return [
        records.record_decision,
        records.record_refusal,
        records.renew_policy,
        records.load_dossier,
        Hands(installation).who_gave_by_hand,
        reviews.request_review,
        reviews.write_invoice,
        reviews.ask_review,
        reviews.check_payout_account,
        payments.send_payment,
        payments.ask_payment,
        payments.recheck_payment,
        payments.void_payment,
        StorefrontSteps(installation).publish_game,
        settlements.collect_earnings,
        settlements.due_periods,
        settlements.settle_batch,
        settlements.issue_replacement,
    ]
