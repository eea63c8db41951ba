"""Webhook endpoints: addresses at which organizations are told of what happens. Real time.

Their secrets are kept like forms: encrypted, bound to the organization, and rotated with `monetization keys`.
"""

import base64
import secrets
from datetime import timedelta

from sqlalchemy import delete
from sqlmodel import Session, col, func, select

from models.identity import new_id
from models.tables import (
    NotificationRow,
    SubmissionRow,
    TransitionRow,
    WebhookDeliveryRow,
    WebhookEndpointRow,
    real_now,
)
from storage.encryption.keyring import Keyring
from storage.locks import wait_for_turn
from storage.organizations import submissions
from storage.people.members import note, take_turn

SECRET_BYTES = 32
PREVIOUS_SECRET_LASTS = timedelta(hours=24)
MOST_ENDPOINTS = 10

WHAT_TO_DO = "enable it again on the page Webhooks, and have what it missed sent once more."
WHY_DISABLED = {
    "gone": f"A webhook endpoint of yours answered 410 (gone) and is told no more. Put it right, {WHAT_TO_DO}",
    "failing": f"A webhook endpoint of yours has taken nothing for days and is told no more. Put it right, {WHAT_TO_DO}",
    "left": "A webhook endpoint of yours was made by somebody who is no longer an admin, and is told no more. "
    f"If it is your organization's, change its secret, {WHAT_TO_DO}",
}
"""What the admins are told when an endpoint is disabled, by the reason."""


class TooManyEndpoints(Exception):
    """The organization has as many endpoints as it may have."""


class SameAddress(Exception):
    """The organization has an endpoint of that address already."""


def new_secret() -> str:
    """A secret as Standard Webhooks writes it."""
    return "whsec_" + base64.b64encode(secrets.token_bytes(SECRET_BYTES)).decode()


def keep_secrets(session: Session, keyring: Keyring, organization_id: str, by: str, live: list[str]) -> str:
    """Keep the live secrets of an endpoint, the newest first; the id of the submission."""
    return submissions.save(session, keyring, "webhook_secrets", organization_id, by, {"secrets": live})


def secrets_of(session: Session, keyring: Keyring, endpoint: WebhookEndpointRow) -> list[str]:
    """The secrets under which webhooks are signed now: two for a day after they were changed."""
    kept = submissions.read(session, keyring, endpoint.organization_id, endpoint.secrets_id)
    both = endpoint.previous_until is not None and endpoint.previous_until > real_now()
    live: list[str] = kept.fields["secrets"]
    return live if both else live[:1]


def make(
    session: Session, keyring: Keyring, organization_id: str, url: str, events: list[str], by: str
) -> tuple[WebhookEndpointRow, str]:
    """An endpoint that is told of what happens from now on, and its secret.

    Raises:
        SameAddress, TooManyEndpoints: there is none to be made.
        NoLongerAdmin: ``by`` was removed meanwhile.
    """
    take_turn(session, organization_id, by)
    others = endpoints(session, organization_id)
    if any(other.url == url for other in others):
        raise SameAddress
    if len(others) >= MOST_ENDPOINTS:
        raise TooManyEndpoints
    secret = new_secret()
    row = WebhookEndpointRow(
        id=new_id("whe"),
        organization_id=organization_id,
        url=url,
        events=events,
        secrets_id=keep_secrets(session, keyring, organization_id, by, [secret]),
        cursor=newest(session, organization_id),
        made_by=by,
        made_at=real_now(),
    )
    session.add(row)
    note(session, organization_id, "webhook_made", row.id, None, by)
    return row, secret


def newest(session: Session, organization_id: str) -> int:
    """The sequence of the last transition of an organization."""
    last = select(func.max(TransitionRow.sequence)).where(TransitionRow.organization_id == organization_id)
    return session.exec(last).one() or 0


def endpoints(session: Session, organization_id: str) -> list[WebhookEndpointRow]:
    """All endpoints of an organization, the oldest first."""
    query = select(WebhookEndpointRow).where(WebhookEndpointRow.organization_id == organization_id)
    return list(session.exec(query.order_by(col(WebhookEndpointRow.made_at), col(WebhookEndpointRow.id))))


def find(session: Session, organization_id: str, endpoint_id: str) -> WebhookEndpointRow | None:
    """One endpoint of an organization."""
    row = session.get(WebhookEndpointRow, endpoint_id)
    return row if row and row.organization_id == organization_id else None


def rotate(session: Session, keyring: Keyring, endpoint: WebhookEndpointRow, by: str) -> str:
    """Give an endpoint another secret; the one before stays good for a day beside it."""
    secret, before = new_secret(), endpoint.secrets_id
    live = [secret, *secrets_of(session, keyring, endpoint)[:1]]
    endpoint.secrets_id = keep_secrets(session, keyring, endpoint.organization_id, by, live)
    endpoint.previous_until = real_now() + PREVIOUS_SECRET_LASTS
    session.flush()
    session.execute(delete(SubmissionRow).where(col(SubmissionRow.id) == before))
    note(session, endpoint.organization_id, "webhook_secret_changed", endpoint.id, None, by)
    return secret


def enable(session: Session, endpoint: WebhookEndpointRow, by: str) -> None:
    """Tell an endpoint again, of what happens from now on and of what was still due.

    One whose maker is no longer an admin is from now on that of whoever enables it.
    """
    wait_for_turn(session, endpoint.organization_id)
    session.refresh(endpoint)
    if endpoint.disabled_at is None:
        return
    if endpoint.disabled_because == "left":
        endpoint.made_by = by
    endpoint.disabled_at, endpoint.disabled_because = None, ""
    endpoint.cursor = newest(session, endpoint.organization_id)
    note(session, endpoint.organization_id, "webhook_enabled", endpoint.id, None, by)


def disable(session: Session, endpoint: WebhookEndpointRow, because: str, by: str) -> None:
    """Tell an endpoint no more; unless an admin wanted it so, the admins hear of it."""
    wait_for_turn(session, endpoint.organization_id)
    session.refresh(endpoint)
    if endpoint.disabled_at is not None:
        return
    endpoint.disabled_at, endpoint.disabled_because = real_now(), because
    note(session, endpoint.organization_id, "webhook_disabled", endpoint.id, None, by)
    if because in WHY_DISABLED:
        session.add(
            NotificationRow(
                organization_id=endpoint.organization_id,
                command_id=f"{endpoint.id}/{endpoint.disabled_at.isoformat()}",
                position=0,
                kind="webhook.disable",
                document_id="webhooks",
                text=WHY_DISABLED[because],
                at=endpoint.disabled_at,
            )
        )


def remove(session: Session, endpoint: WebhookEndpointRow, by: str) -> None:
    """Forget an endpoint, its secrets and what was sent to it."""
    session.execute(delete(WebhookDeliveryRow).where(col(WebhookDeliveryRow.endpoint_id) == endpoint.id))
    session.execute(delete(WebhookEndpointRow).where(col(WebhookEndpointRow.id) == endpoint.id))
    session.execute(delete(SubmissionRow).where(col(SubmissionRow.id) == endpoint.secrets_id))
    note(session, endpoint.organization_id, "webhook_removed", endpoint.id, None, by)
