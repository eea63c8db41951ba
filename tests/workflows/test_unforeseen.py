"""What nobody has foreseen: it is shown, named by the doctor, tried again, and gets well when its cause goes away."""

import asyncio
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import text
from temporalio import activity
from temporalio.api.common.v1 import Payload, Payloads
from temporalio.api.failure.v1 import ApplicationFailureInfo, Failure
from temporalio.api.taskqueue.v1 import TaskQueue
from temporalio.api.workflowservice.v1 import PollActivityTaskQueueRequest, RespondActivityTaskFailedRequest
from temporalio.client import Client, WorkflowHandle
from temporalio.common import RawValue
from temporalio.contrib.pydantic import pydantic_data_converter

from cli.checks.installation import check_progress
from cli.errors import CliError
from models.commands import Command
from models.identity import new_id, organization_workflow_id
from models.tables import MemberRow
from models.wire.steps import Collected, ExternalStep, News, SettlementProgress
from storage.organizations.decisions import create_organization
from tests.workflows.broken import AsksMore, CannotAsk, CannotDraw, CannotJudge, CannotRing
from tests.workflows.programme import (
    ADMIN,
    BANK,
    NOBODY_IN_A_HURRY,
    OPERATOR,
    PATIENCE,
    Organization,
    Programme,
    command,
    give,
)
from tests.workflows.releases import release
from tests.workflows.test_seen import words_of
from workflows.failing_tasks import failing, in_trouble
from workflows.inputs import SettlementInput, WorkflowInput

pytestmark = [pytest.mark.temporal, pytest.mark.asyncio(loop_scope="module")]

IMPATIENT = NOBODY_IN_A_HURRY.model_copy(update={"longest_retry": timedelta(seconds=1)})


async def founded(programme: Programme, queue: str, **own: Any) -> Organization:
    """An organization that lives on a task queue of its own."""
    organization_id = new_id("org")
    founder = MemberRow(organization_id=organization_id, subject="ada", role="admin", name="Ada")
    with programme.database.transaction() as session:
        create_organization(session, organization_id, "Example Games", founder, datetime.now(UTC), IMPATIENT)
    start: Any = WorkflowInput(organization_id=organization_id, policy=IMPATIENT)
    handle = await programme.client.start_workflow(
        "OrganizationWorkflow",
        {**start.model_dump(mode="json"), **own} if own else start,
        id=organization_workflow_id(organization_id),
        task_queue=queue,
    )
    return Organization(programme, organization_id, handle)


async def shown(handle: WorkflowHandle[Any, Any], *words: str) -> None:
    """Wait until the page of a workflow says something."""
    async with asyncio.timeout(PATIENCE):
        while True:
            page = await words_of(handle)
            if all(word in page for word in words):
                return
            await asyncio.sleep(0.1)


async def named(programme: Programme, organization: Organization) -> None:
    """Wait until the doctor names an organization."""
    async with asyncio.timeout(PATIENCE):
        while organization.handle.id not in await in_trouble(programme.client):
            await asyncio.sleep(0.1)
    with pytest.raises(CliError, match="something unforeseen fails"):
        await check_progress(programme.client)


async def well(programme: Programme, organization: Organization) -> None:
    """Wait until neither the page nor the doctor says anything."""
    async with asyncio.timeout(PATIENCE):
        while "In trouble" in await words_of(organization.handle):
            await asyncio.sleep(0.1)
        while organization.handle.id in await in_trouble(programme.client):
            await asyncio.sleep(0.1)


def verification(organization: Organization) -> Command:
    form = organization.form("verification", legal_name="Example Games LLC", country="US")
    return command("verification.submit", "verification", ADMIN, submission_id=form, country="US")


async def submit(organization: Organization) -> None:
    await give(organization.handle, verification(organization))


async def test_a_page_that_cannot_be_drawn_stops_nothing_and_a_mended_release_goes_on_with_its_history(
    programme: Programme,
) -> None:
    queue = new_id("q")
    organization = await founded(programme, queue)
    async with release(programme, queue, CannotDraw):
        await submit(organization)
        await organization.becomes("verification", "in_review")
        await shown(organization.handle, "page: KeyError")
        await named(programme, organization)
    async with release(programme, queue):
        await organization.news("verification.verify", "verification", country="US")
        await organization.becomes("verification", "verified")
        await well(programme, organization)


