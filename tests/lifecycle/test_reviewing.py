"""Who reviews: people of the platform, a provider, or people after a provider, as the policy says for each desk."""

from datetime import timedelta

import pytest

from lifecycle.turns import AT_DESKS, waits_for
from lifecycle.views.blockers import blockers
from lifecycle.views.pending import waiting
from lifecycle.views.situation import situation
from models.commands import Role
from models.desks import Decider, Desk
from models.documents import Reason
from models.programme.policy import DECIDED_BY, Policy
from tests.lifecycle.life import DAY, SHA, Life, organization

PEOPLE, PROVIDER, THEN_PEOPLE = Decider.PEOPLE, Decider.PROVIDER, Decider.PROVIDER_THEN_PEOPLE
LONG = 30 * DAY

YES = {
    Desk.VERIFICATION: "verification.verify",
    Desk.QUALIFICATION: "qualification.approve",
    Desk.CONTRACTS: "contract.activate",
    Desk.INTEGRATIONS: "integration.pass",
    Desk.LAUNCHES: "launch.approve",
    Desk.TAX_FORMS: "payout_account.accept",
    Desk.BANK_ACCOUNTS: "payout_account.accept",
    Desk.INVOICES: "invoice.approve",
}
CHECKED_TOGETHER = (Desk.TAX_FORMS, Desk.BANK_ACCOUNTS)
LATE_ONCE = {desk: desk is not Desk.INTEGRATIONS for desk in Desk}
"""An integration run that a provider does not answer is over some day, and run again."""

every_desk = pytest.mark.parametrize("desk", Desk)


def goes_by(decider: Decider, *desks: Desk) -> Policy:
    return Policy(decided_by=dict.fromkeys(desks or Desk, decider))


def handed_in(desk: Desk, policy: Policy) -> tuple[Life, str]:
    """Something that was just handed in at a desk, by an organization that has come so far by providers' decisions."""
    life = Life()
    if desk is Desk.VERIFICATION:
        life.policy = policy
        life.admin("verification.submit", submission_id="s", country="DE")
        return life, "verification"
    if desk is Desk.INVOICES:
        return invoiced(policy)
    life.verified()
    if desk is Desk.QUALIFICATION:
        life.policy = policy
        life.admin("qualification.submit", submission_id="s")
        return life, "qualification"
    if desk in CHECKED_TOGETHER:
        life.policy = policy
        life.admin("payout_account.submit", submission_id="a")
        return life, "payout_account"
    if desk is Desk.CONTRACTS:
        life.policy = policy
        life.admin("contract.sign", "contract/iaa", submission_id="s", signed_version=1, text_sha256=SHA)
        return life, "contract/iaa"
    life.signed().qualified()
    if desk is Desk.INTEGRATIONS:
        life.admin("launch.register", "launch/g1", game_id="g1", features=["iaa"])
        life.policy = policy
        life.admin("integration.run", "integration/g1/iaa")
        return life, "integration/g1/iaa"
    life.tested().policy = policy
    life.admin("launch.submit", "launch/g1", regions=["JP"])
    return life, "launch/g1"


def invoiced(policy: Policy, **facts: object) -> tuple[Life, str]:
    life = organization()
    statement = life.confirmed()
    life.policy = policy
    life.admin("invoice.submit", "invoice/1", **life.invoice_facts(statement, **facts))
    return life, "invoice/1"


def effects(life: Life, document_id: str) -> list[str]:
    return [effect.name for effect in life.effects if effect.document_id == document_id]


def test_every_review_is_tried_here() -> None:
    first = {life[i].machine for life, i in (handed_in(desk, Policy()) for desk in Desk)}
    assert first == {machine for machine, _ in AT_DESKS}


# ---------------------------------------------------------------------- who decides


@every_desk
def test_where_people_decide_no_desk_is_asked_and_no_provider_is_believed(desk: Desk) -> None:
    life, name = handed_in(desk, goes_by(PEOPLE))
    assert waits_for(life[name], life.policy) is Role.OPERATOR
    assert situation(life[name], life.dossier, life.now, life.policy).todo
    assert not {"request_review", "check_payout_account"} & {*effects(life, name)[-1:]}
    assert life.refused(Role.PROVIDER, YES[desk], name) == "people_decide"
    assert life.refused(Role.PROVIDER, f"{life[name].machine}.refer", name, why="x") == "people_decide"
    life.operator(YES[desk], name)
    assert (life[name].machine, life[name].state) not in AT_DESKS


@every_desk
@pytest.mark.parametrize("decider", [PROVIDER, THEN_PEOPLE])
def test_where_a_provider_decides_it_is_asked_and_waited_for(desk: Desk, decider: Decider) -> None:
    life, name = handed_in(desk, goes_by(decider))
    assert waits_for(life[name], life.policy) is Role.PROVIDER
    assert situation(life[name], life.dossier, life.now, life.policy).todo == ""
    assert effects(life, name)[-1] in ("request_review", "check_payout_account")
    life.provider(YES[desk], name)
    assert (life[name].machine, life[name].state) not in AT_DESKS


@pytest.mark.parametrize("desk", [Desk.INTEGRATIONS, *CHECKED_TOGETHER])
def test_what_machines_check_people_do_not_decide_as_long_as_it_is_in_time(desk: Desk) -> None:
    life, name = handed_in(desk, goes_by(PROVIDER))
    assert life.refused(Role.OPERATOR, YES[desk], name) == "provider_decides"


# ---------------------------------------------------------------------- doubts


