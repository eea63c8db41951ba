"""What the desks are sent, and what people of the platform decide instead."""

import asyncio
from typing import Any

import pytest

from lifecycle.turns import AT_DESKS
from models.desks import Decider, Desk
from models.programme.policy import DECIDED_BY
from models.tables import DocumentRow, GameRow
from storage.organizations.submissions import read
from tests.papers.examples import PLATFORM, SELLER
from tests.workflows.programme import (
    BANK,
    NOBODY_IN_A_HURRY,
    OPERATOR,
    PATIENCE,
    Organization,
    Programme,
    eventually,
)
from workflows.search_attributes import NEXT_ACTOR

pytestmark = [pytest.mark.temporal, pytest.mark.asyncio(loop_scope="module")]

BY_PEOPLE = NOBODY_IN_A_HURRY.model_copy(update={"decided_by": DECIDED_BY})
INVOICES_BY_PEOPLE = NOBODY_IN_A_HURRY.model_copy(update={"decided_by": {Desk.INVOICES: Decider.PEOPLE}})
PROVIDER_FIRST = NOBODY_IN_A_HURRY.model_copy(
    update={"decided_by": dict.fromkeys(Desk, Decider.PROVIDER_THEN_PEOPLE)}
)


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


async def test_what_people_decide_is_handed_in_at_no_desk(programme: Programme) -> None:
    organization = await programme.organization(BY_PEOPLE)
    form = organization.form("verification", country="US")
    await organization.do("verification.submit", "verification", submission_id=form, country="US")
    # What comes after it is asked outside, by the same loop: had the first been asked, it would be there by then.
    await organization.do("verification.verify", "verification", OPERATOR, country="US")
    account = organization.form("payout_account", bank=BANK, tax={"form": "w9"}, business={})
    await organization.do("payout_account.submit", "payout_account", submission_id=account)
    await organization.becomes("payout_account", "active")
    assert {review["desk"] for review in reviews(programme, organization.id)} == {
        "tax-forms",
        "bank-accounts",
    }


async def test_what_people_decide_waits_for_the_operator_and_a_late_word_of_a_provider_is_refused(
    programme: Programme,
) -> None:
    organization = await programme.organization(BY_PEOPLE)
    form = organization.form("verification", country="US")
    await organization.do("verification.submit", "verification", submission_id=form, country="US")
    assert waiting_rows(organization) == {"verification": "operator"}
    await organization.news("verification.verify", "verification", country="US")
    await eventually(organization.refusals, ["people_decide"])
    await searchable(programme, organization, "operator")


async def test_a_doubt_of_a_desk_comes_to_the_operator_who_decides(programme: Programme) -> None:
    organization = await programme.organization(PROVIDER_FIRST)
    form = organization.form("verification", country="US", registered_address="1 Example Street (DOUBTFUL)")
    await organization.do("verification.submit", "verification", submission_id=form, country="US")
    assert waiting_rows(organization) == {"verification": "provider"}
    await organization.news("verification.refer", "verification", reason="The register has another name.")
    await eventually(lambda: waiting_rows(organization), {"verification": "operator"})
    await searchable(programme, organization, "operator")
    document = await organization.document("verification")
    assert [doubt.detail for doubt in document.doubts] == ["The register has another name."]
    await organization.do("verification.verify", "verification", OPERATOR, country="US")


async def test_a_bank_accounts_doubt_that_is_told_at_once_comes_to_the_operator(programme: Programme) -> None:
    organization = await (await programme.organization(PROVIDER_FIRST)).verified()
    account = organization.form(
        "payout_account", bank=BANK | {"institution": "Bank DOUBTFUL"}, tax={"form": "w9"}, business={}
    )
    await organization.do("payout_account.submit", "payout_account", submission_id=account)
    await eventually(lambda: waiting_rows(organization), {"payout_account": "operator"})
    await organization.do("payout_account.accept", "payout_account", OPERATOR)
    assert (await organization.document("payout_account")).state == "active"


async def test_a_late_desk_brings_a_review_to_the_operator_and_its_answer_still_counts(
    programme: Programme,
) -> None:
    organization = await programme.organization(PROVIDER_FIRST)
    form = organization.form("verification", country="US")
    await organization.do("verification.submit", "verification", submission_id=form, country="US")
    await organization.ahead(days=6)
    await organization.becomes_late("verification")
    await eventually(lambda: waiting_rows(organization), {"verification": "operator"})
    await organization.news("verification.verify", "verification", country="US")
    await organization.becomes("verification", "verified")


async def test_an_invoice_of_the_platforms_own_is_written_although_people_review_it(
    programme: Programme,
) -> None:
    organization = await (await programme.organization(INVOICES_BY_PEOPLE)).payable()
    statement = await organization.statement(20_000)
    await organization.do("statement.confirm", statement)
    form = organization.form(
        "invoice", seller=SELLER.model_dump(mode="json"), buyer=PLATFORM.model_dump(mode="json")
    )
    await organization.do(
        "invoice.submit",
        "invoice/inv_own",
        number="SB-",
        self_billed=True,
        statement_ids=[statement],
        total={"amount": 20_000, "currency": "USD"},
        dated=(await organization.status()).now.date().isoformat(),
        submission_id=form,
    )
    await eventually(lambda: files_of(programme, organization, form), ["SB-000001.pdf"])
    assert "invoices" not in {review["desk"] for review in reviews(programme, organization.id)}


def files_of(programme: Programme, organization: Organization, form: str) -> list[str]:
    """What is attached to a form."""
    with programme.database.reading() as session:
        found = read(session, programme.installation.keyring, organization.id, form)
    return [file.name for file in found.files]


def waiting_rows(organization: Organization) -> dict[str, str]:
    """Whom the database says that documents under review wait for."""
    return {
        row.id: row.waits_for
        for row in organization.rows(DocumentRow)
        if (row.machine, row.state) in AT_DESKS and row.waits_for
    }


async def searchable(programme: Programme, organization: Organization, actor: str) -> None:
    """Wait in real time until operators find the organization by who is waited for."""
    async with asyncio.timeout(PATIENCE):
        while actor not in (await organization.handle.describe()).typed_search_attributes[NEXT_ACTOR]:
            await asyncio.sleep(0.05)
