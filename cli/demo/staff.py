"""The platform's people at work: each takes what waits for them, and decides."""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from cli.demo.api_client import ApiClient, Declined
from cli.demo.api_models import Waiting
from cli.demo.people import Person
from models.identity import DocumentId

LOOK_EVERY = 0.6


@dataclass(frozen=True)
class Decision:
    """What somebody does about a document that waits for them."""

    action: str
    reasons: tuple[Mapping[str, str], ...] = ()
    facts: Mapping[str, Any] = field(default_factory=dict)


OPERATORS: Mapping[tuple[str, str], Decision] = {
    ("payout_account", "change_in_review"): Decision("payout_account.approve_change"),
    ("payout_account", "in_review"): Decision("payout_account.accept"),
    ("statement", "appeal_review"): Decision(
        "statement.replace",
        ({"code": "ad_days_missing", "detail": "You are right: the report of two ad days came late."},),
        {"adjustment": {"amount": 1234, "currency": "USD"}},
    ),
    ("payout", "awaiting_funds"): Decision("payout.retry", ({"code": "funded"},)),
    ("payout", "declined"): Decision("payout.retry", ({"code": "cause_mended"},)),
}
"""What Olga does, by machine and state."""

FINANCE: Mapping[tuple[str, str], Decision] = {
    ("payout_account", "change_awaiting_approval"): Decision("payout_account.approve_change"),
    ("payout", "awaiting_approval"): Decision("payout.approve"),
}
"""What Femi does."""


async def work(
    client: ApiClient,
    person: Person,
    role: Literal["operator", "finance"],
    decisions: Mapping[tuple[str, str], Decision],
) -> None:
    """Decide whatever waits for a role, for ever."""
    while True:
        queue = await client.get(person, "/v1/operator/queue", limit=100, waiting_for=role)
        for item in (Waiting.model_validate(row) for row in queue["data"]):
            machine = DocumentId(item.document_id).machine
            decision = decisions.get((machine, item.state))
            if decision is not None and decision.action in item.your_actions:
                await decide(client, person, item, decision)
        await asyncio.sleep(LOOK_EVERY)


async def decide(client: ApiClient, person: Person, item: Waiting, decision: Decision) -> None:
    """Give a decision, once for each time that its document waits."""
    body = {
        "organization_id": item.organization_id,
        "document_id": item.document_id,
        "action": decision.action,
        "reasons": [dict(reason) for reason in decision.reasons],
        "facts": {**decision.facts, **await what_was_seen(client, person, item, decision)},
    }
    key = f"{item.document_id}@{item.since.isoformat()}/{decision.action}"
    try:
        await client.post(person, "/v1/operator/decisions", body, key=key)
    except Declined as declined:
        # Somebody was faster, or it has moved on: the queue will say.
        if declined.status != 409:
            raise


async def what_was_seen(
    client: ApiClient, person: Person, item: Waiting, decision: Decision
) -> Mapping[str, Any]:
    """The facts by which a decision holds only for what the person has looked at."""
    if item.approval is not None:
        return {"approved_digest": item.approval.digest}
    if decision.action != "payout_account.approve_change":
        return {}
    account = await client.get(person, f"/v1/organizations/{item.organization_id}/payout-account")
    return {"approved_digest": account["proposed"]["digest"]} if account["proposed"] else {}
