"""One document, one sentence: Temporal's page, the console, the API and the command line say the same of it."""

from collections.abc import Iterator
from datetime import datetime

import pytest

from lifecycle.checker.abstraction import NOW, POLICY
from lifecycle.checker.checking import Walk
from lifecycle.checker.exploring import View
from lifecycle.checker.worlds import World, worlds
from lifecycle.leaving import staying
from lifecycle.machine import AnyMachine, AnyState
from lifecycle.machines import MACHINES
from lifecycle.timers import timers_of
from lifecycle.views.blockers import blockers
from lifecycle.views.pending import Waiting, waiting
from lifecycle.views.prerequisites import obstacles
from lifecycle.views.situation import next_alarm
from models.commands import Role
from models.dossier import Dossier
from models.programme.policy import Policy
from tests.lifecycle.life import DAY, MONDAY, Life, organization
from tests.lifecycle.test_blockers import EVERY_STATE, document_in, with_payout
from workflows.temporal_page import waiting_in_words

ENOUGH = 200
"""States of a world that are looked at: the nearest ones, in which each of its documents has moved."""


def organizations(world: World) -> Iterator[tuple[Dossier, Dossier]]:
    """What the workflows of a world's organization and its payout hold, in the states that are reached first."""
    walk = Walk(world)
    numbers = [walk.decisions.number(document) for document in world.documents]
    walk.graph.meet((*numbers, *(0 for _ in world.absent), *((0,) if walk.exchange else ())), 0, None)
    for visited in range(ENOUGH):
        if visited == len(walk.graph.states):
            return
        walk.visit(visited)
        parts = View(walk.decisions, walk.graph.states[visited]).apart()
        own, payouts = (Dossier.model_construct(organization_id="o", documents=part) for part in parts)
        yield own, payouts


def on_pages(own: Dossier, payouts: Dossier, policy: Policy = POLICY) -> list[Waiting]:
    """What the pages of an organization's and its payout's workflow name."""
    return [*waiting(own, NOW, policy), *waiting(payouts, NOW, policy)]


def whole(own: Dossier, payouts: Dossier) -> Dossier:
    """The organization as the database shows it."""
    return own.model_copy(update={"documents": own.documents | payouts.documents})


def assert_same_words(on_page: list[Waiting], dossier: Dossier, policy: Policy = POLICY) -> int:
    """Each thing that a page names is said in the same words by the blockers; how many were compared."""
    found = {item.document_id: item for item in blockers(dossier, NOW, policy)}
    compared = 0
    for item in on_page:
        if blocker := found.get(item.document_id):
            assert (item.what, item.todo) == (blocker.what, blocker.todo)
            assert (item.until, item.then) == (blocker.until, blocker.then)
            assert blocker.reasons[: len(item.reasons)] == item.reasons
            compared += 1
    return compared


@pytest.mark.parametrize("world", worlds(), ids=lambda world: world.name)
def test_wherever_an_organization_can_come_both_say_the_same(world: World) -> None:
    compared = sum(
        assert_same_words(on_pages(own, payouts), whole(own, payouts))
        for own, payouts in organizations(world)
    )
    assert compared > 0


@pytest.mark.parametrize(("machine", "state"), EVERY_STATE)
@pytest.mark.parametrize("verification", ["verified", "suspended"])
@pytest.mark.parametrize("opens", [MONDAY - DAY, NOW + 10 * DAY], ids=["open", "not-open"])
def test_in_every_state_both_say_the_same(
    machine: AnyMachine, state: AnyState, verification: str, opens: datetime
) -> None:
    life = with_payout(organization().qualified().tested())
    life.confirmed(2, 50)
    document = document_in(machine, state.name)
    for one in (document_in(MACHINES["verification"], verification), document):
        life.dossier.documents[one.id] = one
    policy = Policy(pay_out_opens=opens)
    payouts = {i: d for i, d in life.dossier.documents.items() if d.machine == "payout"}
    own = {i: d for i, d in life.dossier.documents.items() if i not in payouts}
    pages = on_pages(
        life.dossier.model_copy(update={"documents": own}),
        life.dossier.model_copy(update={"documents": payouts}),
        policy,
    )
    assert assert_same_words(pages, life.dossier, policy) > 0


def test_statements_that_are_counted_are_spoken_of_like_those_that_are_held() -> None:
    life = organization()
    life.confirmed(1, 6_000)
    life.confirmed(2, 6_000)
    carried = staying(life.dossier)
    assert carried.uninvoiced and not carried.confirmed()
    (counted,) = [w for w in waiting(carried, life.now, life.policy) if w.document_id == "statement"]
    (blocker,) = [b for b in blockers(life.dossier, life.now, life.policy) if "statement/1" in b.documents]
    assert (counted.what, counted.todo, counted.reasons) == (blocker.what, blocker.todo, blocker.reasons)
    assert (counted.money, counted.actions) == (blocker.money, blocker.actions)


def test_the_page_in_temporal_shows_that_very_sentence() -> None:
    life = organization()
    life.confirmed()
    life.pipeline("payout_account.fail", "payout_account", failure_code="account_closed")
    for item in blockers(life.dossier, life.now, life.policy):
        lines = waiting_in_words(waiting(life.dossier, life.now, life.policy), lambda when: when)
        said = (item.todo or item.what).rstrip(".")
        assert len([line for line in lines if said in line]) == 1


def test_nobody_is_asked_for_an_invoice_that_would_be_refused() -> None:
    life = organization()
    life.confirmed()
    life.admin("payout_account.change", proposed_submission_id="account-2")
    (item,) = [w for w in waiting(life.dossier, life.now, life.policy) if w.document_id == "statement/1"]
    assert (item.todo, item.actions) == ("", [])
    assert item.reasons == ["The payout account must be set up and active before an invoice is submitted."]


def test_what_lacks_by_the_page_is_what_the_rule_refuses_for() -> None:
    life = Life()
    lacking = obstacles(life["contract/iaa"], Role.ADMIN, life.dossier, life.now, life.policy)
    assert lacking
    assert life.refused(Role.ADMIN, "contract.sign", "contract/iaa") == lacking[0].code


def test_before_pay_out_opens_that_is_the_next_alarm_of_what_waits_for_it() -> None:
    opens = MONDAY + 10 * DAY
    life = Life(policy=Policy(pay_out_opens=opens)).verified()
    statement = life.confirmed()
    for document in (life["payout_account"], life[statement]):
        alarm = next_alarm(document, life.now, life.policy)
        assert alarm is not None and (alarm.due, alarm.event) == (opens, "pay_out_opens")
        assert next_alarm(document, opens, life.policy) is None
    verification = life["verification"]
    assert next_alarm(verification, life.now, life.policy) == next(
        iter(timers_of(verification, life.policy)), None
    )
