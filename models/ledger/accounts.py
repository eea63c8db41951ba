"""Where money is while its document stands somewhere, and so which postings a transition makes.

It is data about the states of ``lifecycle``, kept here because ``storage`` books and may not import that; a test
holds both together.
"""

from collections.abc import Mapping

from models.commands import Transition
from models.documents import Payout, Statement
from models.ledger.entries import Account, Posting, micros_of_minor_unit
from models.states import PayoutState, StatementState

HELD_IN: Mapping[str, Mapping[str, Account]] = {
    "statement": {
        StatementState.PENDING_CONFIRMATION: Account.UNCONFIRMED,
        StatementState.APPEAL_REVIEW: Account.UNCONFIRMED,
        # Until the statement that takes its place is issued, whose entry reverses what it booked.
        StatementState.REPLACED: Account.UNCONFIRMED,
        StatementState.CONFIRMED: Account.CONFIRMED,
        StatementState.INVOICED: Account.INVOICED,
        # What has been paid of an invoice is booked by its payout.
        StatementState.PAID: Account.INVOICED,
        StatementState.CLOSED: Account.INVOICED,
        StatementState.CARRIED_FORWARD: Account.CARRIED_FORWARD,
    },
    "payout": {
        **dict.fromkeys(
            (
                PayoutState.AWAITING_APPROVAL,
                PayoutState.SCHEDULED,
                PayoutState.RETRYING,
                PayoutState.AWAITING_ACCOUNT,
                PayoutState.AWAITING_FUNDS,
                PayoutState.DECLINED,
                PayoutState.HELD,
                PayoutState.RETURNED,
                PayoutState.CANCELLED,
            ),
            Account.INVOICED,
        ),
        **dict.fromkeys(
            (
                PayoutState.SENDING,
                PayoutState.IN_TRANSIT,
                PayoutState.OUTCOME_UNKNOWN,
                PayoutState.OUTCOME_UNRESOLVED,
                PayoutState.RESOLUTION_PROPOSED,
            ),
            Account.IN_TRANSIT,
        ),
        PayoutState.VOIDING: Account.INVOICED,
        PayoutState.PAID: Account.PAID_OUT,
        PayoutState.CLOSED: Account.PAID_OUT,
        PayoutState.OVERPAID: Account.PAID_OUT,
        # What has come back of it is booked apart, as the contrary of what is overpaid.
        PayoutState.OWED_AGAIN: Account.PAID_OUT,
        PayoutState.PAID_IN_ERROR: Account.INVOICED,
    },
}
"""By machine and state, the account that holds the money of a document."""

OVERPAID = (PayoutState.OVERPAID, PayoutState.PAID_IN_ERROR)
"""The states of a payout of which more was paid than is owed: that much more is in ``overpaid``, and was paid out."""

OWED_AGAIN = PayoutState.OWED_AGAIN
"""The state of a payout of which something has come back that was settled: so much is missing in ``overpaid``."""


def moved(transition: Transition) -> list[Posting]:
    """The postings of a transition: out of the account that held the money, into the one that holds it now.

    A document that comes into being moves nothing: a statement's money is booked where it is issued, and a
    payout begins where its statements' money is.
    """
    document = transition.document
    if isinstance(document, Statement):
        amount = document.net
    elif isinstance(document, Payout):
        amount = document.amount
    else:
        return []
    if transition.from_state is None:
        return []
    accounts = HELD_IN[document.machine]
    before, after = accounts[transition.from_state], accounts[document.state]
    micros = amount.amount * micros_of_minor_unit(amount.currency)
    too_much = overpaid_by(transition) * micros
    postings = [
        Posting(before, document.id, micros if before is not after else 0),
        Posting(after, document.id, -micros if before is not after else 0),
        Posting(Account.OVERPAID, document.id, too_much),
        Posting(Account.PAID_OUT, document.id, -too_much),
    ]
    return [posting for posting in postings if posting.amount_micros]


def overpaid_by(transition: Transition) -> int:
    """How many payments of its amount a payout has made too many by a transition; -1 when one has come back."""
    match transition.action:
        case "payout.accept_late" | "payout.pay_late":
            return int(transition.document.state in OVERPAID or transition.from_state == OWED_AGAIN)
        case "payout.settle":
            return 1
        case "payout.end_late" | "payout.recover" | "payout.return_late":
            return -1
        case "payout.return":
            return -int(transition.from_state in OVERPAID)
    return 0
