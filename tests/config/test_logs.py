"""Logs say what went wrong and where, for which organization, and never what people have typed."""

import asyncio
import io
import json
import logging
import sys
import threading
import warnings
from collections.abc import Callable, Iterator
from typing import Any

import pytest
import structlog
from pydantic import BaseModel, ValidationError
from sqlalchemy import create_engine, text
from temporalio import activity
from temporalio.exceptions import ApplicationError
from temporalio.testing import ActivityEnvironment
from temporalio.worker import ActivityInboundInterceptor, ExecuteActivityInput

from activities.interceptor import BoundActivity
from config.logs import Lines, configure_logs, log_what_nobody_catches
from config.settings import BadSetting
from models.wire.steps import LoadDossier

CANARY = "DE89370400440532013000"
"""What nobody may find in a log: an account number, say."""


@pytest.fixture
def stderr(monkeypatch: pytest.MonkeyPatch) -> Iterator[io.StringIO]:
    """Standard error, to which logs go as JSON; all is as before when the test is over."""
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    stream = io.StringIO()
    monkeypatch.setattr(sys, "stderr", stream)
    configure_logs("test", "json")
    yield stream
    root.handlers = handlers
    root.setLevel(level)
    structlog.reset_defaults()
    structlog.contextvars.clear_contextvars()


def lines_of(stderr: io.StringIO) -> list[dict[str, Any]]:
    return [json.loads(line) for line in stderr.getvalue().splitlines()]


def read_account(number: str) -> int:
    return int(number)


def test_an_exception_is_told_with_its_kind_and_its_place(stderr: io.StringIO) -> None:
    try:
        read_account(CANARY)
    except ValueError:
        structlog.get_logger("ours").exception("it went wrong", organization_id="org_1")
        logging.getLogger("a.library").exception("so did this")
    lines = lines_of(stderr)
    assert [line["event"] for line in lines] == ["it went wrong", "so did this"]
    for line in lines:
        assert "ValueError" in line["exception"] and "in read_account" in line["exception"]
        assert CANARY not in json.dumps(line)
    assert lines[0]["organization_id"] == "org_1"


def test_all_that_led_to_an_exception_is_told(stderr: io.StringIO) -> None:
    try:
        try:
            try:
                read_account(CANARY)
            except ValueError as error:
                raise KeyError(CANARY) from error
        except KeyError:
            raise ExceptionGroup(CANARY, [OSError(28, "No space left on device", CANARY)])  # noqa: B904
    except ExceptionGroup:
        structlog.get_logger("ours").exception("it went wrong")
    (line,) = lines_of(stderr)
    for kind in ("ValueError", "KeyError", "ExceptionGroup", "OSError: No space left on device"):
        assert kind in line["exception"]
    assert CANARY not in json.dumps(line)


class Account(BaseModel):
    number: int


def invalid() -> None:
    Account.model_validate({"number": CANARY})


def unstorable() -> None:
    with create_engine("sqlite://").connect() as connection:
        connection.execute(text("INSERT INTO nowhere VALUES (:number)"), {"number": CANARY})


def refused() -> None:
    raise ApplicationError(f"account {CANARY}", {"number": CANARY}, type="Refused")


def unreadable() -> None:
    with open(f"/nowhere/{CANARY}"):
        pass


def annotated() -> None:
    error = RuntimeError("x")
    error.add_note(CANARY)
    raise error


FAILURES = (invalid, unstorable, refused, unreadable, annotated)


@pytest.mark.parametrize("fail", FAILURES, ids=lambda fail: fail.__name__)
@pytest.mark.parametrize("style", ["json", "pretty"])
def test_what_people_typed_is_in_no_log_of_a_failure(
    fail: Callable[[], None], style: Any, stderr: io.StringIO, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "stderr", stderr)
    configure_logs("test", style)
    log = logging.getLogger("a.library")
    try:
        fail()
    except (ValidationError, ApplicationError, Exception) as error:
        structlog.get_logger("ours").exception("it went wrong", account_number=CANARY)
        log.error("told as an argument: %s", error, exc_info=True)
        log.error(f"told in the line: {error!r}", exc_info=error)
        log.warning(f"told without its trace: {error}")
        kind = type(error).__name__
    written = stderr.getvalue()
    assert CANARY not in written
    assert kind in written and f"in {fail.__name__}" in written


