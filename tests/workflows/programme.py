"""A whole programme for tests: Temporal, database, sandbox and worker are real; only time is skipped."""

import asyncio
import itertools
from collections.abc import AsyncIterator, Awaitable, Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any, TypeVar

from sqlmodel import col, select
from temporalio.client import Client, WorkflowHandle, WorkflowUpdateFailedError
from temporalio.exceptions import ApplicationError
from temporalio.service import RPCError, RPCStatusCode
from temporalio.testing import WorkflowEnvironment
from temporalio.worker import Worker
from temporalio.worker.workflow_sandbox import SandboxedWorkflowRunner, SandboxRestrictions

from activities.catalogue import all_activities
from activities.installation import Installation, assemble
from activities.interceptor import Surroundings
from lifecycle.actions import message_name
from lifecycle.machines import RULES
from models.commands import PIPELINE, Actor, Command, Outcome, ProviderEvent, Refusal, Role
from models.documents import AnyDocument, Invoice, Payout, Reason
from models.dossier import Dossier
from models.identity import new_id, organization_workflow_id
from models.mail.topics import Audience
from models.programme.policy import Policy
from models.tables import MemberRow, NotificationRow, RefusalRow, TransitionRow
from storage.database import Database
from storage.encryption.keyring import Keyring
from storage.encryption.payload_codec import sealing_converter
from storage.organizations.decisions import create_organization, load_dossier
from storage.organizations.submissions import save
from storage.people.roles import add_staff
from storage.schema import upgrade
from tests.sandbox.box import Box
from worker import WORKFLOWS
from workflows.inputs import Status, WorkflowInput
from workflows.search_attributes import ALL

ROOT = Path(__file__).parents[2]
TASK_QUEUE = "tests"
PATIENCE = 90.0
"""Real seconds that a machine may take which has other things to do."""
T = TypeVar("T")
CONSOLE = "https://console.example"
RUNNER = SandboxedWorkflowRunner(
    restrictions=SandboxRestrictions.default.with_passthrough_modules(
        "forms", "models", "words", "lifecycle", "structlog", "workflows.inputs"
    )
)
"""Tests run workflow code inside Temporal's sandbox, which refuses what is not deterministic."""

DEV_SERVER = [
    "--dynamic-config-value",
    "system.numConsecutiveWorkflowTaskProblemsToTriggerSearchAttribute=2",
    "--dynamic-config-value",
    "history.transferProcessorMaxPollRPS=2000",
    "--dynamic-config-value",
    "history.timerProcessorMaxPollRPS=2000",
    "--dynamic-config-value",
    "history.visibilityProcessorMaxPollRPS=2000",
]
NOBODY_IN_A_HURRY = Policy(run_days=3650)
"""The default policy; runs last long, because the test server can skip time within one run only."""
NO_COOLING_OFF = NOBODY_IN_A_HURRY.model_copy(update={"cooling_off_days": 0})
"""For tests whose payout runs meanwhile: the server skips no time for a workflow with a running child."""

ADMIN = Actor(role=Role.ADMIN, id="ada")
OPERATOR = Actor(role=Role.OPERATOR, id="olga")
FINANCE = Actor(role=Role.FINANCE, id="femi")
BANK = {
    "account_name": "Example Games LLC",
    "country": "US",
    "institution": "Example Bank",
    "account_number": "000123456789",
    "routing_number": "110000000",
}
serial = itertools.count()


@dataclass
class Programme:
    """The installation that a test runs against."""

    environment: WorkflowEnvironment
    installation: Installation
    box: Box
    policy: Policy = NOBODY_IN_A_HURRY

    @property
    def client(self) -> Client:
        return self.environment.client

    @property
    def database(self) -> Database:
        return self.installation.database

    async def organization(self, policy: Policy | None = None) -> "Organization":
        """A new organization whose life has begun."""
        organization_id = new_id("org")
        founder = MemberRow(organization_id=organization_id, subject="ada", role="admin", name="Ada")
        with self.database.transaction() as session:
            create_organization(
                session, organization_id, "Example Games", founder, datetime.now(UTC), policy or self.policy
            )
            for person, role in ((OPERATOR, "operator"), (FINANCE, "finance")):
                add_staff(session, person.id, role, person.id.title())
        handle = await self.client.start_workflow(
            "OrganizationWorkflow",
            WorkflowInput(organization_id=organization_id, policy=policy or self.policy, console=CONSOLE),
            id=organization_workflow_id(organization_id),
            task_queue=TASK_QUEUE,
        )
        organization = Organization(self, organization_id, handle)
        await organization.becomes("verification", "not_started")
        return organization


