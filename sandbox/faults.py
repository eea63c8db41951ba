"""Failures on demand: what may go wrong, where and how often; and how an answer is spoiled."""

import asyncio
import json
from collections.abc import Iterable
from enum import StrEnum
from typing import Annotated, Any, Literal

import structlog
from fastapi.responses import JSONResponse
from pydantic import BaseModel, ConfigDict, Field, JsonValue, model_validator
from sqlmodel import Session, col, or_, select
from starlette.types import Receive, Scope, Send

from models.desks import Desk
from providers.answers import Reference
from sandbox.problems import PROBLEM, Problem
from sandbox.state import World
from sandbox.store import FaultRow

DESKS = frozenset(desk.value for desk in Desk)
CALLED = DESKS | {"payments", "notifications", "earnings", "storefront", "*"}

_log = structlog.get_logger("sandbox.faults")


class Kind(StrEnum):
    """What goes wrong."""

    DELAY = "delay"
    ERROR = "error"
    ERROR_RATE = "error_rate"
    ACCEPT_THEN_TIMEOUT = "accept_then_timeout"
    ACCEPT_THEN_ERROR = "accept_then_error"
    ACCEPT_THEN_TRUNCATE = "accept_then_truncate"
    REFUSE = "refuse"
    ANSWER_LATE = "answer_late"
    RETURN_PAYMENT_AFTER = "return_payment_after"
    ANSWER_TWICE = "answer_twice"
    DROP_WEBHOOK = "drop_webhook"


ACCEPTED = (Kind.ACCEPT_THEN_TIMEOUT, Kind.ACCEPT_THEN_ERROR, Kind.ACCEPT_THEN_TRUNCATE)

_WHERE: dict[Kind, frozenset[str]] = {
    **dict.fromkeys((Kind.DELAY, Kind.ERROR, Kind.ERROR_RATE), CALLED),
    **dict.fromkeys(ACCEPTED, CALLED - {"earnings"}),
    **dict.fromkeys((Kind.REFUSE, Kind.ANSWER_LATE), DESKS | {"payments", "*"}),
    Kind.RETURN_PAYMENT_AFTER: frozenset({"payments", "*"}),
    **dict.fromkeys(
        (Kind.ANSWER_TWICE, Kind.DROP_WEBHOOK), DESKS | {"payments", "earnings", "webhooks", "*"}
    ),
}
_NEEDED = {
    Kind.DELAY: "seconds",
    Kind.ERROR: "status",
    Kind.ERROR_RATE: "probability",
    Kind.ANSWER_LATE: "days",
    Kind.RETURN_PAYMENT_AFTER: "days",
}


class Fault(BaseModel):
    """One failure on demand. Those of the same kind are tried in the order in which they were made."""

    model_config = ConfigDict(extra="forbid")

    provider: Annotated[
        str,
        Field(description="a desk, `payments`, `notifications`, `earnings`, `storefront`, `webhooks`, `*`"),
    ]
    kind: Annotated[
        Kind,
        Field(
            description="`delay`: the answer comes `seconds` late · `error`: `status` instead of an answer, "
            "nothing is carried out · `error_rate`: the same for a share of the calls (`probability`) · "
            "`accept_then_timeout`: carried out, then silence for `seconds` (30), and unknown to whoever asks "
            "for `days` · `accept_then_error`: carried out, then `status` (500) · `accept_then_truncate`: "
            "carried out, then half an answer · `refuse`: decided against (payments: fails at the bank) with "
            "`code` and `detail`, or any `action` with `facts` · `answer_late`: decided `days` late · "
            "`return_payment_after`: comes back `days` after it was paid · `answer_twice`: each webhook twice · "
            "`drop_webhook`: no webhook at all"
        ),
    ]
    organization_id: Reference | None = None
    operation: Annotated[
        Literal["request", "ask"] | None, Field(description="only for calls that send, or that ask")
    ] = None
    times: Annotated[int, Field(ge=1)] | None = Field(
        default=None, description="how often it strikes; null: until it is deleted"
    )
    probability: Annotated[float, Field(ge=0, le=1)] = 1.0
    seconds: Annotated[float, Field(ge=0, le=600)] | None = Field(default=None, description="real time")
    days: Annotated[float, Field(ge=0, le=400)] | None = Field(default=None, description="programme time")
    status: Annotated[int, Field(ge=400, le=599)] | None = None
    retry_after: Annotated[int, Field(ge=0, le=604_800)] | None = None
    not_processed: Annotated[
        bool, Field(description="with status 503: say so by `X-Not-Processed: true`")
    ] = False
    code: Annotated[str, Field(pattern=r"^[a-z0-9_]+$", max_length=60)] | None = None
    detail: Annotated[str, Field(max_length=500)] = ""
    action: Annotated[str, Field(pattern=r"^[a-z_]+\.[a-z_]+$", max_length=100)] | None = None
    facts: dict[str, JsonValue] = {}

    @model_validator(mode="after")
    def _makes_sense(self) -> "Fault":
        if self.provider not in _WHERE[self.kind]:
            raise ValueError(f"{self.kind.value} is not for {self.provider}")
        needed = _NEEDED.get(self.kind)
        if needed is not None and needed not in self.model_fields_set:
            raise ValueError(f"{self.kind.value} needs {needed}")
        return self


