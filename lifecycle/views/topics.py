"""Of what kind it is what people are told, by which they choose how they hear of it."""

from lifecycle.machine import AnyRule
from lifecycle.machines import state_of
from models.commands import Role
from models.documents import AnyDocument, Invoice, Payout, PayoutAccount, Statement
from models.mail.topics import Topic


def topic(rule: AnyRule, document: AnyDocument) -> Topic:
    """What a notification is about, by the rule that was taken and the document as it is then.

    All that concerns where money goes is security: who did not ask for it must hear of it.
    """
    if rule.is_self_transition and rule.roles == (Role.CLOCK,):
        return Topic.REMINDER
    if isinstance(document, PayoutAccount):
        return Topic.SECURITY
    if state_of(document).waits_for is Role.ADMIN:
        return Topic.YOUR_TURN
    if isinstance(document, Statement | Invoice | Payout):
        return Topic.MONEY
    return Topic.PROGRESS
