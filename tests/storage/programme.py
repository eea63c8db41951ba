"""The programme of one organization on a real database: decisions by ``lifecycle``, recorded by ``storage``."""

from datetime import UTC, date, datetime, timedelta
from typing import Any

from lifecycle.decide import decide
from lifecycle.machine import AnyRule
from lifecycle.machines import RULES
from lifecycle.messages import schedule_payout, tell_organization, tell_payout
from lifecycle.permissions import allowed_actions
from lifecycle.timers import clock_command, timers
from models.commands import PIPELINE, Accepted, Actor, Command, Effect, Refusal, Role
from models.documents import AnyDocument, Feature, Invoice, Payout, PayoutAccount, Reason, Statement
from models.dossier import Dossier
from models.programme.policy import RetrySchedule
from models.states import PayoutAccountState
from storage.database import Database
from storage.organizations.decisions import load_dossier, record
from storage.people.roles import add_staff
from storage.settlement.batches import (
    IssuedStatement,
    due_periods,
    issue_statements,
    organizations_due,
    unacknowledged,
)
from storage.settlement.replacement import replace_statement
from tests.storage import studio
from tests.storage.studio import NOON, Studio

DAY = timedelta(days=1)
POLICY = studio.POLICY.model_copy(
    update={
        "unknown_ask": RetrySchedule(first=5 * DAY, longest=5 * DAY, fast=1, slow=20 * DAY, jitter=0),
        "ask_again": 30 * DAY,
        "payout_retry": studio.POLICY.payout_retry.model_copy(update={"jitter": 0}),
    }
)
"""The published numbers, but for a provider that is asked seldom, because each question takes time here, and for
waits that are the same for every id."""
FACTS: dict[str, Any] = {
    "submission_id": "a form",
    "failure_code": "account_closed",
    "proposed_outcome": "paid",
    "evidence": "bank-statement-0001",
}


