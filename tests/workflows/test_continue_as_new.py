"""A new run loses nothing: commands, deadlines, what was to be done, running payouts."""

import asyncio

import pytest

from models.commands import Outcome
from models.documents import Statement
from tests.workflows.programme import ADMIN, PATIENCE, Organization, Programme, command, give

pytestmark = [pytest.mark.temporal, pytest.mark.asyncio(loop_scope="module")]


async def runs(organization: Organization) -> int:
    """How many runs the organization's workflow has had."""
    query = f"WorkflowId = 'organization/{organization.id}'"
    count = 0
    async for _ in organization.programme.client.list_workflows(query):
        count += 1
    return count


async def test_documents_deadlines_and_running_payouts_go_on_in_the_next_run(restless: Programme) -> None:
    organization = await (await restless.organization()).payable()
    invoice = await organization.invoiced()
    payout = await organization.payout(invoice)
    statement = await organization.statement(stream="iap_subscription")
    before = await organization.document(statement)
    for number in range(20):
        await organization.do("launch.register", f"launch/g{number}", game_id=f"g{number}", features=["iaa"])
    await eventually_runs(organization, 2)
    after = await organization.becomes(statement, "pending_confirmation")
    assert isinstance(before, Statement) and isinstance(after, Statement)
    assert after.confirm_by == before.confirm_by
    async with asyncio.timeout(PATIENCE):
        while (await organization.status()).next_timer is None:
            await asyncio.sleep(0.05)
    assert (await payout.now()).state == "scheduled"
    form = organization.form("payout_account", bank={})
    await organization.do("payout_account.change", "payout_account", proposed_submission_id=form)
    await payout.becomes("awaiting_account")


async def test_a_command_of_an_earlier_run_is_known_in_the_next(restless: Programme) -> None:
    organization = await restless.organization()
    first = command("launch.register", "launch/first", ADMIN, game_id="first", features=["iaa"])
    await give(organization.handle, first)
    for number in range(25):
        await organization.do("launch.register", f"launch/g{number}", game_id=f"g{number}", features=["iaa"])
    await eventually_runs(organization, 2)
    again = await organization.handle.execute_update("act", first, id="again", result_type=Outcome)
    assert again.duplicate
    assert organization.actions().count("launch.register") == 26


async def test_a_flood_of_commands_across_runs_loses_none(restless: Programme) -> None:
    organization = await restless.organization()
    limit = asyncio.Semaphore(8)

    async def register(number: int) -> Outcome:
        async with limit:
            return await organization.do(
                "launch.register", f"launch/f{number}", game_id=f"f{number}", features=["iap"]
            )

    outcomes = await asyncio.gather(*(register(number) for number in range(120)))
    assert len(outcomes) == 120
    await eventually_runs(organization, 3)
    assert organization.actions().count("launch.register") == 120
    for number in range(60):
        await organization.handle.signal(
            "act",
            command("launch.register", f"launch/s{number}", ADMIN, game_id=f"s{number}", features=["iap"]),
        )
    async with asyncio.timeout(PATIENCE):
        while organization.actions().count("launch.register") < 180:
            await asyncio.sleep(0.2)


async def eventually_runs(organization: Organization, count: int) -> None:
    """Wait until visibility shows that many runs."""
    async with asyncio.timeout(PATIENCE):
        while await runs(organization) < count:
            await asyncio.sleep(0.2)
