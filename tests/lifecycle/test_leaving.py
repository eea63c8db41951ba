"""What nothing follows in leaves the workflow's state, and what a command names comes back: a decade costs as a year."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from lifecycle.decide import decide
from lifecycle.leaving import MOST_CARRIED, away, latest, makes, may_leave, needs_back, staying
from lifecycle.machines import BY_STATE, FINISHED, MACHINES, RECURRING, STATES
from lifecycle.views.pending import Stage, owed, stage, waiting
from models.commands import PIPELINE, Accepted, Actor, Command, Outcome, Refusal, Role
from models.documents import Invoice, Payout, Statement, Stream
from models.dossier import Dossier
from models.identity import payout_document_id
from models.money import Money
from models.programme.policy import Policy
from models.states import PayoutState
from models.wire.steps import RecordDecision
from tests.lifecycle.leaving import decided_here
from tests.lifecycle.life import MONDAY, Life, organization
from tests.lifecycle.years import Years, size
from workflows.inputs import WorkflowInput

YEARS = 10
ONE_STATEMENT = 500
"""Bytes; what is under way differs by the day of the month on which a year ends."""


@pytest.fixture(scope="module")
def decade() -> tuple[Years, list[int]]:
    """Ten years, and the size of the state after each."""
    years = Years()
    return years, [after.documents() for after in years.each_year(YEARS)]


def test_the_state_after_ten_years_is_as_large_as_after_one(decade: tuple[Years, list[int]]) -> None:
    years, sizes = decade
    assert len(years.whole.of(Statement)) == 240 and len(years.whole.of(Invoice)) == 120
    assert max(sizes) - min(sizes) <= 1_000, sizes
    assert sizes[-1] < 10_000 < len(years.whole.model_dump_json()) / 10, sizes


@pytest.mark.parametrize(
    ("organization", "statements", "invoices"),
    [
        (lambda: Years(*Stream, invoices=False), 720, 0),
        (lambda: Years(*Stream, eventful=True), 720, 100),
    ],
    ids=["never invoices", "does everything"],
)
def test_ten_years_leave_no_more_behind_than_one(
    organization: Callable[[], Years], statements: int, invoices: int
) -> None:
    """But for the outcomes of the latest commands, which fill up to their own bound."""
    years, documents, carried = organization(), [], []
    for after in years.each_year(YEARS):
        documents.append(after.documents())
        carried.append(after.carried())
    assert len(years.whole.of(Statement)) >= statements and len(years.whole.of(Invoice)) >= invoices
    assert documents[-1] <= documents[0] + ONE_STATEMENT, documents
    assert carried[-1] <= carried[0] + MOST_CARRIED, carried
    assert documents[-1] < len(years.whole.model_dump_json()) / 10
    life, whole = years.life, years.whole
    assert (stage(life.dossier), owed(life.dossier)) == (stage(whole), owed(whole))
    assert stage(life.dossier) == (Stage.PAID if invoices else Stage.INVOICE)
    assert life.dossier.confirmed_net() == whole.confirmed_net()
    counted = life.dossier.uninvoiced.count if life.dossier.uninvoiced else 0
    assert counted + len(life.dossier.confirmed()) == len(whole.confirmed())


def test_a_decision_after_ten_years_is_as_large_and_looks_at_as_much_as_after_one(
    decade: tuple[Years, list[int]],
) -> None:
    years, _ = decade
    [young] = Years().each_year(1)
    measured = []
    for one in (young, years):
        life = one.life
        decision = decide(life.dossier, next_statement(life), life.now, life.policy)
        assert isinstance(decision, Accepted)
        step = RecordDecision(organization_id="org_1", transitions=decision.transitions)
        measured.append((size(step), len(life.dossier.documents)))
    (bytes_then, looked_at_then), (bytes_now, looked_at_now) = measured
    assert bytes_now == bytes_then
    assert looked_at_now <= looked_at_then + 2, measured


def next_statement(life: Life) -> Command:
    issued = {"stream": "iaa", "period_start": "2036-01-01", "period_end": "2036-01-15", "net": {"amount": 1}}
    return Command(id="c", action="statement.issue", document_id="statement/9", actor=PIPELINE, facts=issued)


def test_what_people_are_shown_does_not_change_when_documents_leave(decade: tuple[Years, list[int]]) -> None:
    years, _ = decade
    life = years.life
    assert len(years.whole.documents) > 20 * len(life.dossier.documents)
    assert stage(life.dossier) == stage(years.whole)
    assert waiting(life.dossier, life.now, life.policy) == waiting(years.whole, life.now, life.policy)


@pytest.mark.parametrize(
    "action", sorted(f"{m}.{r.event}" for m in ("statement", "invoice") for r in MACHINES[m].rules)
)
def test_whatever_is_said_of_what_has_left_is_judged_as_if_it_were_there(
    decade: tuple[Years, list[int]], action: str
) -> None:
    years, _ = decade
    life = years.life
    gone = [d for d in years.whole.documents.values() if d.id not in life.dossier.documents]
    assert {d.state for d in gone if d.machine == "statement"} == {"closed", "carried_forward"}
    judged = 0
    for document in gone:
        if document.machine != action.partition(".")[0] or document.id[-1] != "1":
            continue
        for role in Role:
            said = Command(id="c", action=action, document_id=document.id, actor=Actor(role=role, id="x"))
            here, _ = decided_here(life.dossier, years.whole, said, life.now, life.policy)
            assert here == decide(years.whole, said, life.now, life.policy)
            assert isinstance(here, Refusal) and here.code != "unknown_document"
            assert needs_back(life.dossier, said) or makes(said)
            judged += 1
    assert judged


def test_a_payment_that_comes_back_long_after_is_refused_for_the_state_and_not_as_unknown(
    decade: tuple[Years, list[int]],
) -> None:
    years, _ = decade
    life, invoice_id = years.life, "invoice/0001"
    back = life.command(
        Role.PIPELINE,
        "invoice.return_payment",
        invoice_id,
        failure_class="account",
        failure_code="no_account",
    )
    assert invoice_id not in life.dossier.documents
    refusal, _ = decided_here(life.dossier, years.whole, back, life.now, life.policy)
    assert (
        isinstance(refusal, Refusal) and refusal.code == "wrong_state" and "closed" in refusal.reason.lower()
    )


def test_a_payment_that_comes_back_while_it_is_watched_is_owed_again_after_ten_years_too() -> None:
    years = Years()
    for number in range(1, 10):
        years.period(number)
    paid = [invoice for invoice in years.life.dossier.of(Invoice) if invoice.state == "paid"]
    [payout] = [p for p in years.payouts if payout_document_id(paid[0].id[8:]) in p.dossier.documents]
    payout.provider("payout.return", payout.dossier.of(Payout)[0].id, failure_code="no_account")
    years.tell(payout)
    assert years.life.state(paid[0].id) == "payment_failed"
    assert {years.life.state(i) for i in paid[0].statement_ids} == {"invoiced"}


def test_an_invoice_for_statements_that_have_left_is_refused_because_they_are_paid(
    decade: tuple[Years, list[int]],
) -> None:
    years, _ = decade
    life = years.life
    claim = life.command(
        Role.ADMIN,
        "invoice.submit",
        "invoice/again",
        number="again",
        statement_ids=["statement/0001"],
        total={"amount": 20_000},
        dated=life.now.date(),
        submission_id="pdf",
    )
    alone = decide(life.dossier, claim, life.now, life.policy)
    assert isinstance(alone, Refusal) and alone.code == "unknown_statement"
    refusal, _ = decided_here(life.dossier, years.whole, claim, life.now, life.policy)
    assert isinstance(refusal, Refusal) and refusal.code == "statement_not_confirmed"
    assert refusal == decide(years.whole, claim, life.now, life.policy)


def test_what_something_is_still_to_be_done_for_stays() -> None:
    life = organization()
    statement = life.statement(1)
    life.admin("statement.appeal", statement, submission_id="why")
    life.take(life.command(Role.OPERATOR, "statement.replace", statement, why="because"))
    assert may_leave(life[statement])
    [effect] = [e for e in life.effects if e.name == "issue_replacement"]
    assert statement in staying(life.dossier, [effect]).documents
    assert statement not in staying(life.dossier).documents


def test_what_has_moved_during_a_run_stays_for_the_next_one_which_knows_by_it_a_database_that_was_put_back() -> (
    None
):
    life = organization()
    confirmed, carried = life.confirmed(1), life.statement(2, cents=-5)
    kept = staying(life.dossier, moved_since=life.now)
    assert {confirmed, carried} <= kept.documents.keys() and kept.uninvoiced is None
    later = staying(kept, moved_since=life.now + timedelta(seconds=1))
    assert not {confirmed, carried} & later.documents.keys()
    assert later.uninvoiced and later.uninvoiced.count == 1


def test_what_is_counted_is_counted_by_currency_and_no_more_once_it_is_held_again() -> None:
    life = organization()
    for number, cents in enumerate((700, 300, 50_000), 1):
        life.confirmed(number, cents)
    life[f"statement/{3}"].net = Money(amount=50_000, currency="EUR")
    some = staying(Dossier(organization_id="org_1", documents={"statement/1": life["statement/1"]}))
    all_of_them = Dossier(organization_id="org_1", documents={**life.dossier.documents}).counting(
        ["statement/1"]
    )
    counted = all_of_them.counting().uninvoiced
    assert some.uninvoiced and counted
    assert (counted.count, counted.net, counted.since) == (3, {"USD": 1_000, "EUR": 50_000}, MONDAY)

    def back(*numbers: int) -> Dossier:
        documents = {i: life[i] for n in numbers if (i := f"statement/{n}")}
        return all_of_them.counting().holding_again(Dossier(organization_id="org_1", documents=documents))

    left = back(3, 2).uninvoiced
    assert left and (left.count, left.net) == (1, {"USD": 700})
    assert back(1, 2, 3).uninvoiced is None
    assert back(1, 2, 3).counting() == all_of_them.counting()


def test_only_what_an_organization_gathers_and_nothing_follows_in_may_leave() -> None:
    payout = Payout(
        id="payout/1", state=PayoutState.CLOSED, since=MONDAY, invoice_id="invoice/1", amount=Money(amount=1)
    )
    assert not may_leave(payout), "it is all that its own workflow is about"
    leaving = {(m, s) for (m, s) in FINISHED if m != "payout"}
    assert leaving == {
        ("statement", "closed"),
        ("statement", "replaced"),
        ("statement", "carried_forward"),
        ("invoice", "closed"),
        ("invoice", "rejected"),
        ("invoice", "cancelled"),
    }
    assert all(where[0] in RECURRING and STATES[where].final and not BY_STATE[where] for where in leaving)


def test_only_ids_of_statements_and_invoices_are_looked_for_and_no_more_than_a_rule_takes() -> None:
    dossier = Dossier(organization_id="org_1")

    def named(document_id: str, **facts: Any) -> list[str]:
        actor = Actor(role=Role.ADMIN, id="x")
        return away(dossier, Command(id="c", action="a.b", document_id=document_id, actor=actor, facts=facts))

    assert named("statement/1", invoice_id="invoice/2", note="launch/3", n=4) == ["invoice/2", "statement/1"]
    assert named("launch/g", total={"of": ["statement/7", None]}) == ["statement/7"]
    assert named("statement/", text="statement", path="payout/1") == []
    assert len(named("launch/g", statement_ids=[f"statement/{n}" for n in range(1_000)])) == 201


def test_the_outcomes_that_are_carried_along_are_bounded_and_the_latest() -> None:
    """Five hundred outcomes of the longest ids there may be are half a megabyte; a run begins with an eighth of it."""
    longest = {
        (command_id := f"{number:03}" + "c" * 297): Outcome(
            command_id=command_id, document_id="d" * 200, state="s" * 40, revision=1
        )
        for number in range(500)
    }
    run = WorkflowInput(organization_id="org_1", policy=Policy(), applied=latest(longest))
    assert size(WorkflowInput(organization_id="org_1", policy=Policy(), applied=longest)) > 400_000
    assert size(run) < 80_000
    assert list(run.applied) == list(longest)[-len(run.applied) :] and len(run.applied) > 50
    usual = dict(list(longest.items())[:3])
    assert latest(usual) == usual and list(latest(usual)) == list(usual)
    assert latest({}) == {}


def test_only_a_replaced_statement_has_something_to_be_done_outside_when_nothing_follows_in_it() -> None:
    """What is read back from the database after a loss leaves such documents out, but for this one (``dossiers``)."""
    asking = {
        (machine.name, state.name)
        for machine in MACHINES.values()
        for state in machine.states
        if (machine.name, state.name) in FINISHED
        and (state.effect or any(rule.effect for rule in machine.rules if rule.target == state.name))
    }
    # A payout never leaves its own workflow, which tells its organization once more when it is resumed.
    assert {one for one in asking if one[0] != "payout"} == {("statement", "replaced")}