def test_a_line_without_an_exception_says_none(stderr: io.StringIO) -> None:
    structlog.get_logger("ours").error("nothing is being handled", exc_info=True)
    logging.getLogger("a.library").warning("nor here", extra={"exception": CANARY, "account": CANARY})
    assert all("exception" not in line and CANARY not in json.dumps(line) for line in lines_of(stderr))


class Failing(ActivityInboundInterceptor):
    def __init__(self) -> None:
        pass

    async def execute_activity(self, input: ExecuteActivityInput) -> Any:
        read_account(CANARY)


async def as_the_sdk_does(organization_id: str) -> None:
    """Run a failing activity and log its failure after it, in the same task."""
    step = LoadDossier(organization_id=organization_id)
    given = ExecuteActivityInput(fn=as_the_sdk_does, args=[step], executor=None, headers={})
    try:
        await BoundActivity(Failing()).execute_activity(given)
    except ValueError:
        activity.logger.warning("Completing activity as failed", exc_info=True)


async def test_a_failing_activity_is_logged_with_its_ids(stderr: io.StringIO) -> None:
    environment = ActivityEnvironment()
    running = [asyncio.create_task(environment.run(as_the_sdk_does, name)) for name in ("org_1", "org_2")]
    await asyncio.gather(*running)
    lines = lines_of(stderr)
    assert [line["organization_id"] for line in lines] == ["org_1", "org_2"]
    for line in lines:
        assert line["workflow_id"] and line["run_id"] and line["activity_type"] and line["activity_id"]
        assert line["attempt"] == 1 and "ValueError" in line["exception"]
        assert CANARY not in json.dumps(line)


def test_the_ids_that_the_sdk_keeps_one_level_deeper_are_told(
    stderr: io.StringIO,
) -> None:
    inner = {
        "workflow_id": "organization/org_1",
        "workflow_run_id": "r1",
        "activity_type": "t",
        "secret": CANARY,
    }
    logging.getLogger("temporalio.activity").warning("it went wrong", extra={"temporal_activity": inner})
    logging.getLogger("temporalio.workflow").warning(
        "it went wrong", extra={"temporal_workflow": {"run_id": "r1", "workflow_id": "organization/org_1"}}
    )
    for line in lines_of(stderr):
        assert (line["workflow_id"], line["run_id"]) == ("organization/org_1", "r1")
        assert CANARY not in json.dumps(line)


def test_a_line_that_cannot_be_written_does_not_spill_what_it_was_to_say(stderr: io.StringIO) -> None:
    class Odd:
        def __str__(self) -> str:
            raise ValueError(CANARY)

    record = logging.LogRecord(
        "a.library", logging.ERROR, __file__, 1, "it is %s, by %s", (CANARY, Odd()), None
    )
    (ours,) = [handler for handler in logging.getLogger().handlers if isinstance(handler, Lines)]
    ours.handle(record)
    (line,) = lines_of(stderr)
    assert CANARY not in json.dumps(line) and line["level"] == "error"


class Spills:
    def __del__(self) -> None:
        raise ValueError(CANARY)


def end_process() -> None:
    try:
        read_account(CANARY)
    except ValueError:
        sys.excepthook(*sys.exc_info())


def end_thread() -> None:
    thread = threading.Thread(target=read_account, args=(CANARY,))
    thread.start()
    thread.join()


def end_object() -> None:
    Spills()


def warn() -> None:
    warnings.warn(f"cannot serialize {CANARY}", UserWarning, stacklevel=1)


def set_badly() -> None:
    try:
        raise BadSetting("MONETIZATION_X is no number")
    except BadSetting:
        sys.excepthook(*sys.exc_info())


@pytest.mark.parametrize(
    ("does", "told"),
    [
        (end_process, "in read_account"),
        (end_thread, "in read_account"),
        (end_object, "ValueError"),
        (warn, "UserWarning"),
        (set_badly, "MONETIZATION_X is no number"),
    ],
)
def test_what_nobody_catches_is_a_line_like_all_others(
    stderr: io.StringIO, monkeypatch: pytest.MonkeyPatch, does: Callable[[], None], told: str
) -> None:
    for module, name in (
        (sys, "excepthook"),
        (sys, "unraisablehook"),
        (threading, "excepthook"),
        (warnings, "showwarning"),
    ):
        monkeypatch.setattr(module, name, getattr(module, name))
    log_what_nobody_catches()
    with warnings.catch_warnings():
        warnings.simplefilter("always")
        does()
    (line,) = lines_of(stderr)
    assert told in json.dumps(line) and CANARY not in json.dumps(line)
