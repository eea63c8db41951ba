"""A payment provider with a record of its own, and a programme that is paid through it and nothing else.

What the programme knows of a payment it knows from the activities, which ask this provider; so its record, in which
each transfer is written down when it is taken, can be held against everything that the programme believes.
"""

from collections import Counter, deque
from contextlib import suppress
from typing import Any, cast

from activities.installation import Installation
from activities.payments import PaymentSteps
from models.commands import Accepted, Effect, Refusal, Role
from models.documents import AnyDocument, FailureClass, Payout, PayoutAccount
from models.wire.steps import ExternalStep
from providers.payments.events import payment_event
from providers.payments.messages import (
    PaymentOrder,
    PaymentRecord,
    PaymentRecordPage,
    PaymentResult,
    PaymentStatus,
)
from providers.protocols import ProviderFailure, Providers
from storage.database import Database
from storage.encryption.keyring import Keyring
from storage.organizations.submissions import read, save
from tests.storage.programme import DAY, POLICY, Programme
from words.voice import Sentence

UNHEARD = {"taken, unheard": True, "lost": False}
"""What happens to an order that gets no answer: whether it was taken."""

REFUSED = {
    "busy": ProviderFailure(FailureClass.TRANSIENT, "not_processed"),
    "no such account": ProviderFailure(FailureClass.ACCOUNT, "no_account"),
    "no funds": ProviderFailure(FailureClass.PAYER, "insufficient_funds"),
    "declined": ProviderFailure(FailureClass.FINAL, "declined"),
}
"""How an order is refused, for good: nothing was taken."""

LATE = "on its way"
"""An order that reaches the bank long after its sender has given it up: a frozen worker's, or one that was queued."""

MOODS = ("takes", *UNHEARD, *REFUSED, LATE)


class Bank:
    """The payment provider: takes a reference once, and alone knows what becomes of the money.

    Attributes:
        transfers: its record, by reference: all that it has taken.
        invoices: which invoice each of them is for.
        moods: what happens to the next orders; without one, an order is taken.
        late: the orders that are on their way still.
        voided: the references that it was told never to take.
    """

    def __init__(self) -> None:
        self.transfers: dict[str, PaymentRecord] = {}
        self.invoices: dict[str, str] = {}
        self.moods: deque[str] = deque()
        self.late: list[PaymentOrder] = []
        self.voided: set[str] = set()

    def send(self, order: PaymentOrder) -> PaymentResult:
        mood = self.moods.popleft() if self.moods else "takes"
        if mood in REFUSED:
            raise REFUSED[mood]
        if mood == LATE:
            self.late.append(order)
            raise ProviderFailure(FailureClass.UNKNOWN, "connection_lost")
        if order.reference in self.voided:
            raise ProviderFailure(FailureClass.FINAL, "payment_cancelled")
        if UNHEARD.get(mood, True) and order.reference not in self.transfers:
            assert order.idempotency_key == order.reference and order.amount.amount > 0
            self.invoices[order.reference] = order.invoice_id
            self.transfers[order.reference] = PaymentRecord(
                provider_id=f"tr_{len(self.transfers)}",
                reference=order.reference,
                status="in_transit",
                amount=order.amount,
            )
        if mood in UNHEARD:
            raise ProviderFailure(FailureClass.UNKNOWN, "timeout")
        return self.transfers[order.reference]

    def late_orders_arrive(self) -> None:
        """Take in what was on its way, each reference once."""
        late, self.late = self.late, []
        for order in late:
            with suppress(ProviderFailure):
                self.send(order)

    def ask(self, reference: str) -> PaymentResult | None:
        return self.transfers.get(reference)

    def void(self, reference: str) -> PaymentResult | None:
        record = self.transfers.get(reference)
        if record is not None and record.status == "in_transit":
            return self.move(reference, "failed", "payment_cancelled")
        self.voided.add(reference)
        return record

    def records(self, after: str | None, limit: int) -> PaymentRecordPage:
        return PaymentRecordPage(payments=list(self.transfers.values()), next_cursor=after, has_more=False)

    def move(self, reference: str, status: PaymentStatus, code: str | None = None) -> PaymentRecord:
        """Let a transfer arrive, fail or come back."""
        moved = {"status": status, "failure_code": code}
        self.transfers[reference] = self.transfers[reference].model_copy(update=moved)
        return self.transfers[reference]

    def references(self, *statuses: PaymentStatus) -> list[str]:
        """The transfers that stand so, in the order in which they were taken."""
        return [name for name, record in self.transfers.items() if record.status in statuses]

    def arrived(self) -> int:
        """What was paid and has not come back, minor units."""
        return sum(self.transfers[name].amount.amount for name in self.references("paid"))

    def standing(self) -> Counter[str]:
        """How many transfers each invoice has that were paid, or may still be."""
        return Counter(self.invoices[name] for name in self.references("paid", "in_transit"))


