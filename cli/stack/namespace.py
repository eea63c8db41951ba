"""What a Temporal namespace needs before work can begin: search attributes, and the settlement's schedules."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import timedelta

from temporalio.api.enums.v1 import IndexedValueType
from temporalio.api.operatorservice.v1 import AddSearchAttributesRequest, ListSearchAttributesRequest
from temporalio.client import (
    Client,
    Schedule,
    ScheduleActionStartWorkflow,
    ScheduleAlreadyRunningError,
    ScheduleCalendarSpec,
    ScheduleIntervalSpec,
    ScheduleOverlapPolicy,
    SchedulePolicy,
    ScheduleRange,
    ScheduleSpec,
    ScheduleUpdate,
    ScheduleUpdateInput,
)
from temporalio.service import RPCError, RPCStatusCode

from cli.errors import CliError
from models.programme.periods import FAST_EVERY_DAYS
from models.programme.policy import DAY, Policy
from workflows.inputs import SettlementInput
from workflows.search_attributes import ALL

PREFIX = "settlement-"
"""How the ids of our schedules begin; in real time the day of the month follows on which each fires."""

HOURS = (0, 4)
"""Twice on its day: where clocks are put forward at midnight there is none, and then the first hour is left out."""

FAST = f"{PREFIX}fast"
SHORTEST_INTERVAL = timedelta(seconds=1)
SHORTEST_CATCHUP = timedelta(seconds=10)
LONGEST_CATCHUP = timedelta(days=30)


async def missing_search_attributes(client: Client) -> list[str]:
    """The names of the search attributes that the namespace lacks; CliError if one is there with another type."""
    answer = await client.operator_service.list_search_attributes(
        ListSearchAttributesRequest(namespace=client.namespace)
    )
    known = dict(answer.custom_attributes)
    for key in ALL:
        if known.get(key.name, key.indexed_value_type) != key.indexed_value_type:
            raise CliError(
                f"The namespace {client.namespace} has a search attribute {key.name} of another type.",
                "Use another namespace (MONETIZATION_TEMPORAL_NAMESPACE), or remove that attribute.",
            )
    return [key.name for key in ALL if key.name not in known]


async def sync_search_attributes(client: Client) -> list[str]:
    """Add the search attributes that the namespace lacks; returns their names."""
    missing = await missing_search_attributes(client)
    if missing:
        types = {
            key.name: IndexedValueType.ValueType(key.indexed_value_type) for key in ALL if key.name in missing
        }
        await client.operator_service.add_search_attributes(
            AddSearchAttributesRequest(namespace=client.namespace, search_attributes=types)
        )
    return missing


def schedules(policy: Policy, task_queue: str) -> dict[str, Schedule]:
    """The settlement's schedules under a policy, by id.

    They fire where the programme's days begin, which elsewhere is another day. A run still going on makes the next
    one needless, because each settles whatever is due.
    """
    action = ScheduleActionStartWorkflow(
        "SettlementWorkflow", SettlementInput(policy=policy), id="settlement", task_queue=task_queue
    )
    if policy.clock.speed != 1:
        every = max(FAST_EVERY_DAYS * policy.clock.real_delay(DAY), SHORTEST_INTERVAL)
        specs = {FAST: ScheduleSpec(intervals=[ScheduleIntervalSpec(every=every)])}
        # Runs that were missed while the stack was off are no loss: the next one settles all of it.
        catchup = SHORTEST_CATCHUP
    else:
        specs = {
            f"{PREFIX}{ordinal(day)}": ScheduleSpec(
                calendars=[
                    ScheduleCalendarSpec(
                        hour=[ScheduleRange(hour) for hour in HOURS], day_of_month=[ScheduleRange(day)]
                    )
                ],
                time_zone_name=policy.settlement_time_zone,
            )
            for day in sorted({cycle.delivered_day for cycle in (*policy.iaa_cycles, *policy.iap_cycles)})
        }
        catchup = LONGEST_CATCHUP
    return {
        name: Schedule(
            action=action,
            spec=spec,
            policy=SchedulePolicy(overlap=ScheduleOverlapPolicy.SKIP, catchup_window=catchup),
        )
        for name, spec in specs.items()
    }


async def sync_schedules(client: Client, policy: Policy, task_queue: str) -> Sequence[str]:
    """Create the schedules of a policy or bring them up to date, and remove those of another one."""
    wanted = schedules(policy, task_queue)
    for name, schedule in wanted.items():
        try:
            await client.create_schedule(name, schedule)
        except ScheduleAlreadyRunningError:
            await client.get_schedule_handle(name).update(replaced_by(schedule))
    ours = [listed.id async for listed in await client.list_schedules() if listed.id.startswith(PREFIX)]
    for name in {FAST, f"{PREFIX}1st", f"{PREFIX}15th", *ours} - set(wanted):
        try:
            await client.get_schedule_handle(name).delete()
        except RPCError as error:
            if error.status is not RPCStatusCode.NOT_FOUND:
                raise
    return list(wanted)


def ordinal(day: int) -> str:
    """``1st``, ``15th``."""
    ending = "th" if 11 <= day <= 13 else {1: "st", 2: "nd", 3: "rd"}.get(day % 10, "th")
    return f"{day}{ending}"


def replaced_by(schedule: Schedule) -> Callable[[ScheduleUpdateInput], ScheduleUpdate]:
    """The change that puts a schedule in the place of another, but leaves it paused if somebody paused it."""

    def change(found: ScheduleUpdateInput) -> ScheduleUpdate:
        return ScheduleUpdate(replace(schedule, state=found.description.schedule.state))

    return change


async def missing_schedules(client: Client, policy: Policy, task_queue: str) -> list[str]:
    """The schedules that are not there, or are paused."""
    missing = []
    for name in schedules(policy, task_queue):
        try:
            description = await client.get_schedule_handle(name).describe()
        except RPCError as error:
            if error.status is not RPCStatusCode.NOT_FOUND:
                raise
            missing.append(name)
        else:
            if description.schedule.state.paused:
                missing.append(f"{name} (paused)")
    return missing
