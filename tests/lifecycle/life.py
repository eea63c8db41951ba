"""An organization that is played through by specifications: who does what, and what the clock does meanwhile."""

from datetime import UTC, datetime, timedelta
from typing import Any

from lifecycle.decide import decide, evolve
from lifecycle.timers import clock_command, timers
from models.commands import Accepted, Actor, Command, Effect, Refusal, Role
from models.documents import AnyDocument, Payout, Reason
from models.dossier import Dossier, open_dossier
from models.programme.policy import Policy

MONDAY = datetime(2026, 3, 2, 9, tzinfo=UTC)
DAY = timedelta(days=1)
HOUR = timedelta(hours=1)
MINUTE = timedelta(minutes=1)

NAMES = {
    Role.ADMIN: "ann",
    Role.OPERATOR: "otto",
    Role.FINANCE: "fay",
    Role.PROVIDER: "provider",
    Role.CLOCK: "clock",
    Role.PIPELINE: "pipeline",
}
SHA = "0" * 64


class Life:
    """One dossier and the time it is.

    Attributes:
        now: programme time.
        rang: what the clock did, and when.
        effects: what was to be done outside, in order.
        told: what the organization was told.
    """

    def __init__(self, dossier: Dossier | None = None, policy: Policy | None = None) -> None:
        self.now = MONDAY
        self.policy = policy or Policy()
        self.dossier = dossier or open_dossier("org_1", self.now)
        self.rang: list[tuple[str, datetime]] = []
        self.effects: list[Effect] = []
        self.told: list[str] = []
        self.given = 0

    def __getitem__(self, document_id: str) -> Any:
        return self.dossier.documents[document_id]

    def state(self, document_id: str) -> str:
        return self.dossier.documents[document_id].state

    # ------------------------------------------------------------------ acting

    def command(
        self, role: Role, action: str, document_id: str, who: str = "", why: str = "", **facts: Any
    ) -> Command:
        """A command as that role would give it; a provider answers the current request."""
        document: AnyDocument | None = self.dossier.documents.get(document_id)
        self.given += 1
        return Command(
            id=f"c{self.given}",
            action=action,
            document_id=document_id,
            actor=Actor(role=role, id=who or NAMES[role]),
            facts=facts,
            reasons=[Reason(code=why)] if why else [],
            reference=document.reference if document else None,
        )

    def take(self, command: Command) -> str:
        """The state that a command leads to; it must be accepted."""
        decision = decide(self.dossier, command, self.now, self.policy)
        assert isinstance(decision, Accepted), f"{command.action}: {decision}"
        for transition in decision.transitions:
            self.dossier = evolve(self.dossier, transition)
            if transition.message:
                self.told.append(transition.message)
        self.effects += decision.effects
        return self.state(command.document_id)

    def refusal(self, command: Command) -> Refusal:
        """Why a command is refused; it must be."""
        decision = decide(self.dossier, command, self.now, self.policy)
        assert isinstance(decision, Refusal), f"{command.action} is accepted"
        return decision

    def admin(self, action: str, document_id: str = "", **facts: Any) -> str:
        return self.take(self.command(Role.ADMIN, action, document_id or action.partition(".")[0], **facts))

    def operator(self, action: str, document_id: str = "", **facts: Any) -> str:
        return self.take(
            self.command(Role.OPERATOR, action, document_id or action.partition(".")[0], **facts)
        )

    def finance(self, action: str, document_id: str = "", **facts: Any) -> str:
        return self.take(self.command(Role.FINANCE, action, document_id or action.partition(".")[0], **facts))

    def approve(self, payout_id: str = "payout/1") -> str:
        """A finance approver agrees to a payout as it is now."""
        return self.finance("payout.approve", payout_id, approved_digest=self.seen(payout_id))

    def seen(self, payout_id: str) -> str:
        """What a finance approver would name who has just read the payout."""
        payout = self.dossier.documents[payout_id]
        assert isinstance(payout, Payout)
        return payout.proposed_digest

    def provider(self, action: str, document_id: str = "", **facts: Any) -> str:
        return self.take(
            self.command(Role.PROVIDER, action, document_id or action.partition(".")[0], **facts)
        )

    def pipeline(self, action: str, document_id: str, **facts: Any) -> str:
        return self.take(self.command(Role.PIPELINE, action, document_id, **facts))

    def refused(self, role: Role, action: str, document_id: str = "", **facts: Any) -> str:
        """The code with which a command is refused."""
        return self.refusal(self.command(role, action, document_id or action.partition(".")[0], **facts)).code

    # ------------------------------------------------------------------ time

    def wait(self, span: timedelta = timedelta(0), until: datetime | None = None) -> list[str]:
        """Let time pass; the clock does what is due, when it is due. Returns the events."""
        end = until or self.now + span
        rang = []
        while (upcoming := timers(self.dossier, self.policy)) and upcoming[0].due <= end:
            timer = upcoming[0]
            self.now = max(self.now, timer.due)
            self.take(clock_command(self.dossier, timer))
            self.rang.append((timer.event, self.now))
            rang.append(timer.event)
            assert len(rang) < 1_000, f"the clock spins: {timer}"
        self.now = end
        return rang

    def next_alarm(self, event: str) -> datetime:
        """When the clock causes an event next."""
        return next(timer.due for timer in timers(self.dossier, self.policy) if timer.event == event)

    # ------------------------------------------------------------------ the usual way

    def verified(self, country: str = "DE", **facts: Any) -> "Life":
        """A verified business."""
        self.admin("verification.submit", submission_id="s1", country=country, **facts)
        self.provider("verification.verify")
        return self

    def signed(self, feature: str = "iaa") -> "Life":
        """A contract in force."""
        contract = f"contract/{feature}"
        self.admin("contract.sign", contract, submission_id="s2", signed_version=1, text_sha256=SHA)
        self.provider("contract.activate", contract)
        return self

    def qualified(self) -> "Life":
        """An approved qualification."""
        self.admin("qualification.submit", submission_id="s3")
        self.provider("qualification.approve")
        return self

    def tested(self, *features: str, game: str = "g1") -> "Life":
        """A registered game whose integrations have passed."""
        used = list(features or ("iaa",))
        self.admin("launch.register", f"launch/{game}", game_id=game, features=used)
        for feature in used:
            self.admin("integration.run", f"integration/{game}/{feature}")
            self.provider("integration.pass", f"integration/{game}/{feature}")
        return self

    def account(self) -> "Life":
        """A payout account that can be paid to."""
        self.admin("payout_account.submit", submission_id="account-1")
        self.provider("payout_account.accept")
        return self

    def statement(self, number: int = 1, cents: int = 20_000) -> str:
        """A statement that was just issued; its id."""
        statement_id = f"statement/{number}"
        self.pipeline(
            "statement.issue",
            statement_id,
            stream="iaa",
            period_start=f"2026-02-{number:02}",
            period_end=f"2026-02-{number + 1:02}",
            net={"amount": cents},
        )
        return statement_id

    def confirmed(self, number: int = 1, cents: int = 20_000) -> str:
        """A confirmed statement; its id."""
        statement_id = self.statement(number, cents)
        self.admin("statement.confirm", statement_id)
        return statement_id

    def invoice_facts(self, *statement_ids: str, **facts: Any) -> dict[str, Any]:
        """What an invoice for some statements must bring."""
        total = sum(self[i].net.amount for i in statement_ids if i in self.dossier.documents)
        return {
            "number": "2026-001",
            "statement_ids": list(statement_ids),
            "total": {"amount": total},
            "dated": self.now.date(),
            "submission_id": "pdf",
        } | facts

    def invoiced(self, *statement_ids: str, name: str = "invoice/1") -> str:
        """A valid invoice; its id."""
        self.admin("invoice.submit", name, **self.invoice_facts(*statement_ids))
        self.operator("invoice.approve", name)
        return name


def organization() -> Life:
    """A verified business with a contract and a payout account."""
    return Life().verified().signed().account()


LARGE = 5_000_001


def payout(cents: int = 20_000, **facts: Any) -> Life:
    """A payout that was just scheduled, in its own dossier."""
    life = Life(Dossier(organization_id="org_1"))
    life.pipeline(
        "payout.schedule",
        "payout/1",
        **{
            "invoice_id": "invoice/1",
            "amount": {"amount": cents},
            "account_usable": True,
            "account_submission_id": "account-1",
            "initiated_by": "otto",
        }
        | facts,
    )
    return life


def sent(cents: int = 20_000) -> Life:
    """A payout whose first attempt is being handed to the provider."""
    life = payout(cents)
    if life.state("payout/1") == "awaiting_approval":
        life.approve()
    life.wait(until=life.next_alarm("send"))
    assert life.state("payout/1") == "sending"
    return life
