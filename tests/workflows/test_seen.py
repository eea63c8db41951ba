"""What operators see of a workflow in the Temporal UI: its page in words, and what it can be found by."""

import asyncio
import re
from typing import Any

import pytest
from temporalio.api.sdk.v1 import WorkflowMetadata
from temporalio.client import WorkflowHandle

from models.texts.sentences import plain_amount
from tests.workflows.programme import CONSOLE, Programme
from workflows.search_attributes import NEXT_ACTOR, OPEN_FAILURES, STAGE

pytestmark = [pytest.mark.temporal, pytest.mark.asyncio(loop_scope="module")]

LONGEST = 2048
"""Bytes of a page in words."""


async def words_of(handle: WorkflowHandle[Any, Any]) -> str:
    """The page of a workflow in words."""
    answer = await handle.query("__temporal_workflow_metadata", result_type=WorkflowMetadata)
    return str(answer.current_details)


async def found_by(handle: WorkflowHandle[Any, Any], stage: str) -> Any:
    """Its search attributes, once it stands at a stage; they follow a moment later."""
    for _ in range(600):
        attributes = (await handle.describe()).typed_search_attributes
        if attributes.get(STAGE) == stage:
            return attributes
        await asyncio.sleep(0.1)
    raise AssertionError(f"it is found at {attributes.get(STAGE)}, not at {stage}")


async def test_an_organization_says_in_words_where_it_stands_and_leads_to_the_console(
    programme: Programme,
) -> None:
    organization = await programme.organization()
    words = await words_of(organization.handle)
    assert words.startswith(
        f"[Open in the console]({CONSOLE}/organizations/{organization.id})\n\n**Business verification**"
    )
    assert "- **Organization**: Submit your business for verification." in words
    assert not re.search(r"`|[a-z]_[a-z]|org_", words.partition("\n")[2]), "no code and no id"
    assert len(words.encode()) < LONGEST
    attributes = await found_by(organization.handle, "verification")
    assert list(attributes.get(NEXT_ACTOR) or []) == ["admin"] and attributes.get(OPEN_FAILURES) == 0


async def test_a_payout_says_in_words_what_it_pays_and_leads_to_the_console(programme: Programme) -> None:
    organization = await (await programme.organization()).payable()
    invoice = await organization.invoiced()
    payout = await organization.payout(invoice)
    words = await words_of(payout.handle)
    invoice_id = invoice.id.removeprefix("invoice/")
    assert words.startswith(
        f"[Open in the console]({CONSOLE}/organizations/{organization.id}/payouts/{invoice_id})"
    )
    assert plain_amount(invoice.total) in words and len(words.encode()) < LONGEST
    assert (await found_by(payout.handle, "payout/scheduled")).get(OPEN_FAILURES) == 0


async def test_a_long_list_stays_short(programme: Programme) -> None:
    organization = await (await programme.organization()).payable()
    for _ in range(12):
        await organization.statement()
    words = await words_of(organization.handle)
    assert words.count("- **Organization**: Create an invoice for 12 confirmed statements") <= 1, (
        "one line for one job"
    )
    assert len(words.encode()) < LONGEST