@dataclass
class Organization:
    """An organization as a test sees it."""

    programme: Programme
    id: str
    handle: WorkflowHandle[Any, Any]
    invoices: list[str] = field(default_factory=list)

    def form(self, kind: str, **fields: Any) -> str:
        """A form filled in, as the API stores it."""
        installation = self.programme.installation
        with installation.database.transaction() as session:
            return save(session, installation.keyring, kind, self.id, "ada", fields, [])

    async def do(
        self, action: str, document_id: str, by: Actor = ADMIN, reason: str = "", **facts: Any
    ) -> Outcome:
        """Give a command and wait for its outcome."""
        return await give(self.handle, command(action, document_id, by, reason, **facts))

    async def refused(self, action: str, document_id: str, by: Actor = ADMIN, **facts: Any) -> Refusal:
        """Give a command that must be refused; returns why."""
        try:
            outcome = await self.do(action, document_id, by, **facts)
        except WorkflowUpdateFailedError as error:
            assert isinstance(error.cause, ApplicationError) and error.cause.type == "Refused", error.cause
            return Refusal.model_validate(error.cause.details[0])
        raise AssertionError(f"{action} was not refused: {outcome}")

    async def news(self, action: str, document_id: str, reason: str = "", **facts: Any) -> None:
        """News of a provider that answer the present request of a document."""
        document = await self.document(document_id)
        event = ProviderEvent(
            id=f"event-{next(serial)}",
            action=action,
            document_id=document_id,
            reference=document.reference,
            facts=facts,
            reasons=[Reason(code="because", detail=reason)] if reason else [],
        )
        await self.handle.signal(action, event.command())

    async def tell(self, action: str, document_id: str, **facts: Any) -> None:
        """A signal of another part of the pipeline."""
        await self.handle.signal(action, command(action, document_id, PIPELINE, **facts))

    async def status(self) -> Status:
        """What the workflow says of itself."""
        return await status_of(self.handle)

    async def document(self, document_id: str) -> AnyDocument:
        """A document as the workflow knows it."""
        return (await self.status()).dossier.documents[document_id]

    async def becomes(self, document_id: str, *states: str, seconds: float = PATIENCE) -> AnyDocument:
        """Wait in real time until a document stands in one of some states."""
        return await becomes(self.status, document_id, states, seconds)

    async def ahead(self, **span: float) -> None:
        """Let programme time pass for this organization; the server refuses while a payout of it runs."""
        await self.programme.environment.fast_forward(self.handle, timedelta(**span))

    def stored(self) -> Dossier:
        """What the database says."""
        with self.programme.database.reading() as session:
            return load_dossier(session, self.id)

    def rows(self, table: Any) -> list[Any]:
        """All rows of a table that are about this organization."""
        with self.programme.database.reading() as session:
            return list(session.exec(select(table).where(col(table.organization_id) == self.id)))

    def messages(self, kind: str) -> list[NotificationRow]:
        """What the admins were told of one kind."""
        return [
            row for row in self.rows(NotificationRow) if (row.kind, row.audience) == (kind, Audience.ADMINS)
        ]

    def actions(self) -> list[str]:
        """The audit record's actions, in order."""
        return [row.action for row in sorted(self.rows(TransitionRow), key=lambda r: r.sequence)]

    async def counts(self, action: str, times: int) -> None:
        """Wait in real time until the audit record holds an action so many times."""
        await eventually(lambda: self.actions().count(action), times)

    async def is_told(self, kind: str, times: int) -> None:
        """Wait in real time until the admins were told so many times: the worker may lag behind programme time."""
        await eventually(lambda: len(self.messages(kind)), times)

    async def becomes_late(self, document_id: str) -> None:
        """Wait in real time until a document is marked as late."""
        async with asyncio.timeout(PATIENCE):
            while not (await self.document(document_id)).late:
                await asyncio.sleep(0.05)

    def refusals(self) -> list[str]:
        """The codes of the recorded refusals."""
        return [row.code for row in self.rows(RefusalRow)]

    async def verified(self, country: str = "US") -> "Organization":
        """Through business verification."""
        form = self.form("verification", legal_name="Example Games LLC", country=country)
        await self.do("verification.submit", "verification", submission_id=form, country=country)
        await self.news("verification.verify", "verification", country=country)
        await self.becomes("verification", "verified")
        return self

    async def payable(self, bank: dict[str, str] | None = None) -> "Organization":
        """Verified, with an active payout account (the sandbox checks it at once)."""
        await self.verified()
        form = self.form("payout_account", bank={**BANK, **(bank or {})}, tax={"form": "w9"}, business={})
        await self.do("payout_account.submit", "payout_account", submission_id=form)
        await self.becomes("payout_account", "active")
        return self

    async def statement(self, net: int = 123_456, stream: str = "iaa") -> str:
        """A statement of the last period, waiting to be confirmed."""
        document_id = f"statement/{new_id('st')}"
        with self.programme.database.transaction() as session:
            session.add(statement_row(self.id, document_id.removeprefix("statement/"), net, stream))
        await self.tell(
            "statement.issue",
            document_id,
            stream=stream,
            period_start="2026-10-01",
            period_end="2026-10-15",
            net={"amount": net, "currency": "USD"},
        )
        await self.becomes(document_id, "pending_confirmation", "carried_forward")
        return document_id

    async def invoiced(self, net: int = 123_456) -> Invoice:
        """A confirmed statement and an approved invoice for it, whose payout has been started."""
        statement_id = await self.statement(net)
        await self.do("statement.confirm", statement_id)
        confirmed = self.stored().documents[statement_id]
        document_id = f"invoice/{new_id('inv')}"
        await self.do(
            "invoice.submit",
            document_id,
            number=f"INV-{next(serial)}",
            statement_ids=[statement_id],
            total={"amount": net, "currency": "USD"},
            dated=str(getattr(confirmed, "confirmed_on", date.today())),
            submission_id=self.form("invoice"),
        )
        await self.news("invoice.approve", document_id)
        invoice = await self.becomes(document_id, "processing_payment")
        assert isinstance(invoice, Invoice)
        return invoice

    async def payout(self, invoice: Invoice) -> "PayoutLife":
        """The payout of an invoice, once its workflow runs."""
        payout_id = invoice.id.replace("invoice/", "payout/")
        life = PayoutLife(self, payout_id, self.programme.client.get_workflow_handle(payout_id))
        await life.becomes("scheduled", "awaiting_approval", "awaiting_account")
        return life


