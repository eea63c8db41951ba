"""Commands without a stack: what they understand, what they say, and how they end."""

from pathlib import Path

import pytest

from cli.errors import Exit
from tests.cli.runner import monetization


def test_help_names_every_command() -> None:
    ended = monetization("--help")
    assert ended.code == Exit.OK
    for name in ("demo", "up", "worker", "api", "sandbox", "doctor", "organizations", "payouts", "namespace"):
        assert name in ended.out


@pytest.mark.parametrize(
    "arguments",
    [
        ("nonsense",),
        ("up", "--policy", "slow"),
        ("up", "--seconds-per-day", "0"),
        ("organizations", "list", "--waiting-for", "nobody"),
        ("demo", "--seed", "-1"),
        ("organizations", "resume"),
        ("organizations", "resume", "org_x", "--all"),
    ],
)
def test_a_command_line_that_cannot_be_understood_ends_with_2(arguments: tuple[str, ...]) -> None:
    assert monetization(*arguments).code == Exit.USAGE


def test_the_doctor_names_everything_that_is_missing_and_how_to_mend_it(tmp_path: Path) -> None:
    nobody = "http://127.0.0.1:9"
    env = {
        "MONETIZATION_API_URL": nobody,
        "MONETIZATION_PROVIDER_URL": nobody,
        "MONETIZATION_OIDC_ISSUER": f"{nobody}/oidc",
        "TEMPORAL_CLI": "/nowhere/temporal",
    }
    ended = monetization("doctor", "--json", "--state-dir", str(tmp_path / "nothing"), env=env)
    assert ended.code == Exit.PROBLEM
    found = {check["check"]: check for check in ended.json()["checks"]}
    assert found["Python"]["result"] == "ok"
    for name in ("temporal program", "local stack", "database", "external systems", "issuer", "API"):
        assert found[name]["result"] == "problem", found[name]
        assert found[name]["fix"], found[name]
    assert "/nowhere/temporal" in found["temporal program"]["detail"]
    assert not (tmp_path / "nothing").exists(), "looking must not make anything"


def test_the_doctor_says_what_depends_on_temporal_was_not_checked(tmp_path: Path) -> None:
    address = {"MONETIZATION_TEMPORAL_ADDRESS": "127.0.0.1:9"}
    ended = monetization("doctor", "--json", "--state-dir", str(tmp_path), env=address)
    found = {check["check"]: check["result"] for check in ended.json()["checks"]}
    assert found["Temporal"] == "problem"
    assert {found[name] for name in ("search attributes", "schedules", "worker", "workflows")} == {
        "not checked"
    }
    assert found["local stack"] == "ok", "an installation elsewhere needs no local stack"


@pytest.mark.parametrize(
    "arguments",
    [
        ("organizations", "list"),
        ("organizations", "show", "org_1"),
        ("organizations", "resume", "org_1"),
        ("payouts", "list", "--failed"),
    ],
)
def test_without_a_database_the_lists_say_what_to_do(arguments: tuple[str, ...], tmp_path: Path) -> None:
    ended = monetization(*arguments, "--state-dir", str(tmp_path))
    assert ended.code == Exit.UNREACHABLE
    assert "monetization up" in ended.err
    assert "Traceback" not in ended.err


def test_without_temporal_a_retry_says_what_to_do(tmp_path: Path) -> None:
    address = {"MONETIZATION_TEMPORAL_ADDRESS": "127.0.0.1:9"}
    ended = monetization("payouts", "retry", "inv_1", "--state-dir", str(tmp_path), env=address)
    assert ended.code == Exit.UNREACHABLE
    assert "127.0.0.1:9" in ended.err and "Traceback" not in ended.err


def test_a_damaged_stack_file_is_named(tmp_path: Path) -> None:
    (tmp_path / "stack.json").write_text("{")
    ended = monetization("organizations", "list", "--state-dir", str(tmp_path))
    assert ended.code == Exit.PROBLEM
    assert "stack.json" in ended.err and "--fresh" in ended.err


def test_up_without_a_temporal_program_says_what_to_do_and_leaves_no_lock(tmp_path: Path) -> None:
    for _ in range(2):
        ended = monetization("up", "--state-dir", str(tmp_path), env={"TEMPORAL_CLI": "/nowhere/temporal"})
        assert ended.code == Exit.UNREACHABLE
        assert "/nowhere/temporal" in ended.err