@every_desk
def test_a_providers_doubt_comes_to_people_and_nobody_else_is_heard_then(desk: Desk) -> None:
    life, name = handed_in(desk, goes_by(THEN_PEOPLE))
    where, since = life.state(name), life[name].since
    life.wait(timedelta(hours=1))
    life.provider(f"{life[name].machine}.refer", name, why="name_looks_odd")
    assert (life.state(name), life[name].since) == (where, since), "the promise to the organization holds"
    assert waits_for(life[name], life.policy) is Role.OPERATOR
    assert life[name].doubts == [Reason(code="name_looks_odd")]
    assert life.told[-1].endswith("Nothing is needed from you.")
    assert life.refused(Role.PROVIDER, YES[desk], name) == "people_decide"
    life.operator(YES[desk], name)
    assert life[name].doubts == []


@every_desk
def test_a_provider_that_decides_alone_may_not_leave_it_to_people(desk: Desk) -> None:
    life, name = handed_in(desk, goes_by(PROVIDER))
    assert (
        life.refused(Role.PROVIDER, f"{life[name].machine}.refer", name, why="x") == "provider_decides_alone"
    )


def test_a_doubt_says_why() -> None:
    life, name = handed_in(Desk.VERIFICATION, goes_by(THEN_PEOPLE))
    assert life.refused(Role.PROVIDER, "verification.refer", name) == "reason_missing"


def test_a_providers_doubts_are_not_told_to_the_organization() -> None:
    life, name = handed_in(Desk.VERIFICATION, goes_by(THEN_PEOPLE))
    life.provider("verification.refer", name, why="sanctions_list")
    told = [
        *life.told,
        *(reason for item in waiting(life.dossier, life.now, life.policy) for reason in item.reasons),
    ]
    told += [reason for item in blockers(life.dossier, life.now, life.policy) for reason in item.reasons]
    assert not [words for words in told if "sanctions" in words]


def test_what_a_provider_has_left_to_people_it_is_not_asked_about_any_more() -> None:
    life, name = handed_in(Desk.VERIFICATION, goes_by(THEN_PEOPLE))
    life.provider("verification.refer", name, why="x")
    assert life.wait(LONG) == ["review_late"]
    assert "ask_review" not in effects(life, name)


# ---------------------------------------------------------------------- lateness


@pytest.mark.parametrize("desk", [desk for desk in Desk if LATE_ONCE[desk]])
def test_a_late_provider_is_asked_every_day_and_comes_to_people_if_the_policy_says_so(desk: Desk) -> None:
    for decider, whose in ((THEN_PEOPLE, Role.OPERATOR), (PROVIDER, Role.PROVIDER)):
        life, name = handed_in(desk, goes_by(decider))
        assert set(life.wait(LONG)) == {"review_late"}
        assert effects(life, name).count("ask_review") > 1
        assert waits_for(life[name], life.policy) is whose
        life.provider(YES[desk], name)
        assert (life[name].machine, life[name].state) not in AT_DESKS, "a late answer is one"


@every_desk
def test_people_may_decide_what_is_late(desk: Desk) -> None:
    life, name = handed_in(desk, goes_by(PROVIDER))
    if LATE_ONCE[desk]:
        life.wait(LONG)
        life.operator(YES[desk], name)
        assert (life[name].machine, life[name].state) not in AT_DESKS
    else:
        assert life.wait(LONG) == ["time_out"]


@every_desk
def test_people_are_late_once(desk: Desk) -> None:
    life, name = handed_in(desk, goes_by(PEOPLE))
    assert life.wait(LONG) == ["review_late"]
    assert life[name].late and "ask_review" not in effects(life, name)
    assert "asked" not in life.told[-1]


# ---------------------------------------------------------------------- what else follows


@pytest.mark.parametrize("self_billed", [True, False])
def test_an_invoice_of_the_platforms_own_is_written_although_no_desk_is_asked(self_billed: bool) -> None:
    number = {"number": "SB-", "self_billed": True} if self_billed else {}
    life, name = invoiced(goes_by(PEOPLE), **number)
    assert effects(life, name) == (["write_invoice"] if self_billed else [])


@pytest.mark.parametrize("desk", CHECKED_TOGETHER)
def test_where_people_do_one_of_two_checks_the_others_yes_is_not_the_last_word(desk: Desk) -> None:
    life, name = handed_in(desk, goes_by(PEOPLE, desk))
    assert waits_for(life[name], life.policy) is Role.PROVIDER
    assert life.provider("payout_account.accept") == "in_review"
    assert life.operator("payout_account.accept") == "active"


def test_a_review_goes_by_the_policy_under_which_it_began() -> None:
    life, name = handed_in(Desk.VERIFICATION, Policy())
    life.now += DAY
    life.policy = Policy(since=life.now, earlier=(Policy(),), decided_by=DECIDED_BY)
    assert waits_for(life[name], life.policy) is Role.PROVIDER
    life.provider("verification.decline", why="x")
    life.admin("verification.submit", submission_id="s2", country="DE")
    assert waits_for(life[name], life.policy) is Role.OPERATOR


def test_a_policy_of_before_there_was_a_choice_leaves_all_to_providers_and_keeps_its_identity() -> None:
    old = Policy()
    assert "decided_by" not in old.model_dump_json()
    read = Policy.model_validate_json(old.model_dump_json())
    assert read.identity == old.identity
    assert {read.decider(desk) for desk in Desk} == {PROVIDER}
    new = Policy(decided_by=DECIDED_BY)
    assert Policy.model_validate_json(new.model_dump_json()) == new and new.identity != old.identity