def take(
    session: Session,
    world: World,
    kinds: Iterable[Kind],
    providers: Iterable[str],
    organization_id: str | None,
    operation: Literal["request", "ask"] | None = None,
) -> Fault | None:
    """The first fault that strikes here and now, counted as one of its times; usually none."""
    wanted, places = set(kinds), {*providers, "*"}
    armed = or_(col(FaultRow.left).is_(None), col(FaultRow.left) > 0)
    for row in session.exec(select(FaultRow).where(armed).order_by(col(FaultRow.id))):
        fault = Fault.model_validate_json(row.fault)
        if (
            fault.kind not in wanted
            or fault.provider not in places
            or fault.organization_id not in (None, organization_id)
            or fault.operation not in (None, operation)
        ):
            continue
        row.considered += 1
        session.add(row)
        if world.chance("fault", row.id, row.considered).random() < fault.probability:
            row.struck += 1
            row.left = row.left and row.left - 1
            _log.info("fault strikes", kind=fault.kind.value, provider=fault.provider, count=row.struck)
            return fault
    return None


class Disturbance:
    """What is to go wrong with one call.

    Attributes:
        accepted: the fault that spoils the answer after the call was carried out, if any.
    """

    def __init__(
        self,
        session: Session,
        world: World,
        provider: str,
        organization_id: str | None,
        operation: Literal["request", "ask"],
    ) -> None:
        late = take(session, world, [Kind.DELAY], [provider], organization_id, operation)
        wrong = [Kind.ERROR, Kind.ERROR_RATE, *(ACCEPTED if operation == "request" else ())]
        fault = take(session, world, wrong, [provider], organization_id, operation)
        self._hold = (late.seconds or 0.0) if late else 0.0
        self.accepted = fault if fault and fault.kind in ACCEPTED else None
        self._error = fault if fault and fault.kind not in ACCEPTED else None

    def instead(self) -> "Answer | None":
        """The error to answer with instead of carrying the call out."""
        if self._error is None:
            return None
        headers = {}
        if self._error.retry_after is not None:
            headers["Retry-After"] = str(self._error.retry_after)
        if self._error.not_processed:
            headers["X-Not-Processed"] = "true"
        status = self._error.status or 503
        return self.refusal(Problem(status, self._error.code or "fault_on_demand", headers=headers))

    def answer(self, body: BaseModel, status: int = 200) -> "Answer":
        """The answer to a call that was carried out, spoiled if that is wanted."""
        fault = self.accepted
        if fault is None:
            return Answer(body.model_dump(mode="json"), status, hold=self._hold)
        if fault.kind is Kind.ACCEPT_THEN_TRUNCATE:
            return Answer(body.model_dump(mode="json"), status, hold=self._hold, truncated=True)
        if fault.kind is Kind.ACCEPT_THEN_TIMEOUT:
            self._hold += 30.0 if fault.seconds is None else fault.seconds
            return self.refusal(Problem(504, "fault_on_demand"))
        return self.refusal(Problem(fault.status or 500, fault.code or "fault_on_demand"))

    def refusal(self, problem: Problem) -> "Answer":
        """The answer to a call that is refused."""
        return Answer(
            problem.body(),
            problem.status,
            headers=problem.headers,
            media_type=PROBLEM,
            hold=self._hold,
        )


class Answer(JSONResponse):
    """An answer that may come late, or break off in the middle.

    Args:
        hold: real seconds to wait before it.
        truncated: promise the whole body, send half of it, and hang up.
    """

    def __init__(
        self,
        content: Any,
        status_code: int = 200,
        headers: dict[str, str] | None = None,
        media_type: str | None = None,
        *,
        hold: float = 0.0,
        truncated: bool = False,
    ) -> None:
        super().__init__(content, status_code, headers, media_type)
        self._hold = hold
        self._truncated = truncated

    def render(self, content: Any) -> bytes:
        return json.dumps(content, separators=(",", ":")).encode()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if self._hold:
            try:
                await asyncio.sleep(self._hold)
            except asyncio.CancelledError:
                # The sandbox stops while it lets somebody wait: that answer never comes.
                return
        if not self._truncated:
            await super().__call__(scope, receive, send)
            return
        await send({"type": "http.response.start", "status": self.status_code, "headers": self.raw_headers})
        half = bytes(self.body)[: len(self.body) // 2]
        await send({"type": "http.response.body", "body": half, "more_body": True})