@dataclass
class PayoutLife:
    """A payout as a test sees it."""

    organization: Organization
    id: str
    handle: WorkflowHandle[Any, Any]

    async def do(self, action: str, by: Actor = OPERATOR, reason: str = "", **facts: Any) -> Outcome:
        """Give a command and wait for its outcome."""
        return await give(self.handle, command(action, self.id, by, reason, **facts))

    async def approve(self) -> Outcome:
        """Have a finance approver agree to the payout as it is now."""
        return await self.do("payout.approve", FINANCE, approved_digest=(await self.now()).proposed_digest)

    async def news(self, action: str, **facts: Any) -> None:
        """What the payment provider says of the present attempt."""
        payout = await self.now()
        event = ProviderEvent(
            id=f"event-{next(serial)}",
            action=action,
            document_id=self.id,
            reference=payout.reference,
            facts=facts,
        )
        await self.handle.signal(action, event.command())

    async def now(self) -> Payout:
        """The payout as its workflow knows it."""
        payout = (await status_of(self.handle)).dossier.documents[self.id]
        assert isinstance(payout, Payout)
        return payout

    async def becomes(self, *states: str, seconds: float = PATIENCE) -> Payout:
        """Wait in real time until the payout stands in one of some states."""
        payout = await becomes(lambda: status_of(self.handle), self.id, states, seconds)
        assert isinstance(payout, Payout)
        return payout

    async def comes_to(self, *states: str, **span: float) -> Payout:
        """Let programme time pass, a span and another, until the payout stands in one of some states."""
        async with asyncio.timeout(PATIENCE):
            while (payout := await self.now()).state not in states:
                await self.ahead(**span)
        return payout

    async def comes_to_fail_with(self, code: str, **span: float) -> Payout:
        """Let programme time pass, a span and another, until the provider's answer stands on the payout."""
        async with asyncio.timeout(PATIENCE):
            while (payout := await self.now()).failure_code != code:
                await self.ahead(**span)
        return payout

    async def tried_again(self, before: Payout) -> Payout:
        """Wait in real time until it was tried once more, in vain: the worker may lag behind programme time."""
        async with asyncio.timeout(PATIENCE):
            while (now := await self.becomes("retrying")).tries <= before.tries:
                await asyncio.sleep(0.05)
        return now

    async def ahead(self, **span: float) -> None:
        """Let programme time pass for this payout."""
        await self.organization.programme.environment.fast_forward(self.handle, timedelta(**span))

    async def payment_day(self) -> Payout:
        """Let time pass until the payout leaves."""
        scheduled = await self.becomes("scheduled")
        assert scheduled.act_at is not None
        clock = (await status_of(self.handle)).now
        await self.ahead(seconds=(scheduled.act_at - clock).total_seconds() + 1)
        return await self.becomes(
            "sending", "in_transit", "retrying", "outcome_unknown", "awaiting_account", "awaiting_funds"
        )

    def sent(self) -> list[dict[str, Any]]:
        """What the payment provider has really accepted for this payout."""
        payments = self.organization.programme.box.control("GET", "/payments")
        rows = payments["data"] if isinstance(payments, dict) else payments
        return [row for row in rows if row["reference"].startswith(f"{self.id}/")]


