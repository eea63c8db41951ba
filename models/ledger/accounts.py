"""Which postings a transition makes: each state of what holds money says itself in which account that is."""

from models.documents import AnyDocument, Payout, Statement
from models.ledger.entries import Account, Posting, micros_of_minor_unit
from models.states import PayoutState

OVERPAID = (PayoutState.OVERPAID, PayoutState.PAID_IN_ERROR)
"""The states of a payout of which more was paid than is owed: that much more is in ``overpaid``, and was paid out."""

OWED_AGAIN = PayoutState.OWED_AGAIN
"""The state of a payout of which something has come back that was settled: so much is missing in ``overpaid``."""


def moved(before: AnyDocument | None, after: AnyDocument) -> list[Posting]:
    """The postings of a transition: out of the account that held the money, into the one that holds it now.

    A document that comes into being moves nothing: a statement's money is booked where it is issued, and a
    payout begins where its statements' money is.
    """
    too_many = 0
    if isinstance(before, Statement) and isinstance(after, Statement):
        amount = after.net
    elif isinstance(before, Payout) and isinstance(after, Payout):
        amount, too_many = after.amount, after.too_many - before.too_many
    else:
        return []
    source, target = before.state.account, after.state.account
    micros = amount.amount * micros_of_minor_unit(amount.currency)
    postings = [
        Posting(source, after.id, micros if source is not target else 0),
        Posting(target, after.id, -micros if source is not target else 0),
        Posting(Account.OVERPAID, after.id, too_many * micros),
        Posting(Account.PAID_OUT, after.id, -too_many * micros),
    ]
    return [posting for posting in postings if posting.amount_micros]
