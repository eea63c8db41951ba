"""Whatever happens, in whatever order: all parties agree to the cent, nothing is paid twice, and nothing is lost.

The same steps are taken on every run. ``MONEY_EXAMPLES=200`` takes other ones, that many times, and shrinks what fails.
"""

import os
from collections import Counter
from pathlib import Path
from typing import Any, ClassVar

import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule, run_state_machine_as_test
from sqlalchemy import text

from models.commands import Role
from models.documents import Feature, Invoice, Statement
from models.ledger.entries import Account
from storage.database import Database
from storage.ledger.anchors import Anchors
from storage.ledger.verification import verify
from tests.storage import agreement
from tests.storage.bank import BankedProgramme
from tests.storage.everybody import FATES, Everybody, offered
from tests.storage.programme import DAY, POLICY

EXAMPLES = int(os.environ.get("MONEY_EXAMPLES", "0"))
NUMBERS = st.integers(0, 10_000)
REGIONS = st.sampled_from(["GB", "US"])
BEANS = st.integers(1, 3_000_000)
A_MONTHS = st.integers(200_000, 5_000_000)

OFTEN = {
    "payout.pay": 15,
    "payout.return": 8,
    "payout.outcome_unknown": 1,
    "payout.approve": 8,
    "payout_account.finish_change": 8,
    "contract.terminate": 8,
    "statement.appeal": 2,
}
"""How often what matters most happens in the run that is the same every time."""

EACH = (
    *(
        f"payout.{event}"
        for event in ("pay", "return", "outcome_unknown", "not_received", "cancel", "approve", "retry")
    ),
    *(f"payout.{event}" for event in ("resolve_paid", "resolve_not_paid", "fail_account", "fail_payer")),
    *(f"payout.{event}" for event in ("fail_transient", "fail_final", "close")),
    *(f"statement.{event}" for event in ("appeal", "replace", "reject_appeal", "return_payment")),
    *("invoice.reject", "invoice.cancel", "payout_account.fail", "payout_account.finish_change"),
    *("contract.terminate", "a debt was carried"),
)
"""What happens at least once when everything that may happen to a payment happens one after the other."""


