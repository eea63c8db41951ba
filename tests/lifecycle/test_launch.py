"""Integration, test and launch of a game."""

from typing import Any

import pytest

from models.commands import Role
from models.documents import Check
from tests.lifecycle.life import DAY, Life

GAME, IAA, IAP = "launch/g1", "integration/g1/iaa", "integration/g1/iap"


def registered(*features: str) -> Life:
    life = Life().verified().signed().qualified()
    life.admin("launch.register", GAME, game_id="g1", features=list(features or ("iaa",)))
    return life


def ready() -> Life:
    """A game that may be submitted."""
    return Life().verified().signed().qualified().tested()


def approved(*regions: str, **facts: Any) -> Life:
    life = ready()
    life.admin("launch.submit", GAME, regions=list(regions or ("JP",)))
    life.provider("launch.approve", GAME, **facts)
    return life


# ---------------------------------------------------------------------- registration and integration


def test_a_registered_game_gets_an_integration_for_each_feature() -> None:
    life = registered("iaa", "iap")
    assert (life.state(GAME), life.state(IAA), life.state(IAP)) == ("not_submitted", "not_run", "not_run")


def test_a_game_is_registered_once_under_its_own_id_with_some_feature() -> None:
    life = registered()
    again = {"game_id": "g1", "features": ["iaa"]}
    assert life.refused(Role.ADMIN, "launch.register", GAME, **again) == "already_exists"
    assert life.refused(Role.ADMIN, "launch.register", "launch/other", **again) == "id_differs"
    assert life.refused(Role.ADMIN, "launch.register", "elsewhere/g2", **again) == "wrong_document"
    assert life.refused(Role.ADMIN, "launch.register", "launch/g2", game_id="g2", features=[]) == "no_feature"


def test_the_apis_are_used_from_the_signature_on() -> None:
    life = registered("iaa", "iap")
    assert life.refused(Role.ADMIN, "integration.run", IAP) == "contract_not_signed"
    life.admin("contract.sign", "contract/iap", submission_id="s", signed_version=1, text_sha256="0" * 64)
    assert life.admin("integration.run", IAP) == "running"


def test_a_check_fails_says_why_and_how_to_mend_and_is_run_again() -> None:
    life = registered()
    life.admin("integration.run", IAA)
    check = {"name": "reward", "result": "failed", "why": "Granted early.", "fix": "Wait for the end."}
    assert life.provider("integration.fail", IAA, checks=[check]) == "failed"
    assert life[IAA].checks[0].fix == "Wait for the end."
    assert life.admin("integration.run", IAA) == "running"
    assert life[IAA].checks == []
    assert life.provider("integration.pass", IAA) == "passed"


def test_a_run_without_a_result_has_failed_after_a_day() -> None:
    life = registered()
    life.admin("integration.run", IAA)
    assert life.wait(DAY) == ["time_out"]
    assert life.state(IAA) == "failed"


def test_a_result_that_comes_after_the_next_run_has_begun_is_stale() -> None:
    life = registered()
    life.admin("integration.run", IAA)
    late = life.command(Role.PROVIDER, "integration.pass", IAA)
    life.wait(DAY)
    life.admin("integration.run", IAA)
    assert life.refusal(late).code == "stale"


def test_a_game_may_use_another_feature_later() -> None:
    life = ready()
    assert life.admin("launch.use_features", GAME, features=["iaa", "iap"]) == "not_submitted"
    assert life.state(IAA) == "passed", "what is tested stays tested"
    assert life.refused(Role.ADMIN, "launch.submit", GAME, regions=["JP"]) == "integration_not_passed"


# ---------------------------------------------------------------------- launch


def test_a_game_is_submitted_approved_and_released() -> None:
    life = approved()
    assert life.admin("launch.publish", GAME) == "live"
    assert life[GAME].launched_at == life.now
    assert life.effects[-1].name == "publish_game"


def test_launch_needs_verification_qualification_and_passed_integrations() -> None:
    life = Life().verified().signed().tested()
    assert life.refused(Role.ADMIN, "launch.submit", GAME, regions=["JP"]) == "not_qualified"
    life.qualified()
    life.operator("verification.suspend", why="check")
    assert life.refused(Role.ADMIN, "launch.submit", GAME, regions=["JP"]) == "not_verified"
    life.operator("verification.reinstate")
    life.admin("integration.run", IAA)
    assert life.refused(Role.ADMIN, "launch.submit", GAME, regions=["JP"]) == "integration_not_passed"
    life.provider("integration.pass", IAA)
    assert life.admin("launch.submit", GAME, regions=["JP"]) == "in_review"


