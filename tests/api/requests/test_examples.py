"""The examples in the documentation are complete, true to the schemas, taken by the models, and invented."""

import json
import re
from collections.abc import Iterator
from functools import cache
from typing import Any

import jsonschema_rs
from fastapi.routing import APIRoute

from api.examples import PROBLEMS
from api.http.problem_types import STATUSES
from api.http.problems import MEDIA_TYPE, STATUS_OF_REFUSAL
from tests.api.support.endpoints import routes
from tests.sandbox.box import ROOT

SCHEMA = json.loads((ROOT / "docs/openapi.json").read_text())
FILES = ("application/pdf", "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet")
"""What is a file has no example."""

Body = tuple[str, str, dict[str, Any]]


def operations() -> Iterator[tuple[str, dict[str, Any]]]:
    for path, found in SCHEMA["paths"].items():
        for method, operation in found.items():
            yield f"{method.upper()} {path}", operation


def requests() -> list[Body]:
    return [
        (name, media_type, media)
        for name, operation in operations()
        for media_type, media in operation.get("requestBody", {}).get("content", {}).items()
    ]


def answers() -> list[Body]:
    return [
        (f"{name} {status}", media_type, media)
        for name, operation in operations()
        for status, answer in operation["responses"].items()
        for media_type, media in answer.get("content", {}).items()
        if media_type not in FILES
    ]


def example(name: str, media: dict[str, Any]) -> Any:
    """The example of a body."""
    assert "examples" in media, f"{name}: add one to api/examples"
    kept = media["examples"]["example"]["$ref"].rpartition("/")[2]
    return SCHEMA["components"]["examples"][kept]["value"]


@cache
def validator(schema: str) -> jsonschema_rs.Validator:
    return jsonschema_rs.validator_for(
        {**json.loads(schema), "components": SCHEMA["components"]}, validate_formats=True
    )


def check(name: str, schema: dict[str, Any], value: Any) -> None:
    wrong = [error.message for error in validator(json.dumps(schema)).iter_errors(value)]
    assert not wrong, (name, wrong)


def test_every_body_that_is_sent_has_an_example_that_is_taken() -> None:
    fields = {
        f"{method} {route.path}": route.body_field
        for route in routes()
        if isinstance(route, APIRoute)
        for method in route.methods or ()
    }
    for name, media_type, media in requests():
        given = example(name, media)
        check(name, media["schema"], given)
        if media_type == "application/json":
            field = fields[name]
            assert field is not None
            _, errors = field.validate(given, {}, loc=("body",))
            assert not errors, (name, errors)
    assert len(requests()) > 25


def test_every_answer_has_an_example_that_is_as_described() -> None:
    for name, media_type, media in answers():
        given = example(name, media)
        if media_type in ("application/json", MEDIA_TYPE):
            check(name, media["schema"], given)
        else:
            assert isinstance(given, str) and given, name
        if media_type == MEDIA_TYPE:
            assert str(given["status"]) == name.split()[-1], name
    assert len(answers()) > 800


def test_problems_are_such_as_there_are() -> None:
    for status, (code, _) in PROBLEMS.items():
        assert status in STATUSES.get(code, ()) or STATUS_OF_REFUSAL.get(code, 409) == status


def test_every_example_is_shown_and_looks_invented() -> None:
    kept = SCHEMA["components"]["examples"]
    shown = set(re.findall(r'"#/components/examples/(\w+)"', json.dumps(SCHEMA["paths"])))
    assert shown == set(kept)
    text = json.dumps(kept)
    hosts = set(re.findall(r"https?://([^/\"\\]+)", text)) | set(re.findall(r"[\w.]+@([\w.]+)", text))
    assert hosts and all(host.endswith((".example", "example.com")) for host in hosts), hosts
    ids = set(re.findall(r'"((?:org|st|inv|game|file|cmp|key|whe|ivt)_[0-9A-Za-z]+)"', text))
    assert len(ids) > 5 and all("example" in one or re.search(r"_([01]|ids?)$", one) for one in ids), ids
