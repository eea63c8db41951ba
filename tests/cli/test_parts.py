"""The parts of the command line that decide something by themselves."""

import io
import socket
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from pypdf import PdfReader
from temporalio.api.common.v1 import WorkflowExecution
from temporalio.api.enums.v1 import EventType
from temporalio.api.history.v1 import HistoryEvent

from cli.demo import temporal_cost
from cli.demo.papers import pdf
from cli.errors import CliError
from cli.stack import namespace, ports
from cli.stack.local_stack import FIRST_DAY, Wish, first_anchor, plan, wipe
from cli.stack.namespace import schedules
from cli.stack.state_dir import Ports, Stack, is_running, settings_of, taken
from models.programme.clock import ProgrammeClock
from models.programme.policy import default_policy, fast_policy
from tests.sandbox.box import free_port


@pytest.mark.parametrize("now", ["2026-11-22T15:00:00", "2026-12-12T00:00:00", "2025-06-30T23:59:59"])
@pytest.mark.parametrize("pace", [0.3, 1.0, 60.0])
def test_a_fast_programme_begins_at_the_first_day_of_a_month_with_pay_out_open(now: str, pace: float) -> None:
    moment = datetime.fromisoformat(now).replace(tzinfo=UTC)
    policy = default_policy()
    clock = ProgrammeClock(anchor=first_anchor(moment, pace, policy), seconds_per_day=pace)
    begins = clock.programme(moment)
    assert abs(begins - begins.replace(day=FIRST_DAY, hour=0, minute=0, second=0)) < timedelta(minutes=1)
    assert begins + timedelta(minutes=1) >= max(moment, policy.pay_out_opens)
    assert clock.programme(clock.anchor) == clock.anchor


def test_the_calendar_of_a_state_directory_never_changes(tmp_path: Path) -> None:
    reserved = ports.Reservations()
    # Not those that any stack tries first: another may start at this moment, in another test.
    wanted = {name: free_port() for name in ports.DEFAULTS.model_dump()}
    first = plan(Wish(tmp_path, ports=wanted), None, reserved)
    reserved.give_up()
    again = plan(Wish(tmp_path), first, reserved)
    reserved.give_up()
    assert (again.anchor, again.ports) == (first.anchor, first.ports)
    for other in (Wish(tmp_path, policy="default"), Wish(tmp_path, seconds_per_day=2.0)):
        with pytest.raises(CliError, match="--fresh"):
            plan(other, first, reserved)
        reserved.give_up()


def test_a_port_that_is_taken_is_left_alone() -> None:
    reserved, other = ports.Reservations(), ports.Reservations()
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        assert not reserved.take(port)
        with pytest.raises(CliError, match=str(port)):
            ports.choose({"api": port}, None, reserved)
    assert not other.take(reserved.take_any()), "another stack that starts now must not choose it too"
    mine = free_port()
    assert reserved.take(mine) and not other.take(mine)
    reserved.give_up()
    assert other.take(mine)
    other.give_up()


def test_a_fresh_start_removes_what_a_stack_left_and_nothing_else(tmp_path: Path) -> None:
    for name in ("monetization.db", "monetization.db-wal", "sandbox.db", "stack.json", "thesis.txt"):
        (tmp_path / name).write_text("x")
    (tmp_path / "logs").mkdir()
    wipe(tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == ["thesis.txt"]


def test_a_lock_is_held_by_one(tmp_path: Path) -> None:
    assert not is_running(tmp_path)
    lock = taken(tmp_path / "up.lock")
    assert lock is not None and taken(tmp_path / "up.lock") is None
    assert is_running(tmp_path)
    lock.release()
    assert not is_running(tmp_path)


def test_the_environment_goes_before_the_stack_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    stack = Stack(
        policy="fast",
        seconds_per_day=2.0,
        anchor=datetime(2026, 5, 1, tzinfo=UTC),
        ports=Ports(temporal=1, temporal_ui=2, sandbox=3, api=4),
    )
    stack.save(tmp_path)
    monkeypatch.setenv("MONETIZATION_API_URL", "https://api.example")
    settings = settings_of(tmp_path)
    assert settings.temporal_address == "127.0.0.1:1"
    assert settings.policy_anchor == stack.anchor
    assert settings.state_dir == tmp_path
    assert settings.api_url == "https://api.example"


def test_settlement_runs_twice_a_month_or_every_three_fast_days() -> None:
    real = schedules(default_policy(), "queue")
    days = [spec.day_of_month[0].start for s in real.values() for spec in s.spec.calendars]
    assert sorted(days) == [1, 15]
    fast = schedules(fast_policy(datetime(2026, 1, 1, tzinfo=UTC), 1.0), "queue")
    assert [s.spec.intervals[0].every for s in fast.values()] == [timedelta(seconds=3)]
    hasty = schedules(fast_policy(datetime(2026, 1, 1, tzinfo=UTC), 0.05), "queue")
    assert [s.spec.intervals[0].every for s in hasty.values()] == [namespace.SHORTEST_INTERVAL]


def test_an_invented_paper_is_a_pdf_and_always_the_same() -> None:
    paper = pdf("Invoice (1)", "Back\\slash")
    assert paper == pdf("Invoice (1)", "Back\\slash")
    text = PdfReader(io.BytesIO(paper)).pages[0].extract_text()
    assert "Invoice (1)" in text and "Back\\slash" in text


def test_the_actions_of_a_history_are_counted_as_temporal_bills_them() -> None:
    def event(kind: int) -> HistoryEvent:
        return HistoryEvent(event_type=EventType.ValueType(kind))

    started = event(EventType.EVENT_TYPE_WORKFLOW_EXECUTION_STARTED)
    retried = event(EventType.EVENT_TYPE_ACTIVITY_TASK_STARTED)
    retried.activity_task_started_event_attributes.attempt = 3
    markers = []
    for task in (4, 4, 9):
        marker = event(EventType.EVENT_TYPE_MARKER_RECORDED)
        marker.marker_recorded_event_attributes.marker_name = temporal_cost.LOCAL_ACTIVITY
        marker.marker_recorded_event_attributes.workflow_task_completed_event_id = task
        markers.append(marker)
    events = [
        started,  # 1
        event(EventType.EVENT_TYPE_WORKFLOW_TASK_SCHEDULED),  # nothing
        event(EventType.EVENT_TYPE_ACTIVITY_TASK_SCHEDULED),  # 1
        retried,  # 2 retries
        event(EventType.EVENT_TYPE_TIMER_STARTED),  # 1
        *markers,  # 2: the first two ran in one workflow task
        event(EventType.EVENT_TYPE_START_CHILD_WORKFLOW_EXECUTION_INITIATED),  # 2
    ]
    assert temporal_cost.actions(events) == 9

    child = event(EventType.EVENT_TYPE_WORKFLOW_EXECUTION_STARTED)
    attributes = child.workflow_execution_started_event_attributes
    attributes.parent_workflow_execution.CopyFrom(WorkflowExecution(workflow_id="organization/org_1"))
    assert temporal_cost.actions([child]) == 0, "it was counted where it was started"
    attributes.continued_execution_run_id = "before"
    assert temporal_cost.actions([child]) == 1, "a continuation counts"
