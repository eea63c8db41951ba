"""A decision is recorded whole, once, on top of what it was decided on, by somebody who may."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from sqlmodel import col, select

from lifecycle.decide import decide
from models.commands import CLOCK, Accepted, Actor, Command, Refusal, Role, Transition
from models.documents import FailureClass, Feature, Integration, Invoice, Payout, Statement, Verification
from models.money import Money
from models.states import IntegrationState, InvoiceState, PayoutState, StatementState, VerificationState
from models.tables import (
    DocumentRow,
    InvoiceRow,
    MemberRow,
    NotificationRow,
    PayoutAttemptRow,
    RefusalRow,
    StatementRow,
    TransitionRow,
)
from storage.organizations.decisions import Stale, load_dossier, record, record_refusal
from storage.people.roles import add_member
from tests.storage.studio import JANUARY, NOON, POLICY, Studio
from words.voice import Sentence

TRACES = ("documents", "transitions", "notifications", "invoices", "invoice_statements", "payout_attempts")


def traces(studio: Studio) -> dict[str, int]:
    """How much is written."""
    return {table: studio.count(table) for table in TRACES}


def submit(studio: Studio, command_id: str = "submit-1") -> list[Transition]:
    """What the machine decides when the business verification is submitted."""
    with studio.database.reading() as session:
        dossier = load_dossier(session, studio.id)
    command = Command(
        id=command_id,
        action="verification.submit",
        document_id="verification",
        actor=studio.admin,
        facts={"submission_id": "sub_1", "country": "GB"},
        request_id="req_1",
    )
    accepted = decide(dossier, command, NOON, POLICY)
    assert isinstance(accepted, Accepted), accepted
    return accepted.transitions


def test_a_new_organization_has_everything_still_to_do(studio: Studio) -> None:
    with studio.database.reading() as session:
        dossier = load_dossier(session, studio.id)
    assert set(dossier.documents) == {
        "verification",
        "qualification",
        "contract/iaa",
        "contract/iap",
        "payout_account",
    }
    assert {document.revision for document in dossier.documents.values()} == {0}


def test_a_decision_is_recorded_with_its_audit_record(studio: Studio) -> None:
    transitions = submit(studio)
    assert record(studio.database, studio.id, transitions, POLICY).refusal is None
    with studio.database.reading() as session:
        dossier = load_dossier(session, studio.id)
        [audit] = session.exec(select(TransitionRow).where(TransitionRow.organization_id == studio.id))
    assert dossier.documents["verification"] == transitions[0].document
    assert (audit.command_id, audit.position, audit.action) == ("submit-1", 0, "verification.submit")
    assert (audit.from_state, audit.to_state) == ("not_started", transitions[0].document.state)
    assert (audit.actor_role, audit.actor_id) == ("admin", studio.admin.id)
    assert (audit.revision, audit.at, audit.request_id) == (1, NOON, "req_1")


def test_recording_again_changes_nothing(studio: Studio) -> None:
    transitions = submit(studio)
    record(studio.database, studio.id, transitions, POLICY)
    before = traces(studio)
    assert record(studio.database, studio.id, transitions, POLICY).refusal is None
    assert traces(studio) == before


def test_a_decision_repeated_later_is_told_what_was_recorded_first(studio: Studio) -> None:
    (first,) = submit(studio)
    record(studio.database, studio.id, [first], POLICY)
    later = first.document.model_copy(update={"since": NOON + timedelta(seconds=3)})
    again = record(studio.database, studio.id, [first.model_copy(update={"document": later})], POLICY)
    assert again.before == [first.document]
    moved_on = later.model_copy(update={"revision": 7})
    assert not again.moved_on
    long_ago = record(studio.database, studio.id, [first.model_copy(update={"document": moved_on})], POLICY)
    assert long_ago.before == [] and long_ago.moved_on


def test_all_documents_of_a_decision_are_recorded_together(studio: Studio) -> None:
    game = Integration(
        id="integration/g/iap", state=IntegrationState.NOT_RUN, since=NOON, game_id="g", feature=Feature.IAP
    )
    first = studio.transition(
        Verification(id="verification", state=VerificationState.IN_REVIEW, since=NOON), "verification.x"
    )
    second = studio.transition(game, "integration.add", command_id=first.command_id, index=1, message="Hello")
    record(studio.database, studio.id, [first, second], POLICY)
    with studio.database.reading() as session:
        row = session.get_one(DocumentRow, (studio.id, game.id))
        [notification] = session.exec(select(NotificationRow))
        rows = session.exec(select(TransitionRow).order_by(col(TransitionRow.position))).all()
    assert (row.revision, row.machine, row.state) == (1, "integration", "not_run")
    assert (notification.document_id, notification.position, notification.text) == (game.id, 1, "Hello")
    assert [r.document_id for r in rows] == ["verification", game.id]


@pytest.mark.parametrize("revision", [-1, 0, 2, 7])
def test_a_decision_on_another_state_is_stale(studio: Studio, revision: int) -> None:
    [transition] = submit(studio)
    transition.document.revision = revision
    before = traces(studio)
    with pytest.raises(Stale, match="verification"):
        record(studio.database, studio.id, [transition], POLICY)
    assert traces(studio) == before


def test_a_stale_second_document_takes_the_first_with_it(studio: Studio) -> None:
    [first] = submit(studio)
    second = studio.transition(
        Verification(id="qualification", state=VerificationState.IN_REVIEW, since=NOON),
        "x.y",
        command_id=first.command_id,
        index=1,
    )
    second.document.revision = 5
    before = traces(studio)
    with pytest.raises(Stale):
        record(studio.database, studio.id, [first, second], POLICY)
    assert traces(studio) == before


def nobody(_: Studio) -> Actor:
    return Actor(role=Role.ADMIN, id="mallory")


def plain_member(studio: Studio) -> Actor:
    return studio.member


def admin_elsewhere(studio: Studio) -> Actor:
    return Studio(studio.database).admin


def operator_as_finance(studio: Studio) -> Actor:
    return Actor(role=Role.FINANCE, id=studio.operator.id)


def admin_as_operator(studio: Studio) -> Actor:
    return Actor(role=Role.OPERATOR, id=studio.admin.id)


@pytest.mark.parametrize(
    "who", [nobody, plain_member, admin_elsewhere, operator_as_finance, admin_as_operator]
)
def test_who_may_not_act_is_refused(studio: Studio, who: Callable[[Studio], Actor]) -> None:
    [transition] = submit(studio)
    stranger = transition.model_copy(update={"actor": who(studio)})
    before = traces(studio)
    refusal = record(studio.database, studio.id, [stranger], POLICY).refusal
    assert refusal is not None
    assert refusal.code == "not_authorized"
    assert traces(studio) == before
    assert record(studio.database, studio.id, [transition], POLICY).refusal is None


@pytest.mark.parametrize("role", ["admin", "member"])
def test_staff_do_not_decide_for_their_own_organization(studio: Studio, role: str) -> None:
    [transition] = submit(studio)
    with studio.database.transaction() as session:
        add_member(
            session,
            MemberRow(organization_id=studio.id, subject=studio.operator.id, role=role, name="Olga"),
        )
    partial = transition.model_copy(update={"actor": studio.operator})
    before = traces(studio)
    refusal = record(studio.database, studio.id, [partial], POLICY).refusal
    assert refusal is not None and refusal.code == "conflict_of_interest"
    assert traces(studio) == before
    other = Studio(studio.database, "Another Studio")
    document = Verification(id="verification", state=VerificationState.VERIFIED, since=NOON)
    assert other.put(document, "verification.verify", actor=other.operator) is None


def test_the_clock_and_the_staff_may_act(studio: Studio) -> None:
    document = Verification(id="verification", state=VerificationState.IN_REVIEW, since=NOON)
    assert studio.put(document, "verification.review_late", actor=CLOCK) is None
    assert studio.put(document, "verification.verify", actor=studio.operator) is None


def statement(studio: Studio, statement_id: str) -> str:
    """A statement of its own to invoice."""
    with studio.database.transaction() as session:
        session.add(
            StatementRow(
                id=statement_id,
                organization_id=studio.id,
                stream=JANUARY.stream,
                period_start=JANUARY.start,
                period_end=JANUARY.end,
                issue=studio.count("statements") + 1,
                currency="USD",
                gross=0,
                refunds=0,
                platform_share=0,
                adjustments=0,
                tax_withheld=0,
                net=20_000,
                issued_at=NOON,
            )
        )
    document = Statement(
        id=f"statement/{statement_id}",
        state=StatementState.CONFIRMED,
        since=NOON,
        stream=JANUARY.stream,
        period_start=JANUARY.start,
        period_end=JANUARY.end,
        net=Money(amount=20_000),
    )
    studio.put(document, "statement.confirm")
    return document.id


def invoice(
    studio: Studio, number: str, invoice_id: str = "inv_1", statement_id: str = "st_1", ours: bool = False
) -> Refusal | None:
    document = an_invoice(number, invoice_id, statement_id, ours)
    return studio.put(document, "invoice.submit", actor=studio.admin)


def an_invoice(
    number: str, invoice_id: str = "inv_1", statement_id: str = "st_1", ours: bool = False
) -> Invoice:
    return Invoice(
        id=f"invoice/{invoice_id}",
        state=InvoiceState.UNDER_REVIEW,
        since=NOON,
        number=number,
        statement_ids=[f"statement/{statement_id}"],
        total=Money(amount=20_000),
        dated=NOON.date(),
        submission_id="sub_1",
        self_billed=ours,
    )


@pytest.mark.parametrize("again", ["INV-7 A", "inv-7a", "Inv-7A", "INV -7 a"])
def test_an_invoice_number_is_used_once(studio: Studio, again: str) -> None:
    statement(studio, "st_1")
    statement(studio, "st_2")
    assert invoice(studio, "INV-7 A") is None
    before = traces(studio)
    refusal = invoice(studio, again, "inv_2", "st_2")
    assert refusal is not None
    assert refusal.code == "duplicate_invoice_number"
    assert traces(studio) == before


def test_numbers_that_the_platform_gives_have_no_gaps(studio: Studio) -> None:
    for number in range(3):
        statement(studio, f"st_{number}")
    assert invoice(studio, "INV-7", "inv_0", "st_0") is None
    assert invoice(studio, "SB-", "inv_1", "st_1", ours=True) is None
    before = traces(studio)
    with pytest.raises(Exception, match=r"(?i)foreign key"):
        invoice(studio, "SB-", "inv_2", "st_unknown", ours=True)
    assert traces(studio) == before
    assert invoice(studio, "SB-", "inv_2", "st_2", ours=True) is None
    with studio.database.reading() as session:
        numbers = {row.id: row.number for row in session.exec(select(InvoiceRow))}
        kept = load_dossier(session, studio.id)
    assert numbers == {"inv_0": "INV-7", "inv_1": "SB-000001", "inv_2": "SB-000002"}
    assert {i.number for i in kept.of(Invoice)} == set(numbers.values()), "the document bears it, too"


def test_whoever_records_an_invoice_of_ours_hears_its_number_each_time(studio: Studio) -> None:
    statement(studio, "st_1")
    document = an_invoice("SB-", ours=True)
    transition = studio.transition(document, "invoice.submit", actor=studio.admin)
    for _ in range(2):
        recorded = record(studio.database, studio.id, [transition.model_copy()], POLICY)
        assert [invoice.number for invoice in recorded.before if isinstance(invoice, Invoice)] == [
            "SB-000001"
        ]


def test_the_number_that_was_asked_for_is_not_the_one_that_is_given(studio: Studio) -> None:
    """An invoice that was under way when it still brought its number is numbered like all others."""
    statement(studio, "st_1")
    assert invoice(studio, "SB-000009", ours=True) is None
    with studio.database.reading() as session:
        assert session.exec(select(InvoiceRow.number)).all() == ["SB-000001"]


@pytest.mark.parametrize(("first", "second"), [("2026-1-12", "2026-11-2"), ("7/1", "71"), ("INV7", "INV-7")])
def test_numbers_that_differ_are_different(studio: Studio, first: str, second: str) -> None:
    statement(studio, "st_1")
    statement(studio, "st_2")
    assert invoice(studio, first) is None
    assert invoice(studio, second, "inv_2", "st_2") is None


def test_other_organizations_have_their_own_numbers(studio: Studio) -> None:
    other = Studio(studio.database)
    statement(studio, "st_1")
    statement(other, "st_2")
    assert invoice(studio, "INV-1") is None
    assert invoice(other, "INV-1", "inv_2", "st_2") is None


def test_an_invoice_for_an_unknown_statement_leaves_no_trace(studio: Studio) -> None:
    before = traces(studio)
    with pytest.raises(Exception, match=r"(?i)foreign key"):
        invoice(studio, "INV-1", "inv_1", "st_unknown")
    assert traces(studio) == before


def test_an_invoice_is_kept_as_submitted(studio: Studio) -> None:
    statement(studio, "st_1")
    invoice(studio, "INV-1")
    with studio.database.reading() as session:
        row = session.get_one(InvoiceRow, "inv_1")
    assert (row.number, row.number_key, row.amount, row.currency) == ("INV-1", "inv-1", 20_000, "USD")


def payout(studio: Studio, state: str, event: str, attempt: int, **facts: Any) -> None:
    document = Payout(
        id="payout/inv_1",
        state=PayoutState(state),
        since=NOON,
        invoice_id="invoice/inv_1",
        amount=Money(amount=20_000),
        attempt=attempt,
        reference=f"payout/inv_1/{attempt}",
        **facts,
    )
    studio.put(document, f"payout.{event}", at=NOON + timedelta(hours=attempt))


def attempts(studio: Studio) -> list[tuple[int, str | None, str | None]]:
    with studio.database.reading() as session:
        rows = session.exec(select(PayoutAttemptRow).order_by(col(PayoutAttemptRow.attempt)))
        return [(row.attempt, row.outcome, row.failure_code) for row in rows]


def test_an_attempt_is_opened_before_and_closed_after(studio: Studio) -> None:
    payout(studio, "sending", "send", 1, account_submission_id="acc_1")
    assert attempts(studio) == [(1, None, None)]
    failure = {"failure_class": FailureClass.ACCOUNT, "failure_code": "account_closed"}
    payout(studio, "awaiting_account", "fail_account", 1, **failure)
    assert attempts(studio) == [(1, "failed", "account_closed")]
    payout(studio, "sending", "send", 2)
    payout(studio, "outcome_unknown", "outcome_unknown", 2)
    assert attempts(studio)[1] == (2, None, None), "an unknown outcome is no outcome"
    payout(studio, "retrying", "not_received", 2)
    payout(studio, "sending", "send", 3)
    payout(studio, "in_transit", "accept", 3)
    payout(studio, "paid", "pay", 3)
    payout(studio, "returned", "return", 3, failure_code="account_closed")
    assert [outcome for _, outcome, _ in attempts(studio)] == ["failed", "not_received", "returned"]


def test_a_failed_attempt_that_was_accepted_after_all_is_open_again(studio: Studio) -> None:
    payout(studio, "sending", "send", 1)
    payout(studio, "awaiting_funds", "fail_payer", 1, failure_code="insufficient_funds")
    payout(studio, "in_transit", "accept", 1)
    assert attempts(studio) == [(1, None, None)]


def test_at_most_one_attempt_is_open(studio: Studio) -> None:
    payout(studio, "sending", "send", 1)
    payout(studio, "retrying", "outcome_unknown", 1)
    before = traces(studio)
    with pytest.raises(Stale, match="open attempt"):
        payout(studio, "sending", "send", 2)
    assert traces(studio) == before


def test_an_attempt_is_made_once(studio: Studio) -> None:
    payout(studio, "sending", "send", 1)
    payout(studio, "retrying", "fail_transient", 1)
    with pytest.raises(Stale):
        payout(studio, "sending", "send", 1)


@pytest.mark.parametrize("event", ["fail_transient", "fail_final", "not_received", "resolve_not_paid"])
def test_what_was_not_received_is_opened_again_as_the_same_attempt(studio: Studio, event: str) -> None:
    payout(studio, "sending", "send", 1)
    payout(studio, "retrying", event, 1, not_taken=True)
    payout(studio, "sending", "send", 1)
    with studio.database.reading() as session:
        [row] = session.exec(select(PayoutAttemptRow))
    assert (row.attempt, row.outcome, row.ended_at) == (1, None, None)


def test_a_refused_signal_is_remembered_once(studio: Studio) -> None:
    command = Command(id="c", action="statement.confirm", document_id="statement/x", actor=studio.admin)
    for code in ("wrong_state", "another"):
        refusal = Refusal(code=code, reason=Sentence("Not now."))
        record_refusal(studio.database, studio.id, command, refusal, NOON)
    with studio.database.reading() as session:
        [row] = session.exec(select(RefusalRow))
    assert (row.code, row.action, row.at) == ("wrong_state", "statement.confirm", NOON)
