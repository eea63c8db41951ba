"""The platform's own reviewer, played: she decides what waits for operators, through the API, as a person would.

She works like the desks: as slowly, by the same magic values and faults. Whatever else waits for the platform's people
(appeals, bank changes, failed payouts) is left to them.
"""

import asyncio
import json
import time
from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta
from typing import Any

import httpx2
import structlog
from pydantic import BaseModel, JsonValue
from sqlmodel import Session, select

from models.desks import Desk
from providers.http.reviews import ReviewRequest
from sandbox.decisions import Decision, decide, due, refuse
from sandbox.faults import Kind, take
from sandbox.services.oidc import access_token
from sandbox.services.sign_in import Somebody
from sandbox.state import World
from sandbox.store import CaseRow, opaque
from sandbox.test_values import DOUBTFUL, because

REVIEWER = Somebody("rita", "Rita Reviewer", "rita@studio.example")
"""Who she is; on a local stack she is one of the operators."""

REVIEWS: Mapping[tuple[str, str], Desk] = {
    ("verification", "in_review"): Desk.VERIFICATION,
    ("verification", "renewing"): Desk.VERIFICATION,
    ("qualification", "in_review"): Desk.QUALIFICATION,
    ("contract", "in_review"): Desk.CONTRACTS,
    ("contract", "update_in_review"): Desk.CONTRACTS,
    ("integration", "running"): Desk.INTEGRATIONS,
    ("launch", "in_review"): Desk.LAUNCHES,
    ("payout_account", "checking"): Desk.BANK_ACCOUNTS,
    ("invoice", "under_review"): Desk.INVOICES,
}
"""What she decides: kinds and states of documents, and the desk that would decide it otherwise."""

TIMEOUT = 20.0
TOKEN_SECONDS = 300
LOOK_FAST, LOOK_SLOWLY = 0.3, 5.0
"""Real seconds between two looks at the queue: where days are short, and where a day is a day."""

AGAIN = ("idempotency_in_flight", "recent_sign_in_needed")
"""Refusals that go away when the same decision is sent again."""

_log = structlog.get_logger("sandbox.staff")


class Waiting(BaseModel):
    """What she reads of a case."""

    organization_id: str
    document_id: str
    state: str
    who: str
    since: datetime
    etag: str
    your_actions: list[str]

    @property
    def desk(self) -> Desk | None:
        """The desk that would decide it otherwise; none for what is not hers."""
        if self.who != "operator":
            return None
        return REVIEWS.get((self.document_id.partition("/")[0], self.state))

    @property
    def key(self) -> tuple[str, str, str]:
        """What tells this turn of the case from others."""
        return self.organization_id, self.document_id, self.since.isoformat()


async def work(world: World) -> None:
    """Look at the queue again and again, for ever."""
    pause = LOOK_FAST if world.clock.speed != 1 else LOOK_SLOWLY
    with httpx2.Client(base_url=world.settings.api_url, timeout=TIMEOUT, trust_env=False) as http:
        desk = StaffDesk(world, http)
        while True:
            try:
                await asyncio.to_thread(desk.turn)
            except httpx2.TransportError:
                _log.info("the API does not answer")
            except Exception:
                # What she cannot read today must not stop her for good.
                _log.exception("turn failed")
            await asyncio.sleep(pause)


def said(decision: Decision) -> str:
    """A decision as the API takes it; people say why a check has failed."""
    reasons = decision.reasons
    if decision.action == "integration.fail" and not reasons:
        reasons = [because("check_failed", "A check failed; it says why and how to fix it.")]
    return json.dumps(
        {
            "action": decision.action,
            "facts": decision.facts,
            "reasons": [reason.model_dump(exclude_none=True) for reason in reasons],
        }
    )


