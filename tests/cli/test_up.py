"""``monetization up``: everything runs, heals, answers the other commands, and leaves nothing behind."""

import asyncio
import os
import signal
from collections.abc import Iterator
from pathlib import Path

import pytest

from cli.demo.api_client import ApiClient
from cli.demo.people import Person
from cli.errors import Exit
from cli.stack import temporal_server
from cli.stack.state_dir import settings_of
from models.identity import organization_workflow_id
from tests.cli.runner import Up, eventually, is_alive, upped

pytestmark = [pytest.mark.e2e, pytest.mark.slow, pytest.mark.timeout(600)]

NAMES = {"temporal", "sandbox", "worker", "api"}


@pytest.fixture(scope="module")
def up(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Up]:
    with upped(tmp_path_factory.mktemp("up") / "state", "--policy", "default") as running:
        yield running


def is_healthy(up: Up) -> bool:
    ended = up.run("doctor", "--json")
    return ended.code == Exit.OK and bool(ended.json()["ok"])


def problem_of(up: Up, name: str) -> str:
    """What the doctor says is wrong with something; nothing while it finds it right."""
    checks = {check["check"]: check for check in up.run("doctor", "--json").json()["checks"]}
    return str(checks[name]["detail"]) if checks[name]["result"] == "problem" else ""


def register(up: Up) -> str:
    """A new organization; its id."""

    async def call() -> str:
        client = ApiClient(settings_of(up.state_dir))
        try:
            body = {"name": "Testing Studio"}
            made = await client.post(Person("tess", "Tess T."), "/v1/organizations", body, key="first")
            return str(made["id"])
        finally:
            await client.close()

    return asyncio.run(call())


def terminate(up: Up, organization_id: str) -> None:
    async def call() -> None:
        client = await temporal_server.connect(settings_of(up.state_dir))
        await client.get_workflow_handle(organization_workflow_id(organization_id)).terminate("by a test")

    asyncio.run(call())


def test_everything_runs_and_is_found_by_the_other_commands(up: Up) -> None:
    assert set(up.pids()) == NAMES
    assert all(is_alive(pid) for pid in up.pids().values())
    eventually(lambda: is_healthy(up))
    assert (up.state_dir / "logs" / "worker.log").exists()
    assert up.run("organizations", "list", "--json").json() == []
    assert up.run("payouts", "list", "--json").json() == []
    kept = [path for path in (up.state_dir, *up.state_dir.rglob("*")) if path.exists()]
    assert {"temporal.db", "monetization.db", "monetization.db-wal", "sandbox.db"} <= {
        path.name for path in kept
    }
    assert not [path for path in kept if path.stat().st_mode & 0o077]


def test_the_namespace_has_all_it_needs_and_syncing_it_again_changes_nothing(up: Up) -> None:
    ended = up.run("namespace", "sync", "--json")
    assert ended.code == Exit.OK
    assert ended.json() == {
        "search_attributes_added": [],
        "schedules": ["settlement-1st", "settlement-15th"],
    }


def test_a_second_stack_in_the_same_place_is_refused(up: Up) -> None:
    ended = up.run("up", "--policy", "default")
    assert ended.code == Exit.PROBLEM
    assert "already" in ended.err and "--state-dir" in ended.err


def test_an_organization_whose_workflow_was_terminated_is_named_and_resumed(up: Up) -> None:
    organization_id = register(up)
    listed = up.run("organizations", "list", "--waiting-for", "admin", "--json").json()
    assert [row["organization_id"] for row in listed] == [organization_id]
    assert listed[0]["stage"] == "verification"
    assert up.run("organizations", "list", "--waiting-for", "finance", "--json").json() == []
    shown = up.run("organizations", "show", organization_id, "--json").json()
    assert {document["id"] for document in shown["documents"]} >= {"verification", "payout_account"}

    workflow_id = organization_workflow_id(organization_id)
    assert up.run("organizations", "resume", organization_id, "--json").json()["started"] == {
        workflow_id: False
    }
    terminate(up, organization_id)
    # Temporal's list of what runs lags behind a little.
    assert organization_id in eventually(lambda: problem_of(up, "workflows"))
    assert up.run("organizations", "resume", organization_id, "--json").json()["started"] == {
        workflow_id: True
    }
    eventually(lambda: is_healthy(up))


def test_what_does_not_exist_is_not_found(up: Up) -> None:
    assert up.run("organizations", "show", "org_none").code == Exit.NOT_FOUND
    assert up.run("payouts", "retry", "inv_none").code == Exit.NOT_FOUND


@pytest.mark.parametrize("name", ["worker", "api", "sandbox", "temporal"])
def test_a_process_that_is_killed_is_started_again_and_all_is_well(up: Up, name: str) -> None:
    before = up.pids()[name]
    os.kill(before, signal.SIGKILL)
    eventually(lambda: up.pids().get(name, before) != before)
    eventually(lambda: is_healthy(up))
    assert f"{name} was ended by SIGKILL; it is started again" in up.said()


def test_told_to_stop_it_leaves_nothing_running_and_comes_back_as_it_was(up: Up) -> None:
    before = up.stack()
    assert up.stop(signal.SIGINT) == Exit.OK
    assert not any(is_alive(pid) for pid in before["pids"].values())
    after = up.stack()
    assert (after["supervisor"], after["pids"]) == (None, {})

    with upped(up.state_dir, "--policy", "default") as again:
        assert (again.stack()["anchor"], again.stack()["ports"]) == (before["anchor"], before["ports"])
        assert len(again.run("organizations", "list", "--json").json()) == 1
        eventually(lambda: is_healthy(again))
        pids = again.pids()
        again.stop(signal.SIGKILL)
        eventually(lambda: not any(is_alive(pid) for pid in pids.values()))


def test_the_state_survives_that_too(up: Up, tmp_path: Path) -> None:
    with upped(up.state_dir, "--policy", "default") as again:
        assert len(again.run("organizations", "list", "--json").json()) == 1
        eventually(lambda: is_healthy(again))
