"""What the words of the programme mean, a sentence each: the console's help and docs/glossary.md.

Each begins with what it is to the reader. Its texts are keys for translators like all others.
"""

from collections.abc import Mapping

TERMS: Mapping[str, str] = {
    "verification": "The proof that your business is who it says it is. Everything else follows it.",
    "qualification": "Your organization’s leave to publish games, given once.",
    "feature": "A way to earn in a game: ads or purchases. Each has a contract of its own.",
    "stream": "What statements are made of separately: in-app ads, subscriptions and one-time purchases.",
    "estimate": "What you have earned and no statement says yet. It can still change.",
    "settlement": "The run in which the platform turns a period’s earnings into statements, for everybody at once.",
    "statement": "What you have earned in one stream and period, line by line, from gross to net. You confirm or "
    "appeal it.",
    "period": "The days that a statement covers: half a month for ads, a month for purchases.",
    "gross": "What players and advertisers paid, before anything is taken off.",
    "net": "What is owed to you: gross less refunds, the platform’s share, adjustments and tax.",
    "automatic confirmation": "A statement that you neither confirm nor appeal in time is confirmed automatically.",
    "appeal": "Your objection to a statement, possible once. It is not confirmed automatically while the appeal is "
    "reviewed.",
    "adjustment": "What comes late or was corrected, and what an appeal adds or takes away.",
    "carry-over": "A statement below zero is not paid; its debt is taken off the next one.",
    "invoice": "Your bill for confirmed statements. It must come to a least amount; what is less waits and is added "
    "up.",
    "payout account": "Where you are paid: your business, its tax form and its bank account. A change needs two people of "
    "the platform.",
    "W-8BEN-E": "The US tax form for businesses outside the US. It decides how much tax is withheld from what you "
    "earn in the US.",
    "W-9": "The US tax form for businesses in the US.",
    "tax withheld": "What the platform must pay to the US tax authority from the part that you earned in the US.",
    "payout": "The payment of one approved invoice to your bank account.",
    "payment day": "The day of the week on which payouts leave. Your bank may take some days more.",
    "hold": "The platform has stopped a payout before it was sent, to look at something. It goes on, or is "
    "cancelled.",
    "returned payment": "A payment that your bank sent back. Correct the payout account, and it is sent again.",
    "remittance advice": "The paper that says what a payout paid: its invoice and statements.",
    "admin": "A member who acts for your organization: signs, confirms, invoices.",
    "operations team": "Those of the platform who review what you submit and look after what has stopped.",
    "finance approver": "Somebody of the platform’s finance team who must agree to large payouts and to changes of an "
    "account.",
    "programme time": "The calendar by which all deadlines go. It is real time, "
    "except in a demo, where it runs faster.",
}
"""Each term, and what it means."""

WHOM_TO_ASK: Mapping[str, str] = {
    "What waits, and on whom": "Your Overview says of everything that waits whose turn it is, and until when. "
    "“Why am I not paid?” under Payouts says it of your money.",
    "Who may act for the organization": "The admins that Members names. Only they sign, confirm, "
    "invoice and change the payout account.",
    "A review takes long, or its reason is not clear": "The platform’s operations team. Its answer stands at the "
    "thing itself and in your Inbox.",
    "Money, tax or a payment that did not arrive": "The platform’s finance team. Name the invoice, or the "
    "reference of the payment’s attempt.",
    "Something does not work": "The platform’s operations team. Name the request that the error page names.",
}
"""Who can answer which question."""


def anchor(term: str) -> str:
    """Where on the help page a term stands: ``payment-day``."""
    return term.lower().replace(" ", "-")
