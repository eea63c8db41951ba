"""Structured logs for every process: JSON lines for machines, colours for a terminal; ids only, no personal data."""

import contextlib
import json
import logging
import sys
import threading
import warnings
from types import TracebackType
from typing import Literal, TextIO

import structlog
from structlog.types import EventDict, Processor

from config.tracebacks import show_exceptions

ALLOWED = frozenset(
    (
        "event",
        "level",
        "logger",
        "timestamp",
        "process",
        "exception",
        "organization_id",
        "workflow_id",
        "workflow_type",
        "run_id",
        "command_id",
        "request_id",
        "action",
        "document_id",
        "state",
        "code",
        "activity_id",
        "activity_type",
        "attempt",
        "effect",
        "reference",
        "invoice_id",
        "payout_id",
        "statement_id",
        "period",
        "method",
        "path",
        "route",
        "status",
        "milliseconds",
        "subject",
        "provider",
        "event_id",
        "kind",
        "count",
        "orders",
        "ad_days",
        "notification_id",
        "endpoint_id",
        "port",
        "pid",
        "url",
        "address",
        "version",
        "policy",
        "reason",
        "outcome",
        "signal",
        "error",
        "task_queue",
        "failure_class",
        "seconds",
    )
)
"""The only fields that are ever written; anything else is dropped, so that nothing private slips in."""


def log_what_nobody_catches() -> None:
    """Have what ends a process or a thread, and Python's warnings, told like all else: Python's own way repeats values."""
    log = structlog.get_logger("python")

    def ended(kind: type[BaseException], error: BaseException, trace: TracebackType | None) -> None:
        if issubclass(kind, KeyboardInterrupt):
            sys.__excepthook__(kind, error, trace)
        else:
            log.critical("ended by what nobody has foreseen", exc_info=(kind, error, trace))

    def thread_ended(given: threading.ExceptHookArgs) -> None:
        if given.exc_value is not None:
            exc_info = (given.exc_type, given.exc_value, given.exc_traceback)
            log.error("a thread ended by what nobody has foreseen", exc_info=exc_info)

    def passed_over(given: "sys.UnraisableHookArgs") -> None:
        if given.exc_value is not None:
            exc_info = (given.exc_type, given.exc_value, given.exc_traceback)
            log.error("an exception that Python could not raise", exc_info=exc_info)

    def warned(
        message: Warning | str,
        category: type[Warning],
        filename: str,
        lineno: int,
        file: TextIO | None = None,
        line: str | None = None,
    ) -> None:
        log.warning("a warning of Python's", kind=category.__name__, reason=f"{filename}:{lineno}")

    sys.excepthook, threading.excepthook, sys.unraisablehook = ended, thread_ended, passed_over
    warnings.showwarning = warned


def configure_logs(
    process: str, style: Literal["auto", "json", "pretty"] = "auto", level: int = logging.INFO
) -> None:
    """Send the logs of this process, from a level on, to standard error in one format, each line naming the process."""

    def name_process(_: object, __: str, event: EventDict) -> EventDict:
        event.setdefault("process", process)
        return event

    shared: list[Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.stdlib.add_logger_name,
        structlog.stdlib.ExtraAdder(),
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        name_process,
    ]
    pretty = style == "pretty" or (style == "auto" and sys.stderr.isatty())
    last: list[Processor] = [
        structlog.stdlib.ProcessorFormatter.remove_processors_meta,
        lift_ids,
        # Before what is not on the list is dropped: the exception comes in under a name that is not.
        show_exceptions,
        keep_allowed,
        structlog.dev.ConsoleRenderer() if pretty else structlog.processors.JSONRenderer(),
    ]
    structlog.configure(
        processors=[*shared, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
        cache_logger_on_first_use=True,
    )
    handler = Lines(sys.stderr)
    handler.setFormatter(structlog.stdlib.ProcessorFormatter(foreign_pre_chain=shared, processors=last))
    root = logging.getLogger()
    root.handlers = [handler]
    root.setLevel(level)
    for noisy in ("httpx", "httpx2", "httpcore", "uvicorn.access", "alembic"):
        logging.getLogger(noisy).setLevel(logging.WARNING)


class Lines(logging.StreamHandler[TextIO]):
    """Writes log lines; where one cannot be made, says so without repeating what it was to say."""

    def handleError(self, record: logging.LogRecord) -> None:
        """Write what kind of error it was; Python would write the line's arguments."""
        error = type(sys.exc_info()[1]).__name__
        line = {"event": "a log line could not be written", "level": "error", "logger": record.name}
        with contextlib.suppress(OSError, ValueError):
            self.stream.write(json.dumps({**line, "error": error}) + self.terminator)


def lift_ids(_: object, __: str, event: EventDict) -> EventDict:
    """Take the ids out of what Temporal's SDK says of an activity or a workflow; it puts them one level deeper."""
    for place in ("temporal_activity", "temporal_workflow"):
        for name, value in dict(event.get(place) or {}).items():
            event.setdefault("run_id" if name == "workflow_run_id" else name, value)
    return event


def keep_allowed(_: object, __: str, event: EventDict) -> EventDict:
    """Drop every field that is not on the list."""
    return {key: value for key, value in event.items() if key in ALLOWED}
