"""What an organization's own systems are told by webhooks: a public set of types, and what each webhook carries.

The types are a promise to programs that nobody here can change. They are past tense and say what has come to be,
never who did it; a rule of a machine names the one under which it is told, and a rule that names none is told to
no system. Reminders, internal approvals and what passes between the platform and its providers have none.
"""

from datetime import UTC, datetime
from enum import StrEnum
from typing import Annotated, Self

from pydantic import BaseModel, PlainSerializer


class WebhookType(StrEnum):
    """A type of webhook: its name for programs, and what it means to the organization.

    Attributes:
        meaning: one or two sentences, for the documentation.
    """

    meaning: str

    def __new__(cls, name: str, meaning: str = "") -> Self:
        """A type under its name."""
        member = str.__new__(cls, name)
        member._value_, member.meaning = name, meaning
        return member

    VERIFICATION_VERIFIED = "verification.verified", "The business is verified."
    VERIFICATION_INFORMATION_REQUESTED = (
        "verification.information_requested",
        "The reviewer needs more information by a date; without it the verification lapses.",
    )
    VERIFICATION_DECLINED = (
        "verification.declined",
        "The business could not be verified from what was submitted; correct it and submit again.",
    )
    VERIFICATION_REJECTED = (
        "verification.rejected",
        "The verification was rejected; an operator looks into it.",
    )
    VERIFICATION_REOPENED = "verification.reopened", "A rejected verification can be submitted again."
    VERIFICATION_LAPSED = (
        "verification.lapsed",
        "The information that was asked for did not come in time; submit again.",
    )
    VERIFICATION_RENEWAL_DECLINED = (
        "verification.renewal_declined",
        "Renewed documents were not accepted; the ones in force hold until they expire.",
    )
    VERIFICATION_EXPIRED = (
        "verification.expired",
        "A document has expired; payouts wait until renewed documents are accepted.",
    )
    VERIFICATION_SUSPENDED = (
        "verification.suspended",
        "An operator suspended the verification; payouts wait.",
    )

    QUALIFICATION_APPROVED = "qualification.approved", "The organization may publish games."
    QUALIFICATION_DECLINED = (
        "qualification.declined",
        "The qualification could not be verified; correct what is named and submit again.",
    )
    QUALIFICATION_REJECTED = (
        "qualification.rejected",
        "The qualification was rejected; an operator looks into it.",
    )
    QUALIFICATION_REOPENED = "qualification.reopened", "A rejected qualification can be submitted again."

    CONTRACT_SIGNED = (
        "contract.signed",
        "An admin signed the contract, or its new version; it is counter-signed next.",
    )
    CONTRACT_ACTIVATED = "contract.activated", "The contract is in force: its feature earns in all games."
    CONTRACT_DECLINED = (
        "contract.declined",
        "The contract was not counter-signed; see why and sign again. A version in force goes on.",
    )
    CONTRACT_VERSION_OFFERED = (
        "contract.version_offered",
        "A new version is on offer to be signed; the one in force goes on.",
    )
    CONTRACT_SUSPENDED = (
        "contract.suspended",
        "An operator suspended the contract; its feature does not earn meanwhile.",
    )
    CONTRACT_TERMINATED = (
        "contract.terminated",
        "The contract has ended; what was earned is settled and paid.",
    )

    INTEGRATION_PASSED = "integration.passed", "Every required check of a feature in a game has passed."
    INTEGRATION_FAILED = "integration.failed", "A check failed, or the run gave no result in time."

    LAUNCH_APPROVED = "launch.approved", "App review approved the game; an admin can launch it."
    LAUNCH_DECLINED = (
        "launch.declined",
        "App review did not approve the game; fix what is named and submit again.",
    )
    LAUNCH_PUBLISHED = "launch.published", "The game is live and earns."
    LAUNCH_WITHDRAWN = (
        "launch.withdrawn",
        "The game is live no longer, or is not going to be; it can be submitted again.",
    )

    PAYOUT_ACCOUNT_ACTIVATED = "payout_account.activated", "The payout account is set up and can be paid to."
    PAYOUT_ACCOUNT_DOCUMENTS_REQUESTED = (
        "payout_account.documents_requested",
        "The account's name is not that of the verified business; documents are needed.",
    )
    PAYOUT_ACCOUNT_DECLINED = (
        "payout_account.declined",
        "The payout account was not accepted; correct what is named and submit it again.",
    )
    PAYOUT_ACCOUNT_REJECTED = (
        "payout_account.rejected",
        "The organization is under US backup withholding and cannot be paid; talk to the operator.",
    )
    PAYOUT_ACCOUNT_REOPENED = "payout_account.reopened", "A rejected payout account can be submitted again."
    PAYOUT_ACCOUNT_FAILED = (
        "payout_account.failed",
        "A bank refused a payment to the account; payments wait for another account.",
    )
    PAYOUT_ACCOUNT_CHANGE_REQUESTED = (
        "payout_account.change_requested",
        "An admin asked to change the account; payments wait. If nobody of yours did, withdraw it at once.",
    )
    PAYOUT_ACCOUNT_CHANGE_APPROVED = (
        "payout_account.change_approved",
        "The change is approved and cools off before the new account is used.",
    )
    PAYOUT_ACCOUNT_CHANGE_DECLINED = (
        "payout_account.change_declined",
        "The change was not approved; the account in force stays.",
    )
    PAYOUT_ACCOUNT_CHANGE_WITHDRAWN = (
        "payout_account.change_withdrawn",
        "An admin withdrew the change; the account in force stays.",
    )
    PAYOUT_ACCOUNT_CHANGED = (
        "payout_account.changed",
        "The new account is in use; payments that waited go on.",
    )

    STATEMENT_ISSUED = "statement.issued", "A statement is ready to be confirmed or appealed."
    STATEMENT_CARRIED_FORWARD = (
        "statement.carried_forward",
        "The net of a period was not positive; it is carried to the next statement.",
    )
    STATEMENT_CONFIRMED = (
        "statement.confirmed",
        "The statement was confirmed, by an admin or because its time ran out; it can be invoiced.",
    )
    STATEMENT_APPEALED = "statement.appealed", "An admin appealed the statement."
    STATEMENT_APPEAL_REJECTED = (
        "statement.appeal_rejected",
        "The appeal was rejected; the time to confirm runs again.",
    )
    STATEMENT_REPLACED = (
        "statement.replaced",
        "The appeal was granted; a new statement takes this one's place.",
    )
    STATEMENT_INVOICED = "statement.invoiced", "An invoice for the statement was submitted."
    STATEMENT_DETACHED = (
        "statement.detached",
        "Its invoice was rejected or cancelled; the statement can be invoiced again.",
    )
    STATEMENT_PAID = "statement.paid", "The statement is paid."
    STATEMENT_PAYMENT_RETURNED = (
        "statement.payment_returned",
        "The payment came back; the amount is owed again.",
    )
    STATEMENT_CLOSED = "statement.closed", "Paid, and the time in which a payment can come back is over."

    INVOICE_SUBMITTED = "invoice.submitted", "An invoice was submitted; it is reviewed next."
    INVOICE_APPROVED = "invoice.approved", "The invoice is valid; its payment is under way."
    INVOICE_REJECTED = "invoice.rejected", "The invoice was rejected; submit another for the same statements."
    INVOICE_PAYMENT_FAILED = (
        "invoice.payment_failed",
        "A payment of the invoice failed; its payout says who must act.",
    )
    INVOICE_PAYMENT_RESUMED = "invoice.payment_resumed", "The payment goes on after it had failed."
    INVOICE_PAID = "invoice.paid", "The invoice is paid."
    INVOICE_PAYMENT_RETURNED = "invoice.payment_returned", "The payment came back; the amount is owed again."
    INVOICE_CANCELLED = "invoice.cancelled", "The payout was cancelled; the statements can be invoiced again."
    INVOICE_CLOSED = "invoice.closed", "Paid, and the time in which a payment can come back is over."

    PAYOUT_SCHEDULED = "payout.scheduled", "The payment leaves on the next payment day."
    PAYOUT_SENT = "payout.sent", "The payment provider has the payment; banks take some working days."
    PAYOUT_PAID = "payout.paid", "The payment is made; it is watched for its return."
    PAYOUT_FAILED = "payout.failed", "The payment was not made, and does not go on before somebody acts."
    PAYOUT_RETURNED = "payout.returned", "A payment that was made came back; the amount is owed again."
    PAYOUT_SETTLED = "payout.settled", "What had come back was paid to the organization in another way."
    PAYOUT_OVERPAID = (
        "payout.overpaid",
        "More was paid than is owed, or although the payout was cancelled; it must come back.",
    )
    PAYOUT_RECOVERED = "payout.recovered", "A payment that was made in error is back with the platform."
    PAYOUT_HELD = "payout.held", "An operator holds the payment."
    PAYOUT_HOLD_RELEASED = "payout.hold_released", "The payment is held no longer."
    PAYOUT_CANCELLED = "payout.cancelled", "The payout was cancelled."
    PAYOUT_CLOSED = "payout.closed", "Paid, and the time in which a payment can come back is over."

    TEST = "webhook.test", "An admin tries the endpoint out; it is about no document."


