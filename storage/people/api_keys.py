"""API keys: with them a machine acts for the admin who made them. Only hashes of their secrets are kept. Real time."""

import hashlib
import secrets
from datetime import datetime, timedelta

from sqlmodel import Session, col, select

from models.tables import ApiKeyRow, MemberRow, real_now
from storage.people.members import note, take_turn

PREFIX = "mk_"
MOST_ENDED = 100
"""How many keys that are no longer good are shown."""
USED_EVERY = timedelta(minutes=1)


def digest(token: str) -> str:
    """What is kept of a key."""
    return hashlib.sha256(token.encode()).hexdigest()


def make(
    session: Session,
    organization_id: str,
    key_id: str,
    name: str,
    scopes: list[str],
    by: str,
    expires_at: datetime,
) -> str:
    """Make a key; the token, which is shown once and never again.

    Raises:
        NoLongerAdmin: ``by`` was removed meanwhile.
    """
    take_turn(session, organization_id, by)
    token = PREFIX + secrets.token_urlsafe(32)
    session.add(
        ApiKeyRow(
            id=key_id,
            organization_id=organization_id,
            name=name,
            secret_sha256=digest(token),
            scopes=scopes,
            made_by=by,
            made_at=real_now(),
            expires_at=expires_at,
        )
    )
    note(session, organization_id, "key_made", key_id, None, by)
    return token


def find(session: Session, token: str) -> ApiKeyRow | None:
    """The key of a token, if it is good, and the one who made it still an admin."""
    row = session.exec(select(ApiKeyRow).where(ApiKeyRow.secret_sha256 == digest(token))).first()
    if row is None or row.revoked_at is not None or row.expires_at <= real_now():
        return None
    maker = session.get(MemberRow, (row.organization_id, row.made_by))
    return row if maker is not None and maker.role == "admin" else None


def keys(session: Session, organization_id: str) -> list[ApiKeyRow]:
    """The keys of an organization, the newest first, and the latest of those that are no longer good as well."""
    good = col(ApiKeyRow.revoked_at).is_(None) & (col(ApiKeyRow.expires_at) > real_now())
    query = select(ApiKeyRow).where(ApiKeyRow.organization_id == organization_id)
    by_age = query.order_by(col(ApiKeyRow.made_at).desc())
    found = [*session.exec(by_age.where(good)), *session.exec(by_age.where(~good).limit(MOST_ENDED))]
    return sorted(found, key=lambda row: row.made_at, reverse=True)


def revoke(session: Session, organization_id: str, key_id: str, by: str) -> bool:
    """End a key for good; whether there is one."""
    row = session.get(ApiKeyRow, key_id)
    if row is None or row.organization_id != organization_id:
        return False
    if row.revoked_at is None:
        row.revoked_at = real_now()
        note(session, organization_id, "key_revoked", key_id, None, by)
    return True


def is_to_be_used(row: ApiKeyRow) -> bool:
    """Whether a key's use should be noted; once a minute is enough."""
    return row.used_at is None or row.used_at < real_now() - USED_EVERY


def use(session: Session, key_id: str) -> None:
    """Note that a key is in use."""
    row = session.get(ApiKeyRow, key_id)
    if row is not None:
        row.used_at = real_now()