def test_a_game_that_is_not_approved_is_mended_and_submitted_again() -> None:
    life = ready()
    life.admin("launch.submit", GAME, regions=["JP"])
    assert life.refused(Role.PROVIDER, "launch.decline", GAME) == "reason_missing"
    assert life.provider("launch.decline", GAME, why="crashes") == "not_approved"
    assert life.admin("launch.submit", GAME, regions=["JP"]) == "in_review"


def test_an_app_review_is_late_after_three_working_days() -> None:
    life = ready()
    life.admin("launch.submit", GAME, regions=["JP"])
    assert life.wait(3 * DAY) == ["review_late"]


def test_what_held_at_submission_must_hold_at_release() -> None:
    life = approved()
    life.operator("contract.suspend", "contract/iaa", why="fraud")
    assert life.refused(Role.ADMIN, "launch.publish", GAME) == "contract_not_in_force"
    life.operator("contract.reinstate", "contract/iaa")
    life.admin("integration.run", IAA)
    assert life.refused(Role.ADMIN, "launch.publish", GAME) == "integration_not_passed"
    life.provider("integration.pass", IAA)
    life.operator("verification.suspend", why="check")
    assert life.refused(Role.ADMIN, "launch.publish", GAME) == "not_verified"


@pytest.mark.parametrize("regions", [[], ["us"], ["USA"], "US", [7]])
def test_regions_are_named_in_one_way(regions: object) -> None:
    code = ready().refused(Role.ADMIN, "launch.submit", GAME, regions=regions)
    assert code in ("no_region", "invalid_facts")


def test_a_withdrawn_game_is_launched_again() -> None:
    life = approved()
    life.admin("launch.publish", GAME)
    assert life.operator("launch.withdraw", GAME) == "withdrawn"
    assert life.admin("launch.submit", GAME, regions=["JP"]) == "in_review"


# ---------------------------------------------------------------------- regions


def hong_kong() -> Life:
    return Life().verified("HK").signed().qualified().tested()


def test_a_hong_kong_entity_may_not_publish_in_the_us() -> None:
    life = hong_kong()
    code = life.refused(Role.ADMIN, "launch.submit", GAME, regions=["JP", "US"])
    assert code == "region_not_allowed"
    assert life.admin("launch.submit", GAME, regions=["JP"]) == "in_review"


def test_a_business_that_became_a_hong_kong_entity_during_review_may_not_release_in_the_us() -> None:
    life = approved("US", us_eu_approval="approved")
    life.admin("verification.renew", submission_id="s")
    life.provider("verification.verify", country="HK")
    assert life.refused(Role.ADMIN, "launch.publish", GAME) == "region_not_allowed"
    assert life.admin("launch.withdraw", GAME) == "withdrawn"
    assert life.admin("launch.submit", GAME, regions=["JP"]) == "in_review"


def test_a_business_that_turns_out_to_be_a_hong_kong_entity_leaves_the_us() -> None:
    life = approved("US", us_eu_approval="approved")
    life.admin("launch.publish", GAME)
    life.admin("verification.renew", submission_id="s")
    assert life.provider("verification.verify", country="HK") == "verified"
    assert life.state(GAME) == "withdrawn"


@pytest.mark.parametrize("approval", ["approved", "approved_with_restrictions"])
def test_us_and_eu_approval_is_kept(approval: str) -> None:
    life = approved("US", "EU", us_eu_approval=approval)
    assert life[GAME].us_eu_approval == approval
    assert life.admin("launch.publish", GAME) == "live"


def test_a_game_that_is_approved_for_none_of_its_regions_is_not_released() -> None:
    life = approved("US", "EU", us_eu_approval="not_approved")
    assert life.refused(Role.ADMIN, "launch.publish", GAME) == "no_region_approved"
    assert approved("US", "JP", us_eu_approval="not_approved").admin("launch.publish", GAME) == "live"


def test_a_check_of_the_time_when_the_fix_had_another_name_is_read_as_it_was_meant() -> None:
    recorded = {"name": "reward", "result": "failed", "why": "Granted early.", "mend": "Wait for the end."}
    read = Check.model_validate(recorded)
    assert read.fix == "Wait for the end."
    assert read == Check.model_validate(read.model_dump(mode="json"))
    assert "mend" not in read.model_dump()