class Books(RuleBasedStateMachine, Everybody):
    """One organization, from earning to being paid, with everything that may go wrong on the way."""

    database: Database
    anchors: Path
    seen: ClassVar[Counter[str]]

    # ------------------------------------------------------------------ beginning

    @initialize(advance=st.sampled_from([None, 8_000, 11_000]), fate=st.sampled_from(list(FATES)))
    def begin(self, advance: int | None, fate: str) -> None:
        self.sound = False
        self.programme = BankedProgramme(self.database)
        self.orders: list[Any] = []
        self.ads: list[Any] = []
        self.last_day = {}
        if advance:
            version = offered(self.database, advance)
            self.programme.studio.contract(Feature.IAP, version=version)
        self.a_payment_comes_back(400_000, fate)

    # ------------------------------------------------------------------ earning

    @rule(beans=BEANS, ago=st.integers(0, 40), region=REGIONS)
    def earn(self, beans: int, ago: int, region: str) -> None:
        day = (self.programme.now - ago * DAY).date()
        self.orders.append(self.programme.earn(beans, max(day, self.programme.opened), region))

    @rule(which=NUMBERS, beans=BEANS, all_of_it=st.booleans())
    def refund(self, which: int, beans: int, all_of_it: bool) -> None:
        if self.orders:
            order = self.orders[which % len(self.orders)]
            day = max(order.at.date(), self.programme.now.date())
            given_back = order.beans if all_of_it else min(beans, order.beans)
            self.programme.studio.earn(self.programme.studio.refund(order, given_back, day))

    def refund_all(self) -> None:
        for which in range(len(self.orders)):
            self.refund(which, 0, True)

    @rule(micros=st.integers(0, 10**10), ago=st.integers(0, 40), region=REGIONS)
    def show_ads(self, micros: int, ago: int, region: str) -> None:
        day = max((self.programme.now - ago * DAY).date(), self.programme.opened)
        self.ads.append(self.programme.studio.ad_day(micros, day, region=region))
        self.programme.studio.earn(self.ads[-1])

    @rule(which=NUMBERS, micros=st.integers(0, 10**10))
    def correct_ads(self, which: int, micros: int) -> None:
        if self.ads:
            place = which % len(self.ads)
            news = {"revision": self.ads[place].revision + 1, "revenue_micros": micros}
            self.ads[place] = self.ads[place].model_copy(update=news)
            self.programme.studio.earn(self.ads[place])

    # ------------------------------------------------------------------ settlement

    @rule(told=st.booleans(), days=st.sampled_from([1, 16, 31]))
    def let_time_pass(self, told: bool, days: int) -> None:
        self.time_passes(days, told)

    @rule(feature=st.sampled_from(Feature))
    def end_a_contract(self, feature: Feature) -> None:
        self.end(feature)

    # ------------------------------------------------------------------ being paid

    @rule(beans=A_MONTHS, micros=st.integers(0, 10**10), region=REGIONS, fate=st.sampled_from(list(FATES)))
    def a_month_goes_by_and_is_paid(self, beans: int, micros: int, region: str, fate: str) -> None:
        self.earn(beans, 20, region)
        self.show_ads(micros, 20, region)
        self.time_passes(31)
        self.confirm_all()
        self.invoice()
        self.bank_takes(fate)

    @rule(beans=A_MONTHS, fate=st.sampled_from(list(FATES)))
    def a_payment_comes_back(self, beans: int, fate: str) -> None:
        self.a_month_goes_by_and_is_paid(beans, 0, "GB", "comes back")
        self.programme.mend_account()
        self.approve_large_payouts()
        self.bank_takes(fate)

    @rule(beans=st.integers(8_000_000, 12_000_000), region=REGIONS, fate=st.sampled_from(list(FATES)))
    def a_large_payment_is_made(self, beans: int, region: str, fate: str) -> None:
        self.a_month_goes_by_and_is_paid(beans, 0, region, fate)

    @rule(beans=A_MONTHS, number=NUMBERS, granted=st.sampled_from([True, True, False]))
    def a_statement_is_appealed(self, beans: int, number: int, granted: bool) -> None:
        self.earn(beans, 20, "GB")
        self.time_passes(31)
        for statement in self.programme.statements("pending_confirmation")[:1]:
            self.does(Role.ADMIN, "statement.appeal", statement.id)
            self.does(
                Role.OPERATOR, f"statement.{'replace' if granted else 'reject_appeal'}", statement.id, number
            )

    @rule(beans=A_MONTHS)
    def an_invoice_is_rejected(self, beans: int) -> None:
        self.earn(beans, 20, "GB")
        self.time_passes(31)
        self.confirm_all()
        self.invoice(1)
        for invoice in self.programme.dossier().of(Invoice):
            if invoice.state == "under_review":
                self.does(Role.OPERATOR, "invoice.reject", invoice.id)

    @rule(number=NUMBERS)
    def a_payout_is_stopped(self, number: int) -> None:
        """Held, or cancelled, wherever that is possible still."""
        action = ("payout.cancel", "payout.hold")[number % 2]
        for _, __, document_id in [step for step in self.programme.possible() if step[1] == action][:1]:
            self.does(Role.OPERATOR, action, document_id)

    @rule(which=NUMBERS, fails=st.booleans(), told=st.booleans())
    def something_moves_at_the_bank(self, which: int, fails: bool, told: bool) -> None:
        payouts = {payout.id: payout for payout in self.programme.payouts()}
        references = [
            reference
            for reference in self.programme.bank.references("in_transit", "paid")
            if payouts[reference.rpartition("/")[0]].state != "closed"
        ]
        if references:
            reference = references[which % len(references)]
            record = self.programme.bank.transfers[reference]
            status = "returned" if record.status == "paid" else "failed" if fails else "paid"
            self.bank_moves(reference, status, which, told or status == "returned")

    @rule(which=NUMBERS)
    def the_bank_finds_that_it_has_paid_after_all(self, which: int) -> None:
        """Only while nothing else was sent, nor is owed to be: then nobody could keep it from paying twice."""
        for payout in self.programme.payouts():
            record = self.programme.bank.transfers.get(payout.reference or "")
            waits = payout.state in ("retrying", "awaiting_account", "declined", "held", "awaiting_funds")
            if record and record.status == "failed" and waits:
                self.bank_moves(record.reference, "paid")
                return

    @rule(number=NUMBERS)
    def somebody_acts(self, number: int) -> None:
        possible = [step for step in self.programme.possible() if step[0] is not Role.PROVIDER]
        if possible:
            role, action, document_id = possible[number % len(possible)]
            self.does(role, action, document_id, number)

    @rule(number=NUMBERS)
    def invoice_what_is_confirmed(self, number: int) -> None:
        self.invoice(number)

    @rule()
    def everything_is_claimed_again(self) -> None:
        """Each statement wherever it stands: alone, twice on one invoice, and for a cent more or less."""
        for statement in self.programme.dossier().of(Statement):
            for ids, cents in (([statement.id] * 2, 0), ([statement.id], 1), ([statement.id], -1)):
                self.heard(self.programme.claim(ids, cents), f"{len(ids)} times {statement.state} + {cents}")
            if statement.state != "confirmed":
                self.heard(self.programme.claim([statement.id]), f"claim what is {statement.state}")

    @rule()
    def confirm_everything(self) -> None:
        self.confirm_all()

    @rule()
    def mend_the_account(self) -> None:
        self.programme.mend_account()

    @rule()
    def anchor(self) -> None:
        Anchors(self.anchors).write(self.database)

    # ------------------------------------------------------------------ what always holds

    @invariant()
    def all_agree(self) -> None:
        self.sound = False
        assert agreement.differences(self.programme, self.anchors) == []
        agreement.check_places(self.programme)
        agreement.check_parties(self.programme)
        agreement.check_balance(self.programme)
        agreement.check_debts(self.programme)
        agreement.check_once(self.programme)
        self.sound = True

    # ------------------------------------------------------------------ the end

    def teardown(self) -> None:
        """Nothing is lost: when all have done what they must, everything earned has been settled and paid."""
        if not getattr(self, "sound", False):
            return
        self.earn(100_000, 0, "GB")
        for feature in Feature:
            self.end(feature)
        for month in range(4):
            self.all_do_their_part()
            for feature, unsettled in agreement.UNSETTLED.items() if month else ():
                assert agreement.number(self.programme, unsettled, last=self.last_day[feature]) == 0
        self.all_agree()
        held = {account: micros for account, micros in agreement.held(self.programme).items() if micros}
        on_the_way = (Account.UNCONFIRMED, Account.CONFIRMED, Account.INVOICED, Account.IN_TRANSIT)
        assert [account for account in on_the_way if account in held] == []
        assert held.get(Account.PAID_OUT, 0) == self.programme.bank.arrived() * agreement.CENT
        with self.database.reading() as session:
            query = text(
                "SELECT action, count(*) FROM transitions WHERE organization_id = :id GROUP BY action"
            )
            self.seen["a debt was carried"] += agreement.number(self.programme, agreement.CARRIED)
            self.seen.update({str(a): int(n) for a, n in session.execute(query, {"id": self.programme.id})})