async def test_a_clock_that_cannot_be_read_stops_nothing_and_rings_once_it_is_mended(
    programme: Programme,
) -> None:
    queue = new_id("q")
    organization = await founded(programme, queue)
    async with release(programme, queue, CannotRing):
        await submit(organization)
        await organization.becomes("verification", "in_review")
        await shown(organization.handle, "clock: ZeroDivisionError")
        await named(programme, organization)
    async with release(programme, queue):
        await well(programme, organization)
        assert (await organization.status()).next_timer is not None


async def test_a_step_outside_that_cannot_be_begun_is_begun_once_it_is_mended(programme: Programme) -> None:
    queue = new_id("q")
    organization = await founded(programme, queue)
    async with release(programme, queue, CannotAsk):
        await submit(organization)
        await shown(organization.handle, "request_review: AttributeError")
        await named(programme, organization)
        assert [effect.name for effect in (await organization.status()).effects] == ["request_review"]
    async with release(programme, queue):
        await well(programme, organization)
        async with asyncio.timeout(PATIENCE):
            while (await organization.status()).effects:
                await asyncio.sleep(0.1)


async def test_a_providers_word_that_cannot_be_judged_is_judged_once_it_is_mended(
    programme: Programme,
) -> None:
    queue = new_id("q")
    organization = await founded(programme, queue)
    async with release(programme, queue, CannotJudge):
        await submit(organization)
        await organization.becomes("verification", "in_review")
        await organization.news("verification.verify", "verification", country="US")
        await shown(organization.handle, "verification.verify, Business verification")
        await named(programme, organization)
    async with release(programme, queue):
        await organization.becomes("verification", "verified")
        await well(programme, organization)
        assert organization.refusals() == []


def answers(value: Any) -> Callable[..., Any]:
    """The step ``request_review`` as another release may have it."""

    @activity.defn(name="request_review")
    def request_review(step: ExternalStep) -> Any:
        return value

    return request_review


ODD_ANSWERS: list[Any] = [
    None, 7, "verified", [], {"command": {"id": ""}}, {"command": "of another release"},
    {"command": {"id": "i", "action": "verification.verify", "document_id": "verification", "actor": {"role": "oracle"}}},
    "x" * 400_000,
]  # fmt: skip


async def test_answers_of_another_release_stop_nothing_and_the_step_is_tried_again(
    programme: Programme,
) -> None:
    queue = new_id("q")
    organization = await founded(programme, queue)
    async with release(programme, queue, activities=[answers(ODD_ANSWERS[0])]):
        await submit(organization)
        await shown(organization.handle, "request_review for verification: StrangeResult")
        await named(programme, organization)
    for odd in ODD_ANSWERS[1:]:
        calls = await scheduled(organization, "request_review")
        async with release(programme, queue, activities=[answers(odd)]):
            async with asyncio.timeout(PATIENCE):
                while await scheduled(organization, "request_review") < calls + 2:
                    await asyncio.sleep(0.2)
            assert (await organization.status()).dossier.documents["verification"].state == "in_review"
    async with release(programme, queue):
        await well(programme, organization)
        await organization.news("verification.verify", "verification", country="US")
        await organization.becomes("verification", "verified")


async def test_what_a_newer_release_adds_stops_no_older_worker(programme: Programme) -> None:
    queue = new_id("q")
    newer = {"of_a_newer_release": 3}
    organization = await founded(programme, queue)
    async with release(programme, queue, AsksMore, activities=[answers({"command": None, **newer})]):
        await organization.handle.signal(
            "act", {**verification(organization).model_dump(mode="json"), **newer}
        )
        await organization.becomes("verification", "in_review")
        await shown(organization.handle, "request_review for verification: OfAnotherRelease")
        await named(programme, organization)
        account = organization.form("payout_account", bank=BANK, tax={"form": "w9"}, business={})
        await organization.news("verification.verify", "verification", country="US")
        await organization.becomes("verification", "verified")
        await organization.do("payout_account.submit", "payout_account", submission_id=account)
        await organization.becomes("payout_account", "active")
    async with release(programme, queue, activities=[answers({"command": None, **newer})]):
        await well(programme, organization)
    assert organization.refusals() == []


async def scheduled(organization: Organization, name: str) -> int:
    """How often a step outside was begun."""
    return sum(
        event.activity_task_scheduled_event_attributes.activity_type.name == name
        for event in (await organization.handle.fetch_history()).events
    )


