"""What the desks are sent."""

import asyncio
from typing import Any

import pytest

from models.tables import GameRow
from tests.workflows.programme import PATIENCE, Programme

pytestmark = [pytest.mark.temporal, pytest.mark.asyncio(loop_scope="module")]


async def test_a_game_is_reviewed_under_its_name(programme: Programme) -> None:
    organization = await (await programme.organization()).verified()
    with programme.database.transaction() as session:
        session.add(
            GameRow(
                id="game_named",
                organization_id=organization.id,
                name="Example FAILS-reward_after_ad_end",
                created_at=(await organization.status()).now,
            )
        )
    await organization.do(
        "contract.sign",
        "contract/iaa",
        submission_id=organization.form("signature"),
        signed_version=1,
        text_sha256="0" * 64,
    )
    await organization.do("launch.register", "launch/game_named", game_id="game_named", features=["iaa"])
    await organization.do("integration.run", "integration/game_named/iaa")
    async with asyncio.timeout(PATIENCE):
        while not (probes := [r for r in reviews(programme, organization.id) if r["desk"] == "integrations"]):
            await asyncio.sleep(0.05)
    assert [probe["event"]["action"] for probe in probes] == ["integration.fail"]


def reviews(programme: Programme, organization_id: str) -> list[dict[str, Any]]:
    """What the desks were asked about an organization."""
    found: list[dict[str, Any]] = programme.box.control("GET", f"/reviews?organization_id={organization_id}")
    return found