class BankedProgramme(Programme):
    """A programme whose payments go to a bank by the activities, and whose account is set up and changed by people."""

    def __init__(self, database: Database) -> None:
        self.bank = Bank()
        self.keyring = Keyring({"test": bytes(32)})
        nobody = cast(Any, None)
        providers = Providers(
            desks={},
            payments=self.bank,
            earnings=nobody,
            notifications=nobody,
            storefront=nobody,
            documents=nobody,
        )
        self.steps = PaymentSteps(Installation(database, self.keyring, providers, nobody, POLICY))
        self.told = 0
        super().__init__(database)

    def follow(self, effect: Effect) -> None:
        if not effect.name.endswith("_payment"):
            super().follow(effect)
            return
        payout = self.document(effect.document_id)
        assert isinstance(payout, Payout)
        step = ExternalStep(
            organization_id=self.id, document=payout, reference=effect.reference, policy=POLICY, now=self.now
        )
        news = getattr(self.steps, effect.name)(step)
        if news.command:
            self.give(news.command)

    def hear(self, reference: str) -> Accepted | Refusal:
        """Be told by the provider where a transfer stands now."""
        self.told += 1
        payout_id = reference.rpartition("/")[0]
        event = payment_event(self.bank.transfers[reference], f"event-{self.told}", payout_id)
        return self.give(event.command("payments"))

    def fact(self, document: AnyDocument, name: str) -> Any:
        """What somebody of the platform would bring: an operator proposes what the bank's record shows."""
        if name == "proposed_outcome":
            record = self.bank.transfers.get(document.reference or "")
            return "paid" if record and record.status == "paid" else "not_paid"
        return super().fact(document, name)

    def do(self, role: Role, action: str, document_id: str, number: int) -> Accepted | Refusal:
        record = self.bank.transfers.get(self.document(document_id).reference or "")
        if action == "payout.propose_resolution" and record and record.status == "in_transit":
            return Refusal(
                code="not_seen", reason=Sentence("The bank's record does not say yet what became of it.")
            )
        return super().do(role, action, document_id, number)

    # ------------------------------------------------------------------ the account

    def form(self) -> str:
        """The form of another bank account, as the API stores it."""
        self.accounts += 1
        bank = {"account_name": "Example Games LLC", "account_number": f"{self.accounts:012}"}
        with self.database.transaction() as session:
            return save(
                session, self.keyring, "payout_account", self.id, self.studio.admin.id, {"bank": bank}
            )

    def mend_account(self) -> None:
        """Another bank account: asked for, agreed to by two people of the platform, and cooled off."""
        submission_id = self.form()
        if self.state("payout_account") == "not_set_up":
            self.act(Role.ADMIN, "payout_account.submit", "payout_account", submission_id=submission_id)
            self.act(Role.PROVIDER, "payout_account.accept", "payout_account")
            return
        with self.database.reading() as session:
            digest = read(session, self.keyring, self.id, submission_id).digest
        facts = {"proposed_submission_id": submission_id, "proposed_digest": digest}
        asked = self.try_to(Role.ADMIN, "payout_account.change", "payout_account", **facts)
        if isinstance(asked, Refusal):
            return
        for role in (Role.OPERATOR, Role.FINANCE):
            self.act(role, "payout_account.approve_change", "payout_account", approved_digest=digest)
        self.wait((POLICY.cooling_off_days + 1) * DAY)

    def account_needs_mending(self) -> bool:
        """Whether the bank refuses the account in force."""
        account = self.document("payout_account")
        return isinstance(account, PayoutAccount) and account.broken
