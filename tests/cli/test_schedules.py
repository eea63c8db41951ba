"""The settlement's schedules, on a real Temporal server: they fire on the days on which statements are due."""

from collections.abc import AsyncIterator
from datetime import timedelta

import pytest
import pytest_asyncio
from temporalio.client import Client
from temporalio.testing import WorkflowEnvironment

from cli.stack.namespace import sync_schedules
from models.programme.periods import day_of, due_periods
from models.programme.policy import Policy, SettlementCycle, time_zone
from tests.workflows.programme import SERVER, started

pytestmark = pytest.mark.temporal


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def client() -> AsyncIterator[Client]:
    async with await started(lambda: WorkflowEnvironment.start_local(**SERVER)) as environment:
        yield environment.client


@pytest.mark.parametrize(
    "zone",
    [
        "UTC",
        "America/Los_Angeles",
        "America/St_Johns",
        "America/Havana",
        "Pacific/Pago_Pago",
        "Europe/Berlin",
        "Africa/Cairo",
        "Asia/Kolkata",
        "Australia/Lord_Howe",
        "Pacific/Kiritimati",
    ],
)
@pytest.mark.asyncio(loop_scope="module")
async def test_each_run_finds_the_statements_of_its_day_due(client: Client, zone: str) -> None:
    policy = Policy(settlement_time_zone=zone)
    names = await sync_schedules(client, policy, "queue")
    assert sorted(names) == ["settlement-15th", "settlement-1st"]
    for name in names:
        times = (await client.get_schedule_handle(name).describe()).info.next_action_times
        assert len(times) >= 6
        for moment in times:
            today = day_of(moment, policy)
            assert f"{today.day:02}" in ("01", "15") and name.startswith(f"settlement-{today.day}")
            due = [period for period in due_periods(moment, policy) if period.delivered_on == today]
            assert due, f"nothing is due at {moment}, which is {today} in {zone}"
            begins = moment.astimezone(time_zone(zone))
            assert begins.hour in (0, 1, 4), "as the day begins, and once more in case it has no midnight"


@pytest.mark.asyncio(loop_scope="module")
async def test_other_days_of_delivery_are_other_schedules(client: Client) -> None:
    cycles = (SettlementCycle(first_day=1, delivered_day=3), SettlementCycle(first_day=16, delivered_day=22))
    odd = Policy(iaa_cycles=cycles, iap_cycles=(SettlementCycle(first_day=1, delivered_day=10),))
    assert await sync_schedules(client, odd, "queue") == [
        "settlement-3rd",
        "settlement-10th",
        "settlement-22nd",
    ]
    for name, day in (("settlement-3rd", 3), ("settlement-10th", 10), ("settlement-22nd", 22)):
        times = (await client.get_schedule_handle(name).describe()).info.next_action_times
        assert {moment.day for moment in times} == {day}


@pytest.mark.asyncio(loop_scope="module")
async def test_schedules_of_another_programme_and_zone_are_replaced(client: Client) -> None:
    async def listed() -> set[str]:
        return {one.id async for one in await client.list_schedules()}

    await sync_schedules(client, Policy(settlement_time_zone="Asia/Tokyo"), "queue")
    for _ in range(3_000):
        await sync_schedules(client, Policy(settlement_time_zone="America/New_York"), "queue")
        if await listed() == {"settlement-1st", "settlement-15th"}:
            break
    assert await listed() == {"settlement-1st", "settlement-15th"}
    spec = (await client.get_schedule_handle("settlement-1st").describe()).schedule.spec
    assert spec.time_zone_name == "America/New_York"
    first = (await client.get_schedule_handle("settlement-1st").describe()).info.next_action_times[0]
    assert first - first.astimezone(time_zone("America/New_York")).replace(tzinfo=first.tzinfo) >= timedelta(
        hours=4
    )
