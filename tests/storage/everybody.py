"""What admins, staff, the clock and the bank do about an organization's money, a month at a time."""

from datetime import date
from typing import Any

from hypothesis import currently_in_test_context, note

from models.commands import Accepted, Role
from models.documents import Feature, Invoice, Payout
from models.tables import ContractTextRow
from storage.database import Database
from tests.storage.bank import MOODS, BankedProgramme
from tests.storage.programme import DAY

FATES = {
    **{fate: "takes" for fate in ("arrives", "comes back", "fails", "stays under way")},
    "unheard and arrives": "taken, unheard",
    "found paid by people": "taken, unheard",
    "found missing by people": "lost",
    **{mood: mood for mood in MOODS[1:]},
}
"""What may become of a payment, and how the bank takes it to begin with."""

CODES = ("account_closed", "bank_processing_error", "declined")
"""Why the bank fails what it had taken."""


class Everybody:
    """All who act in one programme; what they try may be refused.

    Attributes:
        last_day: of each contract that has ended.
    """

    programme: BankedProgramme
    last_day: dict[Feature, date]

    def does(self, role: Role, action: str, document_id: str, number: int = 0) -> None:
        """Try something with what it takes; it may be refused."""
        self.heard(self.programme.do(role, action, document_id, number), f"{role} {action}")

    def heard(self, answer: Any, what: str) -> None:
        if currently_in_test_context():
            note(f"{what}: {'accepted' if isinstance(answer, Accepted) else answer.code}")

    def time_passes(self, days: int, told: bool = True) -> None:
        """What is due is settled at the end; whether the organization records its statements already."""
        self.programme.wait(days * DAY)
        self.programme.settle()
        if told:
            self.programme.acknowledge()

    def confirm_all(self) -> None:
        for statement in self.programme.statements("pending_confirmation"):
            self.programme.act(Role.ADMIN, "statement.confirm", statement.id)

    def invoice(self, number: int = 0) -> None:
        """Invoice what is confirmed, all of it if the number is 0; every third number is approved."""
        confirmed = [statement.id for statement in self.programme.statements("confirmed")]
        if confirmed:
            some = confirmed[: 1 + number % len(confirmed)] if number else confirmed
            self.programme.try_to_invoice(some, approved=number % 3 == 0)
        self.approve_large_payouts()

    def end(self, feature: Feature) -> None:
        contract = f"contract/{feature}"
        if self.programme.state(contract) != "terminated":
            self.programme.act(Role.OPERATOR, "contract.terminate", contract, "ended")
            self.last_day[feature] = self.programme.now.date()

    def approve_large_payouts(self) -> None:
        for payout in self.programme.payouts():
            if payout.state == "awaiting_approval":
                self.does(Role.FINANCE, "payout.approve", payout.id)

    def bank_takes(self, fate: str) -> None:
        """What leaves on the next payment day, and what the bank makes of it."""
        bank = self.programme.bank
        known = set(bank.transfers)
        bank.moods.clear()
        bank.moods.append(FATES[fate])
        for _ in range(8):
            self.programme.wait(DAY)
            if fate.endswith("by people"):
                self.people_find_out(fate)
        bank.moods.clear()
        bank.late_orders_arrive()
        for reference in bank.references("in_transit"):
            if reference in known or fate in MOODS or fate == "stays under way":
                continue
            self.bank_moves(reference, "failed" if fate == "fails" else "paid")
            if fate == "comes back" and bank.transfers[reference].status == "paid":
                self.programme.wait(3 * DAY)
                self.bank_moves(reference, "returned")

    def people_find_out(self, fate: str) -> None:
        """Two people decide on what the bank's record shows, before the bank is asked again."""
        for payout in self.programme.payouts():
            if payout.state == "outcome_unresolved" and payout.reference:
                if fate == "found paid by people" and payout.reference in self.programme.bank.transfers:
                    self.bank_moves(payout.reference, "paid", told=False)
                self.go_on_with(payout)

    def bank_moves(self, reference: str, status: Any, which: int = 0, told: bool = True) -> None:
        code = None if status == "paid" else CODES[which % len(CODES)] if status == "failed" else CODES[0]
        self.programme.bank.move(reference, status, code)
        if told:
            self.heard(self.programme.hear(reference), f"{reference} is {status}")

    def all_do_their_part(self) -> None:
        """A month in which nobody leaves anything undone, and the bank pays whatever it has."""
        programme = self.programme
        self.time_passes(31)
        for statement in programme.statements("appeal_review"):
            programme.act(Role.OPERATOR, "statement.reject_appeal", statement.id, "nothing_found")
        self.confirm_all()
        if programme.account_needs_mending():
            self.programme.mend_account()
        for invoice in programme.dossier().of(Invoice):
            if invoice.state == "under_review":
                programme.act(Role.OPERATOR, "invoice.approve", invoice.id)
        self.invoice()
        for reference in programme.bank.references("in_transit"):
            self.bank_moves(reference, "paid")
        for payout in programme.payouts():
            self.go_on_with(payout)
        self.bank_takes("arrives")

    def go_on_with(self, payout: Payout) -> None:
        """Do what a payout waits for people to do."""
        if payout.state == "returned":
            self.programme.mend_account()
        todo = {
            "awaiting_funds": [(Role.OPERATOR, "retry")],
            "declined": [(Role.OPERATOR, "retry")],
            "held": [(Role.OPERATOR, "release_hold")],
            "outcome_unresolved": [(Role.OPERATOR, "propose_resolution")],
        }
        for role, event in todo.get(payout.state, []):
            self.does(role, f"payout.{event}", payout.id)
        now = self.programme.document(payout.id)
        if isinstance(now, Payout) and now.state == "resolution_proposed":
            self.does(Role.FINANCE, f"payout.resolve_{now.proposed_outcome}", payout.id)
        self.approve_large_payouts()


def offered(database: Database, advance: int) -> int:
    """A contract version under which purchases are settled at an advance first."""
    version = advance // 1_000
    with database.transaction() as session:
        if session.get(ContractTextRow, ("iap", version)) is None:
            session.add(
                ContractTextRow(
                    feature="iap",
                    version=version,
                    text="",
                    sha256="",
                    share_basis_points=3_000,
                    advance_bean_micros=advance,
                )
            )
    return version
