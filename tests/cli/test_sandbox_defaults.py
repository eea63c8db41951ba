"""Processes that would take the sandbox's defaults for real do not start, and say what to set."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.cli.runner import ROOT, environment, monetization

REAL = {
    "MONETIZATION_API_URL": "https://money.example.com",
    "MONETIZATION_PROVIDER_URL": "https://providers.example.com",
    "MONETIZATION_OIDC_ISSUER": "https://sign-in.example.com",
}
MISSING = {
    f"MONETIZATION_{name}"
    for name in ("WEBHOOK_SECRETS", "PROVIDER_TOKEN", "FIELD_KEYS", "PLATFORM_NAME", "PLATFORM_ADDRESS")
}


@pytest.mark.parametrize("process", [["-m", "api"], ["worker.py"]], ids=["api", "worker"])
def test_a_process_names_each_setting_and_makes_nothing(process: list[str], tmp_path: Path) -> None:
    own = REAL | {"MONETIZATION_STATE_DIR": str(tmp_path / "state"), "MONETIZATION_LOG_FORMAT": "json"}
    done = subprocess.run(
        [sys.executable, *process],
        cwd=ROOT,
        env=environment() | own,
        capture_output=True,
        text=True,
        timeout=120,
    )
    assert done.returncode == 1, done.stderr
    said = [json.loads(line)["event"] for line in done.stderr.splitlines()]
    assert {line.partition(":")[0] for line in said[:-1]} == MISSING
    assert "MONETIZATION_API_URL" in said[-1] and "no local stack" in said[-1]
    assert not os.path.exists(tmp_path / "state")


def test_the_doctor_says_the_same(tmp_path: Path) -> None:
    ended = monetization("doctor", "--json", "--state-dir", str(tmp_path), env=REAL)
    (found,) = [check for check in ended.json()["checks"] if check["check"] == "settings"]
    assert found["result"] == "problem"
    assert all(name in found["detail"] and name in found["fix"] for name in MISSING)
    ended = monetization("doctor", "--json", "--state-dir", str(tmp_path))
    (found,) = [check for check in ended.json()["checks"] if check["check"] == "settings"]
    assert found["result"] == "ok", found


def test_no_key_is_made_on_first_use_elsewhere(tmp_path: Path) -> None:
    ended = monetization("keys", "list", "--state-dir", str(tmp_path), env=REAL)
    assert ended.code == 1 and "MONETIZATION_FIELD_KEYS" in ended.err and "keys new" in ended.err
    assert not (tmp_path / "field.key").exists()


@pytest.mark.parametrize("command", [["namespace", "sync"], ["keys", "rotate"]])
def test_no_command_seals_with_a_key_that_nobody_else_has(command: list[str], tmp_path: Path) -> None:
    ended = monetization(*command, "--state-dir", str(tmp_path), env=REAL)
    assert ended.code == 1 and "MONETIZATION_FIELD_KEYS" in ended.err, ended.err
    assert not (tmp_path / "field.key").exists()
