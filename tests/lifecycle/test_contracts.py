"""Contracts: one feature is enabled at a time; a new version blocks nothing that is earned."""

import pytest

from models.commands import Role
from tests.lifecycle.life import DAY, SHA, Life

IAA, IAP = "contract/iaa", "contract/iap"


def signing(version: int = 1) -> dict[str, object]:
    return {"submission_id": "s", "signed_version": version, "text_sha256": SHA}


def under_review() -> Life:
    life = Life().verified()
    life.admin("contract.sign", IAA, **signing())
    return life


def test_a_contract_needs_a_verified_business() -> None:
    assert Life().refused(Role.ADMIN, "contract.sign", IAA, **signing()) == "not_verified"


def test_a_contract_is_signed_reviewed_and_active() -> None:
    life = under_review()
    assert life.state(IAA) == "in_review"
    assert life.provider("contract.activate", IAA) == "active"
    assert life[IAA].version == 1
    assert life[IAA].text_sha256 == SHA


def test_one_feature_is_enabled_at_a_time() -> None:
    life = under_review()
    assert life.refused(Role.ADMIN, "contract.sign", IAP, **signing()) == "another_feature_under_way"
    life.provider("contract.activate", IAA)
    assert life.admin("contract.sign", IAP, **signing()) == "in_review"


def test_a_refused_contract_says_why_and_is_signed_again() -> None:
    life = under_review()
    assert life.refused(Role.PROVIDER, "contract.decline", IAA) == "reason_missing"
    assert life.provider("contract.decline", IAA, why="name_differs") == "declined"
    assert life.admin("contract.sign", IAA, **signing()) == "in_review"


@pytest.mark.parametrize("version", [0, 2])
def test_only_the_version_on_offer_is_signed(version: int) -> None:
    life = Life().verified()
    assert life.refused(Role.ADMIN, "contract.sign", IAA, **signing(version)) == "not_the_offered_version"


@pytest.mark.parametrize("sha", ["", "A" * 64, "0" * 63, None, 7])
def test_a_signature_is_for_a_text(sha: object) -> None:
    life = Life().verified()
    facts = signing() | {"text_sha256": sha}
    assert life.refused(Role.ADMIN, "contract.sign", IAA, **facts) == "invalid_facts"


def test_a_review_is_late_after_two_working_days() -> None:
    assert under_review().wait(2 * DAY) == ["review_late"]


def test_a_new_version_is_signed_while_the_old_one_goes_on() -> None:
    life = Life().verified().signed()
    assert life.operator("contract.offer_version", IAA, offered_version=2) == "update_offered"
    assert life[IAA].version == 1
    assert life.admin("contract.sign", IAA, **signing(2)) == "update_in_review"
    assert life.provider("contract.decline", IAA, why="name_differs") == "update_offered"
    assert life[IAA].version == 1
    life.admin("contract.sign", IAA, **signing(2))
    assert life.provider("contract.activate", IAA) == "active"
    assert life[IAA].version == 2


def test_a_new_version_has_a_higher_number() -> None:
    life = Life().verified().signed()
    code = life.refused(Role.OPERATOR, "contract.offer_version", IAA, offered_version=1)
    assert code == "not_a_newer_version"
    code = life.refused(Role.OPERATOR, "contract.offer_version", IAA, offered_version=2**31)
    assert code == "invalid_facts", "no database keeps it"


def test_a_version_offered_before_any_signature_is_the_one_to_sign() -> None:
    life = Life().verified()
    assert life.operator("contract.offer_version", IAA, offered_version=2) == "not_signed"
    assert life.refused(Role.ADMIN, "contract.sign", IAA, **signing(1)) == "not_the_offered_version"
    assert life.admin("contract.sign", IAA, **signing(2)) == "in_review"


def test_a_version_offered_during_a_review_is_not_forgotten() -> None:
    life = under_review()
    life.operator("contract.offer_version", IAA, offered_version=2)
    assert life.provider("contract.activate", IAA) == "update_offered"
    assert (life[IAA].version, life[IAA].offered_version) == (1, 2)


def test_a_version_on_offer_outlives_a_suspension() -> None:
    life = Life().verified().signed()
    life.operator("contract.offer_version", IAA, offered_version=2)
    assert life.operator("contract.suspend", IAA, why="fraud") == "suspended"
    assert life.operator("contract.reinstate", IAA) == "update_offered"


def test_a_suspended_contract_is_reinstated_or_terminated() -> None:
    life = Life().verified().signed()
    life.operator("contract.suspend", IAA, why="fraud")
    assert life.operator("contract.reinstate", IAA) == "active"
    life.operator("contract.suspend", IAA, why="fraud")
    assert life.operator("contract.terminate", IAA, why="fraud") == "terminated"
    assert life.refused(Role.ADMIN, "contract.sign", IAA, **signing()) == "wrong_state"


@pytest.mark.parametrize("event", ["suspend", "terminate"])
@pytest.mark.parametrize("role", [Role.ADMIN, Role.PROVIDER, Role.FINANCE])
def test_only_an_operator_suspends_or_terminates(event: str, role: Role) -> None:
    life = Life().verified().signed()
    assert life.refused(role, f"contract.{event}", IAA, why="x") == "wrong_role"
