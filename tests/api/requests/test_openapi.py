"""What is written about the API is what it does."""

import json
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from api.app import create_app
from api.http.problem_types import STATUSES, kinds
from api.http.problems import TITLES
from config.settings import Settings
from lifecycle.machines import MACHINES
from models.wire.schema_descriptions import parts_of
from tests.api.support.server import Server
from tests.sandbox.box import ROOT

PROMISED = (
    "/v1/organizations/{organization_id}",
    "/v1/organizations/{organization_id}/verification",
    "/v1/organizations/{organization_id}/documents",
    "/v1/organizations/{organization_id}/qualification",
    "/v1/organizations/{organization_id}/contracts/{feature}/sign",
    "/v1/organizations/{organization_id}/games",
    "/v1/organizations/{organization_id}/games/{game_id}/integrations/{feature}/run",
    "/v1/organizations/{organization_id}/games/{game_id}/launch",
    "/v1/organizations/{organization_id}/payout-account",
    "/v1/organizations/{organization_id}/metrics",
    "/v1/organizations/{organization_id}/statements",
    "/v1/organizations/{organization_id}/statements/{statement_id}",
    "/v1/organizations/{organization_id}/statements/{statement_id}/confirm",
    "/v1/organizations/{organization_id}/statements/{statement_id}/appeal",
    "/v1/organizations/{organization_id}/invoices",
    "/v1/organizations/{organization_id}/payouts",
    "/v1/organizations/{organization_id}/payouts/{payout_id}/retry",
    "/v1/organizations/{organization_id}/timeline",
    "/v1/organizations/{organization_id}/blockers",
    "/v1/operator/queue",
    "/v1/operator/decisions",
    "/v1/webhooks/{provider}",
    "/healthz",
    "/readyz",
    "/metrics",
)


@pytest.fixture(scope="module")
def schema() -> Any:
    return json.loads((ROOT / "docs/openapi.json").read_text())


def test_the_committed_documents_are_not_stale(tmp_path: Path) -> None:
    subprocess.run([sys.executable, "-m", "api", "openapi", str(tmp_path)], cwd=ROOT, check=True)
    for name in ("openapi.json", "problems.md"):
        committed = ROOT / "docs" / name
        assert committed.read_text() == (tmp_path / name).read_text(), "run: python -m api openapi"


def test_what_is_served_is_what_is_committed(server: Server, schema: Any) -> None:
    assert server.call("GET", "/openapi.json").json()["paths"].keys() == schema["paths"].keys()
    assert set(PROMISED) <= schema["paths"].keys()


def test_every_operation_says_which_errors_it_may_answer_with(schema: Any) -> None:
    names = []
    for path, operations in schema["paths"].items():
        for operation in operations.values():
            names.append(operation["operationId"])
            assert operation.get("description") or operation.get("summary"), path
            open_to_all = path in ("/healthz", "/readyz", "/metrics") or path.startswith(
                ("/problems", "/v1/webhooks")
            )
            assert open_to_all or operation["security"], path
            for status, answer in operation["responses"].items():
                if status >= "400":
                    assert "application/problem+json" in answer["content"], f"{path} {status}"
    assert len(set(names)) == len(names)
    assert "HTTPValidationError" not in schema["components"]["schemas"]


def test_every_problem_is_listed(server: Server) -> None:
    assert set(STATUSES) == set(TITLES)
    raised = set()
    for source in (ROOT / "api").glob("*.py"):
        raised |= set(re.findall(r'(?:Problem|Unavailable)\(\s*(?:\d+,\s*)?"([a-z_]+)"', source.read_text()))
    known = kinds()
    assert raised and raised <= known.keys(), raised - known.keys()
    assert {"not_verified", "total_differs", "four_eyes", "wrong_state"} <= known.keys()
    assert server.call("GET", "/problems/not_verified").json()["statuses"] == [409]
    assert server.call("GET", "/problems/nonsense").status_code == 404


def test_every_refusal_is_listed_and_says_what_to_do() -> None:
    given = {g.code for machine in MACHINES.values() for rule in machine.rules for g in rule.guards}
    for folder in ("lifecycle", "storage", "workflows", "activities", "api"):
        words = (
            r'Refus(?:al|ed)\(\s*(?:code=)?"([a-z_]+)"'
            if folder != "api"
            else r'Refusal\(\s*code="([a-z_]+)"'
        )
        for source in (ROOT / folder).rglob("*.py"):
            given |= set(re.findall(words, source.read_text()))
    assert {"conflict_of_interest", "duplicate_invoice_number", "self_billing_not_agreed", "stale"} <= given
    listed = (ROOT / "docs" / "problems.md").read_text()
    assert [code for code in sorted(given) if f"| `{code}` |" not in listed] == []
    known = kinds()
    assert [code for code in sorted(given) if not known[code].meaning.strip()] == []


@pytest.mark.parametrize("name", ["openapi.json", "openapi-providers.json"])
def test_descriptions_are_for_readers_of_the_api(name: str) -> None:
    document = json.loads((ROOT / "docs" / name).read_text())
    written = [part["description"] for part in parts_of(document) if isinstance(part.get("description"), str)]
    assert len(written) > 100
    for text in written:
        assert not re.search(r"(?m)^(Attributes|Args|Raises|Returns):|``|\brepr\b|\A[a-z]", text), text
    money = document["components"]["schemas"]["Money"]["properties"]
    assert money["amount"]["description"].startswith("Minor units (cents for USD)")


def test_the_documents_do_not_depend_on_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    before = create_app(Settings.model_construct()).openapi()
    monkeypatch.setenv("MONETIZATION_POLICY", "fast")
    monkeypatch.setenv("MONETIZATION_API_URL", "https://elsewhere.example")
    assert create_app(Settings.model_construct()).openapi() == before