CHOICES = tuple(kind for kind in WebhookType if kind is not WebhookType.TEST)
"""What an endpoint can choose to be told of; the test comes when it is asked for."""


def moment(at: datetime) -> str:
    """A moment as webhooks write it: UTC, with a Z."""
    return at.astimezone(UTC).isoformat().replace("+00:00", "Z")


Moment = Annotated[datetime, PlainSerializer(moment)]


class WebhookData(BaseModel):
    """What a webhook is about: ids and a state, nothing that must stay secret.

    Attributes:
        document_id: which document; not in a test.
        state: the document's state since then.
        revision: the document's revision since then; of two states the one with the higher revision is the later.
    """

    organization_id: str
    document_id: str | None = None
    state: str | None = None
    revision: int | None = None


class Webhook(BaseModel):
    """The body of a webhook, as Standard Webhooks lays it out.

    Attributes:
        id: the same however often it is sent, and to whichever endpoint; it is the header ``webhook-id``, too.
        type: one of ``WebhookType``; text, so that a release older than a type can still send it.
        timestamp: when it happened, in programme time; of a test, in real time.
    """

    id: str
    type: str
    timestamp: Moment
    data: WebhookData

    def body(self) -> str:
        """What is sent, to the byte."""
        return self.model_dump_json(exclude_none=True)