NEWS_OF_VERIFICATION = News(
    command=Command(
        id="forged", action="verification.verify", document_id="verification", actor=OPERATOR, facts={"country": "US"}
    )
)  # fmt: skip
FORGED: list[Any] = [
    NEWS_OF_VERIFICATION, None, 7, [{}], "x" * 400_000,
    RawValue(Payload(metadata={"encoding": b"binary/monetization-sealed"}, data=b"\xff")),
    RawValue(Payload(metadata={"encoding": b"of nobody"}, data=b"{")),
    RawValue(Payload(metadata={"encoding": b"json/plain"}, data=b"{")),
]  # fmt: skip


async def test_a_step_that_a_stranger_completes_or_fails_stops_nothing_and_is_tried_again(
    programme: Programme,
) -> None:
    queue = new_id("q")
    organization = await founded(programme, queue)
    bare = await Client.connect(
        programme.client.service_client.config.target_host, data_converter=pydantic_data_converter
    )
    async with release(programme, queue, no_remote_activities=True):
        await submit(organization)
        for forged in FORGED:
            await (await pending(bare, organization)).complete(forged)
        for details in FORGED[5:]:
            await fail_next(bare, queue, details.payload)
        await pending(bare, organization)
        await shown(organization.handle, "request_review for verification: ")
        await named(programme, organization)
        assert (await organization.document("verification")).state == "in_review"
    async with release(programme, queue):
        await well(programme, organization)
        await organization.news("verification.verify", "verification", country="US")
        await organization.becomes("verification", "verified")


async def pending(client: Client, organization: Organization) -> Any:
    """The step outside that waits for a worker, as a stranger can answer for it."""
    async with asyncio.timeout(PATIENCE):
        while True:
            described = await organization.handle.describe()
            for step in described.raw_description.pending_activities:
                return client.get_async_activity_handle(
                    workflow_id=organization.handle.id, run_id=described.run_id, activity_id=step.activity_id
                )
            await asyncio.sleep(0.1)


async def fail_next(client: Client, queue: str, details: Payload) -> None:
    """Fail the next step outside, as a stranger can, with details that nobody can read."""
    service = client.workflow_service
    async with asyncio.timeout(PATIENCE):
        token = b""
        while not token:
            poll = PollActivityTaskQueueRequest(namespace=client.namespace, task_queue=TaskQueue(name=queue))
            token = (await service.poll_activity_task_queue(poll)).task_token
    odd = ApplicationFailureInfo(type="Odd", non_retryable=True, details=Payloads(payloads=[details]))
    failure = Failure(message="odd", application_failure_info=odd, encoded_attributes=details)
    await service.respond_activity_task_failed(
        RespondActivityTaskFailedRequest(namespace=client.namespace, task_token=token, failure=failure)
    )


async def test_a_decision_that_the_database_does_not_take_holds_up_nothing_else(programme: Programme) -> None:
    queue = new_id("q")
    organization = await founded(programme, queue)
    async with release(programme, queue):
        await submit(organization)
        await organization.becomes("verification", "in_review")
        with trap(programme, organization, "verification.verify"):
            await organization.news("verification.verify", "verification", country="US")
            await shown(organization.handle, "verification.verify, Business verification")
            await named(programme, organization)
            await organization.do("launch.register", "launch/g", game_id="g", features=["iaa"])
        await organization.becomes("verification", "verified")
        await well(programme, organization)
        assert organization.refusals() == []


@contextmanager
def trap(programme: Programme, organization: Organization, action: str) -> Iterator[None]:
    """A database that takes one action of an organization not, for a while."""
    name = f"odd_{organization.id}"
    with programme.database.transaction() as session:
        session.execute(
            text(
                f"CREATE TRIGGER {name} BEFORE INSERT ON transitions WHEN new.action = '{action}'"
                f" AND new.organization_id = '{organization.id}' BEGIN SELECT RAISE(ABORT, 'odd'); END"
            )
        )
    yield
    with programme.database.transaction() as session:
        session.execute(text(f"DROP TRIGGER {name}"))


