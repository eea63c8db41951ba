"""The words of payouts."""

from collections.abc import Mapping

from models.states import PayoutState
from words.table import Deed, Sheet, Standing

HAS_IT = "The bank has the payout of {invoice}: {amount}"
ARRIVED = "The payout of {invoice} was paid: {amount}"
TOO_MUCH = "The payout of {invoice} was paid once more than it should be: {amount}"
ALL_THE_SAME = "The payout of {invoice} was cancelled, and paid all the same: {amount}"
RETRIED = "{who} had the payout of {invoice} tried again: {amount}"

PAYOUT = Sheet(
    title="Payout of {invoice}",
    unnamed="Payout",
    states={
        PayoutState.AWAITING_APPROVAL: Standing(label="Needs approval", opens="Review payout"),
        PayoutState.SCHEDULED: Standing(label="Scheduled"),
        PayoutState.SENDING: Standing(label="Being sent"),
        PayoutState.IN_TRANSIT: Standing(label="On its way"),
        PayoutState.RETRYING: Standing(label="Tried again soon"),
        PayoutState.OUTCOME_UNKNOWN: Standing(label="Outcome unknown"),
        PayoutState.OUTCOME_UNRESOLVED: Standing(label="Outcome unknown", opens="Find out the outcome"),
        PayoutState.RESOLUTION_PROPOSED: Standing(label="Outcome to be confirmed", opens="Review outcome"),
        PayoutState.AWAITING_ACCOUNT: Standing(
            label="Waiting for the payout account", opens="Correct payout account"
        ),
        PayoutState.AWAITING_FUNDS: Standing(label="Waiting for funds", opens="Review payout"),
        PayoutState.DECLINED: Standing(label="Declined", opens="Review payout"),
        PayoutState.HELD: Standing(label="On hold", opens="Review hold"),
        PayoutState.PAID: Standing(label="Paid"),
        PayoutState.RETURNED: Standing(label="Came back", opens="Correct payout account"),
        PayoutState.VOIDING: Standing(label="Being cancelled"),
        PayoutState.OVERPAID: Standing(label="Paid too much", opens="Review overpayment"),
        PayoutState.PAID_IN_ERROR: Standing(label="Paid by mistake", opens="Review overpayment"),
        PayoutState.OWED_AGAIN: Standing(label="Owed again", opens="Review payout"),
        PayoutState.CLOSED: Standing(label="Paid and closed"),
        PayoutState.CANCELLED: Standing(label="Cancelled"),
    },
    deeds={
        "schedule": Deed(
            done="The payout of {invoice} was scheduled: {amount}",
            into={
                PayoutState.AWAITING_ACCOUNT: "The payout of {invoice} waits for the payout account: {amount}",
                PayoutState.AWAITING_APPROVAL: "The payout of {invoice} waits for approval: {amount}",
            },
        ),
        "approve": Deed(button="Approve payout", done="{who} approved the payout of {invoice}: {amount}"),
        "send": Deed(done="The payout of {invoice} was sent to the bank: {amount}"),
        "retry": Deed(
            button="Try payout again",
            done=RETRIED,
            into={PayoutState.AWAITING_APPROVAL: f"{RETRIED}, once it is approved"},
        ),
        "accept": Deed(done=HAS_IT),
        "accept_late": Deed(
            done=HAS_IT,
            into={PayoutState.OVERPAID: TOO_MUCH, PayoutState.PAID_IN_ERROR: ALL_THE_SAME},
        ),
        "pay": Deed(done=ARRIVED),
        "pay_late": Deed(
            done=ARRIVED,
            into={PayoutState.OVERPAID: TOO_MUCH, PayoutState.PAID_IN_ERROR: ALL_THE_SAME},
        ),
        "recheck": Deed(done="The payment provider was asked again what became of the payout of {invoice}"),
        "end_late": Deed(done="What was paid too much for {invoice} has come back"),
        "recover": Deed(
            button="Record money as back",
            done="{who} recorded that what was paid too much for {invoice} is back",
        ),
        "return": Deed(
            done="The payout of {invoice} came back: {amount} is owed again",
            into={
                PayoutState.AWAITING_ACCOUNT: "{organization}’s bank refused the payout of {invoice}: {amount}",
                PayoutState.AWAITING_APPROVAL: "The bank refused the account before; "
                "the payout of {invoice} waits for approval",
                PayoutState.SCHEDULED: "The bank refused the account before; "
                "the payout of {invoice} goes to the new one",
            },
        ),
        "return_late": Deed(done="The payout of {invoice} came back late: {amount} is owed again"),
        "settle": Deed(
            button="Record other payment", done="{who} recorded that {invoice} was paid in another way"
        ),
        "ask": Deed(done="The payment provider was asked what became of the payout of {invoice}"),
        "outcome_unknown": Deed(
            done="The payment provider did not say what became of the payout of {invoice}: {amount}"
        ),
        "fail_transient": Deed(
            done="The payout of {invoice} did not go through; it is tried again automatically",
            into={
                PayoutState.AWAITING_ACCOUNT: "The payout of {invoice} did not go through; "
                "it waits for the payout account",
                PayoutState.AWAITING_APPROVAL: "The payout of {invoice} did not go through; it waits for approval",
            },
        ),
        "fail_account": Deed(
            done="{organization}’s bank refused the payout of {invoice}: {amount}",
            because={
                "account_closed": "{organization}’s bank closed the account; "
                "the payout of {invoice} waits for another one: {amount}",
                "account_frozen": "{organization}’s bank froze the account; the payout of {invoice} waits: {amount}",
            },
            into={
                PayoutState.AWAITING_APPROVAL: "The bank refused the account before; "
                "the payout of {invoice} waits for approval",
                PayoutState.SCHEDULED: "The bank refused the account before; "
                "the payout of {invoice} goes to the new one",
            },
        ),
        "fail_payer": Deed(done="The platform’s side could not pay {invoice}: {amount}"),
        "fail_final": Deed(done="The payment provider refused the payout of {invoice} for good: {amount}"),
        "not_received": Deed(
            done="The payment provider never received the payout of {invoice}; it is tried again automatically",
            into={
                PayoutState.AWAITING_ACCOUNT: "The payment provider never received the payout of {invoice}; "
                "it waits for the payout account",
                PayoutState.AWAITING_APPROVAL: "The payment provider never received the payout of {invoice}; "
                "it waits for approval",
            },
        ),
        "escalate": Deed(
            done="What became of the payout of {invoice} stayed unknown; the platform finds out"
        ),
        "propose_resolution": Deed(
            button="Propose outcome", done="{who} proposed what became of the payout of {invoice}"
        ),
        "resolve_paid": Deed(
            button="Confirm that it was paid", done="{who} confirmed that {invoice} was paid"
        ),
        "resolve_not_paid": Deed(
            button="Confirm that it was not paid", done="{who} confirmed that {invoice} was not paid"
        ),
        "decline_resolution": Deed(
            button="Decline outcome", done="{who} declined the proposed outcome of the payout of {invoice}"
        ),
        "withdraw_resolution": Deed(
            button="Withdraw outcome", done="{who} withdrew the proposed outcome of the payout of {invoice}"
        ),
        "close": Deed(done="The payout of {invoice} is closed: it can no longer come back"),
        "hold": Deed(button="Hold payout", done="{who} put the payout of {invoice} on hold: {amount}"),
        "release_hold": Deed(
            button="Release payout", done="{who} released the payout of {invoice}: {amount}"
        ),
        "cancel": Deed(
            button="Cancel payout",
            done="{who} cancelled the payout of {invoice}: {amount}",
            into={
                PayoutState.VOIDING: "{who} began to cancel the payout of {invoice}; its payment is stopped first"
            },
        ),
        "void": Deed(done="The payment of {invoice} was stopped and the payout cancelled: {amount}"),
        "account_changed": Deed(
            done="The payout account has changed; nothing changes for the payout of {invoice}",
            into={
                PayoutState.AWAITING_ACCOUNT: "The payout of {invoice} waits for the payout account: {amount}",
                PayoutState.AWAITING_APPROVAL: "The payout of {invoice} waits for approval: {amount}",
                PayoutState.SCHEDULED: "The payout of {invoice} goes on: {amount}",
            },
        ),
    },
)

SHEETS: Mapping[str, Sheet] = {
    "payout": PAYOUT,
}
"""The words of each kind of document here."""