class Programme:
    """An organization that may earn and be paid, what time it is there, and what the world around it does.

    Effects are followed at once, but for those on the payment provider, which is played by its events.
    """

    def __init__(self, database: Database, country: str = "BR") -> None:
        self.database = database
        self.studio = Studio(database).live("racer", "chess", country=country)
        self.id = self.studio.id
        self.now = NOON + 31 * DAY
        self.opened = NOON.date()
        self.given = 0
        with database.transaction() as session:
            add_staff(session, "femi", "finance", "Femi")
        self.actors = {
            Role.ADMIN: self.studio.admin,
            Role.OPERATOR: self.studio.operator,
            Role.FINANCE: Actor(role=Role.FINANCE, id="femi"),
            Role.PROVIDER: Actor(role=Role.PROVIDER, id="payments"),
            Role.PIPELINE: PIPELINE,
        }
        self.accounts = 0
        self.mend_account()

    # ------------------------------------------------------------------ looking

    def dossier(self, payout_id: str | None = None) -> Dossier:
        """What a workflow would hold: a payout's own document, or all but the payouts."""
        with self.database.reading() as session:
            documents = load_dossier(session, self.id).documents
        mine = {
            name: document
            for name, document in documents.items()
            if (name == payout_id if payout_id else not isinstance(document, Payout))
        }
        return Dossier(organization_id=self.id, documents=mine)

    def dossiers(self) -> list[Dossier]:
        """What all the workflows would hold: the organization's, then each payout's."""
        with self.database.reading() as session:
            everything = load_dossier(session, self.id)
        payouts = [Dossier(organization_id=self.id, documents={p.id: p}) for p in everything.of(Payout)]
        for payout in payouts:
            for payout_id in payout.documents:
                del everything.documents[payout_id]
        return [everything, *payouts]

    def payouts(self) -> list[Payout]:
        with self.database.reading() as session:
            return load_dossier(session, self.id).of(Payout)

    def document(self, document_id: str) -> AnyDocument:
        return self.dossier(payout(document_id)).documents[document_id]

    def state(self, document_id: str) -> str:
        return self.document(document_id).state

    def statements(self, state: str) -> list[Statement]:
        found = [statement for statement in self.dossier().of(Statement) if statement.state == state]
        return sorted(found, key=birth)

    # ------------------------------------------------------------------ acting

    def act(self, role: Role, action: str, document_id: str, why: str = "", **facts: Any) -> str:
        """What a command leads to; it must be accepted."""
        answer = self.try_to(role, action, document_id, why, **facts)
        assert isinstance(answer, Accepted), f"{action}: {answer}"
        return self.state(document_id)

    def try_to(
        self, role: Role, action: str, document_id: str, why: str = "", **facts: Any
    ) -> Accepted | Refusal:
        document = self.dossier(payout(document_id)).documents.get(document_id)
        self.given += 1
        return self.give(
            Command(
                id=f"c{self.given}",
                action=action,
                document_id=document_id,
                actor=self.actors[role],
                facts=facts,
                reasons=[Reason(code=why)] if why else [],
                reference=document.reference if document else None,
            )
        )

    def give(self, command: Command) -> Accepted | Refusal:
        decision = decide(self.dossier(payout(command.document_id)), command, self.now, POLICY)
        if isinstance(decision, Refusal):
            return decision
        recorded = record(self.database, self.id, decision.transitions, POLICY)
        if recorded.refusal:
            return recorded.refusal
        for effect in decision.effects:
            self.follow(effect)
        return decision

    def follow(self, effect: Effect) -> None:
        """What the workflows would do about an effect."""
        if effect.name == "start_payout":
            invoice = self.document(effect.document_id)
            assert isinstance(invoice, Invoice)
            self.give(schedule_payout(self.dossier(), invoice))
        elif effect.name == "tell_organization":
            payout = self.document(effect.document_id)
            assert isinstance(payout, Payout)
            if message := tell_organization(payout):
                self.give(message)
        elif effect.name == "tell_payouts":
            self.tell_payouts()
        elif effect.name == "issue_replacement":
            old = self.document(effect.document_id)
            assert isinstance(old, Statement)
            statement_id = old.id.removeprefix("statement/")
            replace_statement(self.database, statement_id, self.id, POLICY, self.now, old.adjustment)
            self.acknowledge()

    def tell_payouts(self) -> None:
        for payout in self.payouts():
            self.give(tell_payout(self.dossier(), payout.invoice_id))

    def mend_account(self) -> None:
        """Another bank account, in force at once."""
        self.accounts += 1
        account = PayoutAccount(
            id="payout_account",
            state=PayoutAccountState.ACTIVE,
            since=self.now,
            submission_id=f"account-{self.accounts}",
        )
        self.studio.put(account, "payout_account.accept", at=self.now)
        self.tell_payouts()

    def wait(self, span: timedelta) -> None:
        """Let time pass; the clock does what is due, organization and payouts in turn."""
        end = self.now + span
        while True:
            due = [(timer, dossier) for dossier in self.dossiers() for timer in timers(dossier, POLICY)[:1]]
            if not due or min(due, key=lambda pair: pair[0])[0].due > end:
                break
            timer, dossier = min(due, key=lambda pair: pair[0])
            self.now = max(self.now, timer.due)
            assert isinstance(self.give(clock_command(dossier, timer)), Accepted), timer
        self.now = end

    def end_contracts(self) -> None:
        """Terminate both contracts, as an operator's decision would leave them."""
        for feature in Feature:
            self.studio.contract(feature, at=self.now, state="terminated")

    # ------------------------------------------------------------------ money

    def settle(self) -> list[IssuedStatement]:
        """Issue whatever is due, without telling the organization of it."""
        return [
            statement
            for period in due_periods(self.now, POLICY)
            if period.end.year > 2025 and period.delivered_on > self.now.date() - 40 * DAY
            if self.id in organizations_due(self.database, period, None, 1_000, POLICY)
            for statement in issue_statements(self.database, period, [self.id], POLICY, self.now)
        ]

    def acknowledge(self) -> None:
        """Have the organization record the statements that it was told of."""
        with self.database.reading() as session:
            news = [s for s in unacknowledged(session, 1_000) if s.organization_id == self.id]
        for statement in news:
            self.act(
                Role.PIPELINE,
                "statement.issue",
                f"statement/{statement.statement_id}",
                stream=statement.stream,
                period_start=statement.period_start.isoformat(),
                period_end=statement.period_end.isoformat(),
                issue=statement.issue,
                net=statement.net.model_dump(),
                **({"replaces": f"statement/{statement.replaces}"} if statement.replaces else {}),
            )

    def earn(self, beans: int, day: date, region: str = "GB") -> Any:
        order = self.studio.order(beans, day, region=region)
        self.studio.earn(order)
        return order

    def statement(self, beans: int = 100_000, month: int = 1) -> str:
        """A statement for purchases of a month, recorded by its organization; its document id."""
        self.earn(beans, date(2026, month, 5))
        self.now = max(self.now, datetime(2026, month + 1, 15, 6, tzinfo=UTC))
        self.settle()
        before = {s.id for s in self.dossier().of(Statement)}
        self.acknowledge()
        [new] = [s.id for s in self.dossier().of(Statement) if s.id not in before]
        return new

    def confirmed(self, beans: int = 100_000, month: int = 1) -> str:
        statement_id = self.statement(beans, month)
        self.act(Role.ADMIN, "statement.confirm", statement_id)
        return statement_id

    def invoice(self, *statement_ids: str) -> str:
        """An invoice for confirmed statements, submitted; its document id."""
        self.given += 1
        document_id = f"invoice/inv_{self.id}_{self.given}"
        self.act(Role.ADMIN, "invoice.submit", document_id, **self.invoice_facts(*statement_ids))
        return document_id

    def try_to_invoice(self, statement_ids: list[str], approved: bool) -> None:
        """An invoice, which may be below the minimum; and its approval."""
        submitted = self.claim(statement_ids)
        if approved and isinstance(submitted, Accepted):
            self.act(Role.OPERATOR, "invoice.approve", submitted.transitions[0].document.id)

    def claim(self, statement_ids: list[str], cents: int = 0) -> Accepted | Refusal:
        """Submit an invoice for statements, for some cents more than they come to."""
        self.given += 1
        facts = self.invoice_facts(*statement_ids)
        facts["total"]["amount"] += cents
        return self.try_to(Role.ADMIN, "invoice.submit", f"invoice/inv_{self.id}_{self.given}", **facts)

    def invoice_facts(self, *statement_ids: str) -> dict[str, Any]:
        documents = [self.document(statement_id) for statement_id in statement_ids]
        total = sum(document.net.amount for document in documents if isinstance(document, Statement))
        return {
            "number": f"No {self.given}",
            "statement_ids": list(statement_ids),
            "total": {"amount": total, "currency": "USD"},
            "dated": self.now.date().isoformat(),
            "submission_id": "pdf",
        }

    def sent(self, *statement_ids: str) -> str:
        """A payout whose first attempt was handed to the provider; its document id."""
        invoice_id = self.invoice(*statement_ids)
        self.act(Role.OPERATOR, "invoice.approve", invoice_id)
        payout_id = "payout/" + invoice_id.removeprefix("invoice/")
        self.wait(8 * DAY)
        return payout_id

    def approve(self, payout_id: str) -> Accepted | Refusal:
        """Have a finance approver agree to a payout as it is now."""
        return self.do(Role.FINANCE, "payout.approve", payout_id, 0)

    # ------------------------------------------------------------------ what else is possible

    def possible(self) -> list[tuple[Role, str, str]]:
        """What somebody outside could do now with a statement, an invoice or a payout; in the same order for all ids."""
        found = []
        for dossier in self.dossiers():
            for role, actor in self.actors.items():
                if role is Role.PIPELINE:
                    continue
                found += [
                    (role, allowed.action, birth(dossier.documents[allowed.document_id]), allowed.document_id)
                    for allowed in allowed_actions(dossier, actor, self.now, POLICY)
                    if allowed.action.partition(".")[0] in ("statement", "invoice", "payout")
                ]
        return [(role, action, document_id) for role, action, _, document_id in sorted(found)]

    def do(self, role: Role, action: str, document_id: str, number: int) -> Accepted | Refusal:
        """Try something with facts and a reason that fit."""
        document = self.document(document_id)
        rules = [
            rule
            for rule in RULES[document.machine, action.partition(".")[2]]
            if document.state in rule.sources and role in rule.roles
        ]
        facts = {name: self.fact(document, name) for name in rules[0].required_facts}
        if action == "statement.replace" and number % 2:
            facts["adjustment"] = {"amount": number % 50_000 - 20_000, "currency": "USD"}
        return self.try_to(role, action, document_id, why(rules), **facts)

    def fact(self, document: AnyDocument, name: str) -> Any:
        if isinstance(document, Payout) and name in ("proposal", "approved_digest"):
            return document.proposal if name == "proposal" else document.proposed_digest
        return FACTS[name]


def birth(document: AnyDocument) -> tuple[Any, ...]:
    """By which statements, and invoices and payouts, come one after the other, whatever their ids are."""
    if isinstance(document, Statement):
        return (document.period_start, document.stream, document.issue)
    return (int(document.id.rpartition("_")[2]),)


def why(rules: list[AnyRule]) -> str:
    """A reason that the first of some rules takes."""
    return next(iter(rules[0].reason_codes), "because") if rules else "because"


def payout(document_id: str) -> str | None:
    """The id, if it is that of a payout."""
    return document_id if document_id.startswith("payout/") else None