async def test_documents_that_cannot_be_read_are_read_once_they_are_put_right(programme: Programme) -> None:
    queue = new_id("q")
    organization = await founded(programme, queue)
    where = {"of": organization.id}
    with programme.database.transaction() as session:
        find = text("SELECT facts FROM documents WHERE organization_id = :of AND id = 'qualification'")
        facts = session.execute(find, where).scalar_one()
        put = text("UPDATE documents SET facts = :facts WHERE organization_id = :of AND id = 'qualification'")
        session.execute(put, {**where, "facts": '{"machine": "of another release"}'})
    async with release(programme, queue):
        await shown(organization.handle, "load_dossier")
        await named(programme, organization)
        with programme.database.transaction() as session:
            session.execute(put, {**where, "facts": facts})
        await submit(organization)
        await organization.becomes("verification", "in_review")
        await well(programme, organization)


OTHER_INPUTS: list[tuple[dict[str, Any], str]] = [
    ({"another": 1}, "another"),
    ({"policy": {**IMPATIENT.model_dump(mode="json"), "most_moons": 3}}, "policy.most_moons"),
    ({"dossier": {"organization_id": "x", "documents": {"v": {"machine": "visa"}}}}, "dossier"),
    ({"dossier": [1]}, "dossier"),
    ({"effects": [{"name": "send_flowers"}]}, "effects.0"),
    ({"effects": 7}, "effects"),
    ({"applied": {"c": {"command_id": "c", "of": "another release"}}}, "applied.c"),
    ({"applied": [], "put_off": [], "trouble": {}}, "applied"),
]


@pytest.mark.parametrize(("own", "left_out"), OTHER_INPUTS)
async def test_a_run_goes_on_with_the_input_of_another_release(
    programme: Programme, own: dict[str, Any], left_out: str
) -> None:
    queue = new_id("q")
    organization = await founded(programme, queue, **own)
    async with release(programme, queue):
        await shown(organization.handle, f"leaves out {left_out}")
        await named(programme, organization)
        await submit(organization)
        await organization.becomes("verification", "in_review")
    await organization.handle.terminate()


async def test_a_rule_whose_value_is_not_known_is_not_guessed(programme: Programme) -> None:
    queue = new_id("q")
    odd = {"policy": {**IMPATIENT.model_dump(mode="json"), "payout_approval_above": "by the moon"}}
    organization = await founded(programme, queue, **odd)
    async with release(programme, queue), asyncio.timeout(PATIENCE):
        while organization.handle.id not in await failing(programme.client):
            await asyncio.sleep(0.2)
    await organization.handle.terminate()


async def test_trouble_and_what_was_put_off_are_carried_into_the_next_run(restless: Programme) -> None:
    queue = new_id("q")
    slow = IMPATIENT.model_copy(update={"longest_retry": timedelta(hours=1), "run_days": 3650})
    organization = await founded(restless, queue, policy=slow.model_dump(mode="json"))
    async with release(restless, queue, activities=[answers(7)]):
        await submit(organization)
        await shown(organization.handle, "request_review for verification: StrangeResult")
    first_run = (await organization.handle.describe()).run_id
    with trap(restless, organization, "verification.verify"):
        async with release(restless, queue, no_remote_activities=True):
            await organization.news("verification.verify", "verification", country="US")
            await shown(organization.handle, "verification.verify, Business verification")
    async with release(restless, queue, no_remote_activities=True):
        for number in range(25):
            game: dict[str, Any] = {"game_id": f"g{number}", "features": ["iaa"]}
            await organization.do("launch.register", f"launch/g{number}", **game)
        async with asyncio.timeout(PATIENCE):
            while (await organization.handle.describe()).run_id == first_run:
                await asyncio.sleep(0.1)
        await organization.becomes("verification", "verified")
    assert organization.refusals() == []


async def test_a_settlement_believes_workers_of_ours_alone(programme: Programme) -> None:
    queue = new_id("q")
    bare = await Client.connect(
        programme.client.service_client.config.target_host, data_converter=pydantic_data_converter
    )
    settlement: WorkflowHandle[Any, SettlementProgress] = await programme.client.start_workflow(
        "SettlementWorkflow",
        SettlementInput(policy=IMPATIENT),
        id=new_id("settlement"),
        task_queue=queue,
        result_type=SettlementProgress,
    )
    run = Organization(programme, "nobody", settlement)
    async with release(programme, queue, no_remote_activities=True):
        for forged in (Collected(orders=7, ad_days=7), 7, None):
            await (await pending(bare, run)).complete(forged)
        await pending(bare, run)
    async with release(programme, queue):
        progress = await settlement.result()
    assert (progress.orders, progress.ad_days) == (0, 0)