class StaffDesk:
    """Her desk: what lies there is remembered, so that a restart changes no decision."""

    def __init__(self, world: World, http: httpx2.Client) -> None:
        self.world = world
        self.http = http
        self.token, self.token_until = "", 0.0

    def turn(self) -> None:
        """Take in what is new, and decide what is due."""
        for item in self.queue():
            if (desk := item.desk) is None:
                continue
            row = self.known(item) or self.take_in(item, desk)
            if not row.decided and row.due_at <= self.world.now():
                self.give(item, row)

    def queue(self) -> Iterator[Waiting]:
        """All cases of operators, page by page."""
        after: dict[str, str] = {}
        while True:
            found = self.call(
                "GET", "/v1/operator/queue", params={"limit": 100, "waiting_for": "operator"} | after
            )
            found.raise_for_status()
            page = found.json()
            items = [Waiting.model_validate(row) for row in page["data"]]
            yield from items
            if not page["has_more"] or not items:
                return
            after = {"starting_after": f"{items[-1].organization_id}/{items[-1].document_id}"}

    def known(self, item: Waiting) -> CaseRow | None:
        """A case that she has seen before."""
        with self.world.store.read() as session:
            return session.get(CaseRow, item.key)

    def take_in(self, item: Waiting, desk: Desk) -> CaseRow:
        """A new case, and what she will decide."""
        review = ReviewRequest(
            reference="/".join(item.key),
            organization_id=item.organization_id,
            document_id=item.document_id,
            kind=desk,
            fields=self.fields(item),
        )
        with self.world.store.write() as session:
            row = self.judged(session, item, review)
            session.add(row)
            session.flush()
            session.expunge(row)
        return row

    def judged(self, session: Session, item: Waiting, review: ReviewRequest) -> CaseRow:
        """What she will say of a case, and when: by the desks' own scenarios."""
        place = ([review.kind.value], item.organization_id)
        chance = self.world.chance("staff", review.reference)
        forced = take(session, self.world, [Kind.REFUSE], *place)
        late = take(session, self.world, [Kind.ANSWER_LATE], *place)
        before = session.exec(
            select(CaseRow.magic).where(
                CaseRow.organization_id == item.organization_id, CaseRow.document_id == item.document_id
            )
        )
        # She is the one whom others leave it to.
        worked = [DOUBTFUL, *(word for word in before if word)]
        decision = refuse(review, forced, chance) if forced else decide(review, worked, chance)
        if decision.action not in item.your_actions:
            decision = decide(review, [DOUBTFUL], chance)
        return CaseRow(
            organization_id=item.organization_id,
            document_id=item.document_id,
            since=item.since.isoformat(),
            magic=decision.magic,
            decision=said(decision),
            due_at=due(review.kind, item.since, chance) + timedelta(days=late.days or 0 if late else 0),
        )

    def fields(self, item: Waiting) -> dict[str, JsonValue]:
        """What she reads of a case, as a desk would be sent it."""
        kind, _, rest = item.document_id.partition("/")
        paths = {
            "verification": "verification",
            "qualification": "qualification",
            "payout_account": "payout-account",
            "contract": f"contracts/{rest}",
            "invoice": f"invoices/{rest}",
            "launch": f"games/{rest}",
            "integration": f"games/{rest.partition('/')[0]}",
        }
        answer = self.call("GET", f"/v1/organizations/{item.organization_id}/{paths[kind]}")
        answer.raise_for_status()
        view = answer.json()
        fields: dict[str, JsonValue] = dict((view.get("form") or {}).get("fields") or {})
        for name in ("signature", "number", "name"):
            if view.get(name):
                fields[name] = view[name]
        if kind == "launch":
            fields["regions"] = view["launch"]["regions"]
        if kind == "integration":
            fields["feature"] = rest.partition("/")[2]
        return fields

    def give(self, item: Waiting, row: CaseRow) -> None:
        """Give a decision, once; what does not fit any more is over for her."""
        body = {
            "organization_id": item.organization_id,
            "document_id": item.document_id,
            **json.loads(row.decision),
        }
        key = opaque("case", self.world.seed, *item.key, item.etag)
        headers = {"Idempotency-Key": key, "If-Match": item.etag}
        answer = self.call("POST", "/v1/operator/decisions", json=body, headers=headers)
        code = answer.json().get("code") if answer.status_code >= 400 else None
        _log.info(
            "decided",
            action=body["action"],
            document_id=item.document_id,
            status=answer.status_code,
            code=code,
        )
        if answer.status_code >= 500 or answer.status_code in (412, 429) or code in AGAIN:
            return
        with self.world.store.write() as session:
            session.get_one(CaseRow, item.key).decided = True

    def call(self, method: str, path: str, **request: Any) -> httpx2.Response:
        """Ask the API, signed in."""
        if time.time() > self.token_until - 60:
            self.token = access_token(self.world, REVIEWER, TOKEN_SECONDS)
            self.token_until = time.time() + TOKEN_SECONDS
        headers = {"Authorization": f"Bearer {self.token}", **request.pop("headers", {})}
        return self.http.request(method, path, headers=headers, **request)
