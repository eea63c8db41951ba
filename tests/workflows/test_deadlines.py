"""Deadlines of the programme at their true lengths, under the default policy, with time skipped."""

from datetime import timedelta

import pytest

from models.documents import Invoice, Statement, Verification
from models.programme.clock import add_working_days
from tests.workflows.programme import OPERATOR, Programme

pytestmark = [pytest.mark.temporal, pytest.mark.asyncio(loop_scope="module")]


async def test_a_statement_confirms_itself_after_four_weeks_with_three_reminders(
    programme: Programme,
) -> None:
    organization = await (await programme.organization()).payable()
    statement = await organization.statement()
    for days, reminders in ((13.9, 0), (0.2, 1), (6.9, 2), (5.1, 3), (1.8, 3)):
        await organization.ahead(days=days)
        assert (await organization.document(statement)).state == "pending_confirmation"
        await organization.is_told("statement.remind", reminders)
    await organization.ahead(days=0.2)
    confirmed = await organization.becomes(statement, "confirmed")
    assert isinstance(confirmed, Statement)
    assert (confirmed.confirmed_on, confirmed.confirm_by) == (confirmed.since.date(), None)
    await organization.is_told("statement.auto_confirm", 1)


async def test_an_appeal_stops_the_clock_which_goes_on_with_what_was_left(programme: Programme) -> None:
    organization = await (await programme.organization()).payable()
    statement = await organization.statement()
    await organization.ahead(days=20)
    await organization.do("statement.appeal", statement, submission_id=organization.form("appeal"))
    await organization.ahead(days=30)
    await organization.becomes_late(statement)
    await organization.do("statement.reject_appeal", statement, OPERATOR, "the numbers are right")
    await organization.ahead(days=7.9)
    assert (await organization.document(statement)).state == "pending_confirmation"
    await organization.ahead(days=0.2)
    await organization.becomes(statement, "confirmed")


async def test_verification_lapses_when_the_information_does_not_come(programme: Programme) -> None:
    organization = await programme.organization()
    form = organization.form("verification", legal_name="Example Games LLC")
    await organization.do("verification.submit", "verification", submission_id=form, country="US")
    await organization.news("verification.request_information", "verification", "proof of address")
    asked = await organization.becomes("verification", "information_needed")
    assert isinstance(asked, Verification) and asked.information_due is not None
    for days, reminders in ((6.9, 0), (0.2, 1), (4.8, 1), (0.2, 2), (1.8, 2)):
        await organization.ahead(days=days)
        await organization.is_told("verification.remind", reminders)
    assert (await organization.document("verification")).state == "information_needed"
    await organization.ahead(days=0.2)
    await organization.becomes("verification", "lapsed")
    await organization.do("verification.submit", "verification", submission_id=form, country="US")


async def test_a_document_is_warned_of_three_times_and_expires(programme: Programme) -> None:
    organization = await programme.organization()
    form = organization.form("verification", legal_name="Example Games LLC")
    start = (await organization.status()).now
    await organization.do("verification.submit", "verification", submission_id=form, country="US")
    lifetime = 365
    expires = start + timedelta(days=lifetime)
    await organization.news(
        "verification.verify", "verification", country="US", expires_on=expires.isoformat()
    )
    await organization.becomes("verification", "verified")
    for ahead, warnings in ((lifetime - 31, 0), (1.5, 1), (16, 2), (7, 3)):
        await organization.ahead(days=ahead)
        await organization.is_told("verification.warn_expiry", warnings)
    await organization.ahead(days=8)
    await organization.becomes("verification", "expired")


async def test_a_late_review_is_marked_and_its_provider_is_asked_daily(programme: Programme) -> None:
    organization = await programme.organization()
    form = organization.form("verification", legal_name="Example Games LLC")
    await organization.do("verification.submit", "verification", submission_id=form, country="US")
    late = add_working_days((await organization.document("verification")).since, 3)
    await organization.ahead(seconds=(late - (await organization.status()).now).total_seconds() - 60)
    assert not (await organization.document("verification")).late
    await organization.ahead(minutes=2)
    await organization.counts("verification.review_late", 1)
    await organization.becomes_late("verification")
    await organization.ahead(days=2)
    await organization.counts("verification.review_late", 3)
    await organization.news("verification.verify", "verification", country="US")
    assert not (await organization.becomes("verification", "verified")).late


async def test_an_integration_run_without_a_result_fails_after_a_day(programme: Programme) -> None:
    organization = await (await programme.organization()).verified()
    await organization.do(
        "contract.sign",
        "contract/iap",
        submission_id=organization.form("signature"),
        signed_version=1,
        text_sha256="0" * 64,
    )
    await organization.do("launch.register", "launch/game_1", game_id="game_1", features=["iap"])
    await organization.do("integration.run", "integration/game_1/iap")
    await organization.ahead(days=1.1)
    await organization.becomes("integration/game_1/iap", "failed")


async def test_a_valid_invoice_is_sent_on_friday_and_paid_within_fifteen_days(programme: Programme) -> None:
    organization = await (await programme.organization()).payable()
    invoice = await organization.invoiced()
    payout = await organization.payout(invoice)
    scheduled = await payout.now()
    assert scheduled.act_at is not None and invoice.pay_by is not None
    assert scheduled.act_at.weekday() == 4 and scheduled.act_at < invoice.pay_by
    await payout.ahead(days=7.1)
    await payout.becomes("in_transit")
    await payout.news("payout.pay")
    paid = await payout.becomes("paid")
    assert paid.paid_at is not None and paid.paid_at <= invoice.pay_by
    assert isinstance(await organization.becomes(invoice.id, "paid"), Invoice)
    await organization.becomes(invoice.statement_ids[0], "paid")
    assert len(payout.sent()) == 1


async def test_a_payment_later_than_promised_is_marked(programme: Programme) -> None:
    organization = await (await programme.organization()).payable()
    invoice = await organization.invoiced()
    await (await organization.payout(invoice)).handle.terminate("lost, for this test")
    await organization.ahead(days=15.1)
    await organization.becomes_late(invoice.id)


async def test_a_bank_change_cools_off_for_three_days(programme: Programme) -> None:
    from tests.workflows.programme import FINANCE

    organization = await (await programme.organization()).payable()
    form = organization.form("payout_account", bank={"account_number": "000987654321"})
    await organization.do("payout_account.change", "payout_account", proposed_submission_id=form)
    await organization.do("payout_account.approve_change", "payout_account", OPERATOR)
    await organization.do("payout_account.approve_change", "payout_account", FINANCE)
    await organization.ahead(days=2.9)
    assert (await organization.document("payout_account")).state == "cooling_off"
    await organization.ahead(days=0.2)
    changed = await organization.becomes("payout_account", "active")
    assert getattr(changed, "submission_id", None) == form


async def test_a_paid_payout_is_watched_for_ninety_days_and_then_closed(programme: Programme) -> None:
    organization = await (await programme.organization()).payable()
    invoice = await organization.invoiced()
    payout = await organization.payout(invoice)
    await payout.ahead(days=7.1)
    await payout.becomes("in_transit")
    await payout.news("payout.pay")
    await payout.becomes("paid")
    await payout.ahead(days=89.9)
    assert (await payout.now()).state == "paid"
    await payout.ahead(days=0.2)
    await payout.handle.result()
    await organization.becomes(invoice.id, "closed")
    await organization.becomes(invoice.statement_ids[0], "closed")
