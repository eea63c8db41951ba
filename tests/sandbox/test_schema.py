"""The providers' OpenAPI document is what the sandbox speaks, and the sandbox behaves as a process should."""

import json
import subprocess
import sys
from pathlib import Path

from tests.sandbox.box import ROOT, Box


def test_the_committed_schema_is_fresh(tmp_path: Path) -> None:
    fresh = tmp_path / "openapi.json"
    subprocess.run([sys.executable, "-m", "sandbox", "openapi", str(fresh)], cwd=ROOT, check=True)
    committed = ROOT / "docs" / "openapi-providers.json"
    assert fresh.read_text() == committed.read_text(), "run: .venv/bin/python -m sandbox openapi"


def test_the_schema_shows_the_providers_only() -> None:
    schema = json.loads((ROOT / "docs" / "openapi-providers.json").read_text())
    assert set(schema["paths"]) == {
        "/{desk}/reviews",
        "/payments",
        "/payments/records",
        "/payments/void",
        "/earnings/orders",
        "/earnings/ad-days",
        "/notifications",
        "/games",
    }
    assert set(schema["webhooks"]) == {"{desk}", "payments", "orders"}
    for path in schema["paths"].values():
        for operation in path.values():
            assert operation["summary"] and operation["description"] and operation["tags"]
            assert operation["security"]


def test_health_and_docs(box: Box) -> None:
    health = box.call("GET", "/healthz", token=None)
    assert health.json()["status"] == "ok" and health.headers["x-request-id"]
    assert box.call("GET", "/docs", token=None).status_code == 200
    assert "/control/faults" in box.call("GET", "/openapi.json", token=None).json()["paths"]
    for method, path in (("GET", "/control/payments"), ("POST", "/control/faults"), ("GET", "/payments")):
        assert box.call(method, path, token="wrong").status_code == 401
    assert box.call("GET", "/nowhere").json()["code"] == "not_found"
    assert box.call("PATCH", "/payments").json()["code"] == "method_not_allowed"


def test_logs_are_json(box: Box) -> None:
    box.call("GET", "/healthz?secret=CANARY-QUERY")
    lines = [json.loads(line) for line in box.log.splitlines()]
    assert any(line["event"] == "request" and line["request_id"] for line in lines)
    assert "CANARY-QUERY" not in box.log
