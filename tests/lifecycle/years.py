"""An organization that is played through years, whose workflow goes on in a new run after each half month."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

from lifecycle.leaving import latest, staying
from lifecycle.messages import schedule_payout, tell_organization
from lifecycle.timers import timers
from models.commands import Command, Outcome, Role
from models.documents import Invoice, Payout, Stream
from models.dossier import Dossier
from tests.lifecycle.leaving import fetched_back
from tests.lifecycle.life import SHA, Life
from tests.workflows.programme import CONVERTER
from workflows.inputs import WorkflowInput
from workflows.loop.decisions import APPLIED_KEPT

HALF_MONTH = timedelta(days=15)
PERIODS_A_YEAR = 24
"""What is settled every half month; two of these make an invoice."""


class Workflow(Life):
    """What an organization's workflow holds: documents that a command names come back from the database.

    Attributes:
        whole: every document that there ever was, as the database has them.
        applied: what came of the latest commands.
    """

    def __init__(self) -> None:
        super().__init__()
        self.whole = self.dossier
        self.applied: dict[str, Outcome] = {}

    def take(self, command: Command) -> str:
        self.dossier = fetched_back(self.dossier, self.whole, command)
        state = super().take(command)
        self.whole = everything(self.whole, self.dossier)
        named = f"{command.id:0>36}"
        self.applied[named] = Outcome(
            command_id=named,
            document_id=command.document_id,
            state=state,
            revision=self[command.document_id].revision,
        )
        while len(self.applied) > APPLIED_KEPT:
            del self.applied[next(iter(self.applied))]
        return state

    def goes_on(self) -> None:
        """A new run."""
        self.dossier = staying(self.dossier)


def everything(whole: Dossier, held: Dossier) -> Dossier:
    """What the database has."""
    return Dossier(organization_id="org_1", documents={**whole.documents, **held.documents})


class Years:
    """An organization that is settled every half month; its payouts, each on its own.

    Attributes:
        streams: what it earns from; each has a statement every half month.
        invoices: it invoices every month what is confirmed.
        eventful: besides, whatever may happen to an organization happens to it, again and again.
    """

    def __init__(self, *streams: Stream, invoices: bool = True, eventful: bool = False) -> None:
        self.life = Workflow()
        self.life.verified().signed().account().qualified().tested()
        self.launch()
        self.streams, self.invoices, self.eventful = streams or (Stream.IAA,), invoices, eventful
        self.payouts: list[Life] = []

    @property
    def whole(self) -> Dossier:
        return self.life.whole

    def period(self, number: int) -> None:
        """One period: its statements, every other time an invoice; then the workflow goes on in a new run."""
        if self.eventful:
            self.everything_happens(number)
        for stream in self.streams:
            self.settle(number, stream)
        usable = self.life.state("payout_account") == "active"
        if self.invoices and number % 2 and usable and (ready := [s.id for s in self.whole.confirmed()]):
            self.invoice(number, ready[:200])
        self.wait(HALF_MONTH)
        self.life.goes_on()

    def settle(self, number: int, stream: Stream) -> None:
        """The statement of one stream: mostly confirmed; sometimes its net is negative, or it is appealed."""
        name = f"statement/{number:04}" + ("" if stream is self.streams[0] else f"_{stream}")
        self.issue(name, stream, 20_000 if number % 5 else -5)
        if not number % 5:
            return
        if self.eventful and not number % 3:
            self.life.admin("statement.appeal", name, submission_id="why")
            if number % 2:
                self.life.take(self.life.command(Role.OPERATOR, "statement.replace", name, why="because"))
                name += "_again"
                self.issue(name, stream, 30_000)
            else:
                self.life.take(
                    self.life.command(Role.OPERATOR, "statement.reject_appeal", name, why="because")
                )
        self.life.admin("statement.confirm", name)

    def issue(self, name: str, stream: Stream, cents: int) -> None:
        dates = {"period_start": "2026-01-01", "period_end": "2026-01-15"}
        self.life.pipeline("statement.issue", name, stream=stream, net={"amount": cents}, **dates)

    def invoice(self, number: int, statement_ids: list[str]) -> None:
        """A valid invoice is paid on the next payment day; an eventful one was rejected before, or is cancelled."""
        name = f"invoice/{number:04}"
        if self.eventful and not number % 3:
            self.submit(name + "_first", statement_ids)
            self.life.take(
                self.life.command(Role.OPERATOR, "invoice.reject", name + "_first", why="name_differs")
            )
        self.submit(name, statement_ids)
        self.life.operator("invoice.approve", name)
        if self.eventful and not number % 7:
            self.life.pipeline("invoice.cancel", name)
            return
        invoice = self.life[name]
        assert isinstance(invoice, Invoice)
        payout = Life(Dossier(organization_id="org_1"))
        payout.now = self.life.now
        payout.take(schedule_payout(self.life.dossier, invoice))
        self.payouts.append(payout)

    def submit(self, name: str, statement_ids: list[str]) -> None:
        total = sum(self.whole.documents[i].net.amount for i in statement_ids)  # type: ignore[misc,union-attr]
        self.life.admin(
            "invoice.submit", name, **self.life.invoice_facts(*statement_ids, total={"amount": total})
        )

    def everything_happens(self, number: int) -> None:
        """Games, contracts, accounts and papers: a few each year, whatever the year."""
        life, year, month = self.life, number // PERIODS_A_YEAR, number % PERIODS_A_YEAR
        if month == 3:
            life.operator("launch.withdraw", "launch/g1")
        if month == 9:
            self.launch()
        if month == 12:
            life.operator("contract.offer_version", "contract/iaa", offered_version=year + 2)
            signed = {"submission_id": f"s{year:04}", "signed_version": year + 2, "text_sha256": SHA}
            life.admin("contract.sign", "contract/iaa", **signed)
            life.provider("contract.activate", "contract/iaa")
        if month == 15:
            life.admin("verification.renew", submission_id=f"s{year:04}")
            life.provider("verification.verify")
        if month == 18:
            life.admin("payout_account.change", proposed_submission_id=f"account-{year:04}")
            life.operator("payout_account.approve_change")
            life.finance("payout_account.approve_change")

    def launch(self) -> None:
        """Its one game goes live."""
        self.life.admin("launch.submit", "launch/g1", regions=["JP"])
        self.life.provider("launch.approve", "launch/g1")
        self.life.admin("launch.publish", "launch/g1")

    def wait(self, span: timedelta) -> None:
        """Let time pass, for the organization and for each payout, and let them tell each other."""
        end = self.life.now + span
        for payout in list(self.payouts):
            self.live(payout, end)
        self.life.wait(until=end)

    def live(self, payout: Life, end: Any) -> None:
        """What becomes of a payout until then: it is paid when it was sent, and closed after the time for returns."""
        while (upcoming := timers(payout.dossier, payout.policy)) and upcoming[0].due <= end:
            payout.wait(until=upcoming[0].due)
            [document] = payout.dossier.of(Payout)
            if document.state == "sending":
                payout.provider("payout.pay", document.id)
            self.tell(payout)
        if payout.dossier.of(Payout)[0].state == "closed":
            self.payouts.remove(payout)

    def tell(self, payout: Life) -> None:
        """The organization hears of its payout."""
        [document] = payout.dossier.of(Payout)
        if message := tell_organization(document):
            self.life.wait(until=max(self.life.now, payout.now))
            self.life.take(message)

    def documents(self) -> int:
        """How many bytes the documents are that the next run is begun with."""
        return size(
            WorkflowInput(
                organization_id="org_1", policy=self.life.policy, dossier=staying(self.life.dossier)
            )
        )

    def carried(self) -> int:
        """How many bytes all is that the next run is begun with."""
        run = WorkflowInput(
            organization_id="org_1",
            policy=self.life.policy,
            dossier=staying(self.life.dossier),
            applied=latest(self.life.applied),
        )
        return size(run)

    def each_year(self, years: int) -> Iterator["Years"]:
        """The organization after each of so many years."""
        for number in range(1, years * PERIODS_A_YEAR + 1):
            self.period(number)
            if number % PERIODS_A_YEAR == 0:
                yield self


def size(value: Any) -> int:
    """The bytes of a payload."""
    [payload] = CONVERTER.payload_converter.to_payloads([value])
    return len(payload.data)