def command(action: str, document_id: str, by: Actor, reason: str = "", **facts: Any) -> Command:
    """A command with an id of its own; a reason gets the first code that its rules take."""
    machine, _, event = action.partition(".")
    codes = [code for rule in RULES.get((machine, event), ()) for code in rule.reason_codes] or ["because"]
    return Command(
        id=f"test-{next(serial)}",
        action=action,
        document_id=document_id,
        actor=by,
        facts=facts,
        reasons=[Reason(code=codes[0], detail=reason)] if reason else [],
    )


async def give(handle: WorkflowHandle[Any, Any], given: Command) -> Outcome:
    """Give a command as an update, under the name under which the API gives it; again where a run just ended.

    A run that wants to end when something else comes in has its task taken back by Temporal, with the updates in it.
    """
    name = message_name(given.action)
    async with asyncio.timeout(PATIENCE):
        while True:
            try:
                outcome: Outcome = await handle.execute_update(name, given, id=given.id, result_type=Outcome)
                return outcome
            except RPCError as error:
                if error.status is not RPCStatusCode.FAILED_PRECONDITION:
                    raise
            await asyncio.sleep(0.05)


async def status_of(handle: WorkflowHandle[Any, Any]) -> Status:
    """What a workflow says of itself; one that has only just begun cannot be asked for a moment."""
    async with asyncio.timeout(PATIENCE):
        while True:
            try:
                status: Status = await handle.query("status", result_type=Status)
                return status
            except RPCError as error:
                if error.status is not RPCStatusCode.FAILED_PRECONDITION:
                    raise
            await asyncio.sleep(0.05)


async def eventually(look: Callable[[], T], wanted: T) -> None:
    """Wait in real time until ``look`` gives what is wanted."""
    deadline = asyncio.get_running_loop().time() + PATIENCE
    while (found := look()) != wanted:
        assert asyncio.get_running_loop().time() < deadline, f"still {found!r}, not {wanted!r}"
        await asyncio.sleep(0.05)


async def becomes(status: Any, document_id: str, states: tuple[str, ...], seconds: float) -> AnyDocument:
    """Wait in real time until a document stands in one of some states."""
    deadline = asyncio.get_running_loop().time() + seconds
    while True:
        try:
            document: AnyDocument | None = (await status()).dossier.documents.get(document_id)
        except RPCError as error:
            if error.status is not RPCStatusCode.NOT_FOUND:
                raise
            document = None
        if document is not None and document.state in states:
            return document
        if asyncio.get_running_loop().time() > deadline:
            raise AssertionError(f"{document_id} is not {' or '.join(states)}: {document!r}")
        await asyncio.sleep(0.05)


def statement_row(organization_id: str, statement_id: str, net: int, stream: str) -> Any:
    """The money of a statement, as settlement writes it."""
    from models.tables import StatementRow

    start = date(2020, 1, 1) + timedelta(days=next(serial))
    return StatementRow(
        id=statement_id,
        organization_id=organization_id,
        stream=stream,
        period_start=start,
        period_end=start,
        issue=1,
        currency="USD",
        gross=net,
        refunds=0,
        platform_share=0,
        adjustments=0,
        tax_withheld=0,
        net=net,
        issued_at=datetime.now(UTC),
    )


@asynccontextmanager
async def running(
    environment: WorkflowEnvironment, box: Box, directory: Path, policy: Policy
) -> AsyncIterator[Programme]:
    """A worker on a fresh database."""
    configured = box.settings(timeout=9)  # an answer may take twice as long, and a step of a workflow twenty
    configured.database_url = f"sqlite:///{directory / 'monetization.db'}"
    upgrade(configured.database())
    installation = assemble(configured, environment.client)
    with ThreadPoolExecutor(20) as threads:
        async with Worker(
            environment.client,
            task_queue=TASK_QUEUE,
            workflows=WORKFLOWS,
            activities=all_activities(installation),
            activity_executor=threads,
            workflow_runner=RUNNER,
            interceptors=[Surroundings()],
        ):
            yield Programme(environment, installation, box, policy)


async def started(start: Callable[[], Awaitable[WorkflowEnvironment]]) -> WorkflowEnvironment:
    """A server; the SDK gives one up that does not answer within five seconds, which a busy machine may need."""
    for _ in range(20):
        try:
            return await start()
        except RuntimeError as error:
            failure = error
            await asyncio.sleep(1)
    raise failure


def temporal_binary() -> str:
    """The Temporal command line of this installation."""
    return str(ROOT / ".venv" / "bin" / "temporal")


CONVERTER = sealing_converter(Keyring({"tests": b"t" * 32}))

SERVER: dict[str, Any] = {
    "dev_server_existing_path": temporal_binary(),
    "data_converter": CONVERTER,
    "search_attributes": list(ALL),
}
