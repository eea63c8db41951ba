"""Who is signed in to the console, and what they had typed when their session ended. Real time throughout.

Only hashes of secrets are kept: whoever reads the database cannot sign in with what it holds.
"""

import hashlib
import json
import secrets
from datetime import datetime, timedelta

from sqlalchemy import delete, update
from sqlmodel import Session, col, select

from models.mail.topics import Profile
from models.tables import ParkedFormRow, ProfileRow, SessionRow, StaffRow, real_now
from models.wire.tolerant import read_value
from storage.encryption.keyring import Keyring

IDLE = timedelta(hours=2)
LONGEST = timedelta(hours=12)
PARKED_LASTS = timedelta(hours=2)
MOST_PARKED = 5
"""How many forms of one person wait at once; the oldest make way."""
LARGEST_PARKED = 64 * 1024
"""How many bytes of a form are kept; none that people fill in is nearly as long."""
SEEN_EVERY = timedelta(minutes=1)


def digest(secret: str) -> str:
    """What is kept of a secret."""
    return hashlib.sha256(secret.encode()).hexdigest()


def begin(
    session: Session, subject: str, name: str, email: str | None, authenticated_at: datetime | None
) -> str:
    """Sign somebody in; the secret of their session. The platform's staff get their mail where the issuer says."""
    secret, now = secrets.token_urlsafe(32), real_now()
    if email:
        own = update(StaffRow).where(col(StaffRow.subject) == subject)
        session.execute(own.values(email=email))
    session.add(
        SessionRow(
            secret_sha256=digest(secret),
            subject=subject,
            name=name,
            email=email,
            begun_at=now,
            seen_at=now,
            authenticated_at=authenticated_at,
        )
    )
    return secret


def find(session: Session, secret: str) -> SessionRow | None:
    """The session of a secret, unless it has ended: after two idle hours, or twelve in all."""
    return found[0] if (found := find_with_language(session, secret)) else None


def find_with_language(session: Session, secret: str) -> tuple[SessionRow, str] | None:
    """The same, with the language that its person has chosen; empty where they have not."""
    found = session.exec(
        select(SessionRow, ProfileRow.chosen)
        .outerjoin(ProfileRow, col(ProfileRow.subject) == col(SessionRow.subject))
        .where(col(SessionRow.secret_sha256) == digest(secret))
    ).first()
    now = real_now()
    if found is None or found[0].seen_at < now - IDLE or found[0].begun_at < now - LONGEST:
        return None
    row, chosen = found
    return row, read_value(Profile, chosen).language if chosen is not None else ""


def is_to_be_seen(row: SessionRow) -> bool:
    """Whether a session's use should be noted; once a minute is enough."""
    return row.seen_at < real_now() - SEEN_EVERY


def see(session: Session, secret: str) -> None:
    """Note that a session is in use."""
    row = session.get(SessionRow, digest(secret))
    if row is not None:
        row.seen_at = real_now()


def end(session: Session, secret: str) -> None:
    """Sign out of one session; the old ones of everybody go as well."""
    session.execute(
        delete(SessionRow).where(
            (col(SessionRow.secret_sha256) == digest(secret))
            | (col(SessionRow.begun_at) < real_now() - LONGEST)
        )
    )


def end_all(session: Session, subject: str) -> None:
    """Sign somebody out everywhere."""
    session.execute(delete(SessionRow).where(col(SessionRow.subject) == subject))


def ended(session: Session, secret: str) -> str | None:
    """Whose session it was that has ended by itself; ``None`` when it is not known."""
    row = session.get(SessionRow, digest(secret))
    return row.subject if row else None


def park(
    session: Session, keyring: Keyring, subject: str, path: str, fields: dict[str, list[str]]
) -> str | None:
    """Keep what somebody had typed until they have signed in again; the id under which it is found.

    ``None`` if it is longer than what is kept: an ended session proves little of who asks.
    """
    if len(json.dumps([path, fields])) > LARGEST_PARKED:
        return None
    parked_id, now = secrets.token_urlsafe(16), real_now()
    session.execute(delete(ParkedFormRow).where(col(ParkedFormRow.parked_at) < now - PARKED_LASTS))
    own = select(ParkedFormRow.id).where(ParkedFormRow.subject == subject)
    newest = own.order_by(col(ParkedFormRow.parked_at).desc(), ParkedFormRow.id)
    older = session.exec(newest.offset(MOST_PARKED - 1)).all()
    session.execute(delete(ParkedFormRow).where(col(ParkedFormRow.id).in_(older)))
    session.add(
        ParkedFormRow(
            id=parked_id,
            subject=subject,
            path=path,
            fields=keyring.encrypt(fields, f"parked/{parked_id}/{subject}"),
            parked_at=now,
        )
    )
    return parked_id


def parked(
    session: Session, keyring: Keyring, parked_id: str, subject: str, path: str
) -> dict[str, list[str]] | None:
    """What somebody had typed into the form of a page; ``None`` for others, other pages, after two hours, or when its
    key was taken from the ring meanwhile.
    """
    row = session.get(ParkedFormRow, parked_id)
    if row is None or (row.subject, row.path) != (subject, path) or row.parked_at < real_now() - PARKED_LASTS:
        return None
    try:
        return keyring.decrypt(row.fields, f"parked/{parked_id}/{subject}")
    except KeyError:
        return None