@pytest.fixture
def books(database: Database, tmp_path: Path) -> type[Books]:
    parts = {"database": database, "anchors": tmp_path / "anchors.jsonl", "seen": Counter[str]()}
    return type("Here", (Books,), parts)


def test_the_books_hold_through_everything_that_may_happen_to_a_payment(books: type[Books]) -> None:
    played = books()
    played.begin(8_000, "arrives")
    for fate in FATES:
        played.a_month_goes_by_and_is_paid(300_000, 10**9, "US", fate)
        played.all_agree()
        played.mend_the_account()
    played.a_large_payment_is_made(10_000_000, "GB", "arrives")
    for granted in (True, False):
        played.a_statement_is_appealed(300_000, 1, granted)
    played.an_invoice_is_rejected(300_000)
    played.everything_is_claimed_again()
    played.all_agree()
    played.invoice_what_is_confirmed(0)
    played.a_payout_is_stopped(0)
    played.refund_all()
    played.time_passes(31)
    played.a_month_goes_by_and_is_paid(300_000, 10**9, "GB", "arrives")
    played.all_agree()
    played.teardown()
    assert [action for action in EACH if not played.seen[action]] == []


@pytest.mark.timeout(0 if EXAMPLES else 300)
def test_the_books_hold_whatever_happens(books: type[Books]) -> None:
    run_state_machine_as_test(
        books,
        settings=settings(
            max_examples=EXAMPLES or 8,
            stateful_step_count=10,
            derandomize=not EXAMPLES,
            database=None,
            deadline=None,
            phases=(Phase.generate, Phase.shrink) if EXAMPLES else (Phase.generate,),
            suppress_health_check=list(HealthCheck),
        ),
    )
    everything = verify(books.database, POLICY, books.anchors)
    assert [check.difference for check in everything if check.difference] == []
    print(", ".join(f"{action} {count}" for action, count in sorted(books.seen.items())))
    if not EXAMPLES:
        assert {
            action: books.seen[action] for action, least in OFTEN.items() if books.seen[action] < least
        } == {}
