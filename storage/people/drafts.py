"""Long forms that somebody has begun to fill in, encrypted, until they are submitted. Real time throughout."""

import json
from datetime import timedelta

from sqlalchemy import delete
from sqlmodel import Session, col

from models.tables import DraftRow, real_now
from storage.encryption.keyring import Keyring

LASTS = timedelta(days=14)
LARGEST = 64 * 1024
"""How many bytes of a draft are kept; no form that people fill in is nearly as long."""

Fields = dict[str, list[str]]


def save(session: Session, keyring: Keyring, subject: str, path: str, fields: Fields) -> bool:
    """Keep what somebody has typed into the form of a page; not if it is longer than what is kept."""
    if len(json.dumps(fields)) > LARGEST:
        return False
    now = real_now()
    session.execute(delete(DraftRow).where(col(DraftRow.saved_at) < now - LASTS))
    sealed = keyring.encrypt(fields, context(subject, path))
    session.merge(DraftRow(subject=subject, path=path, fields=sealed, saved_at=now))
    return True


def find(session: Session, keyring: Keyring, subject: str, path: str) -> Fields | None:
    """What somebody has typed there before; ``None`` after two weeks, or when its key was taken from the ring."""
    row = session.get(DraftRow, (subject, path))
    if row is None or row.saved_at < real_now() - LASTS:
        return None
    try:
        return keyring.decrypt(row.fields, context(subject, path))
    except KeyError:
        return None


def drop(session: Session, subject: str, path: str) -> None:
    """It was submitted, or is not wanted any more."""
    session.execute(delete(DraftRow).where(col(DraftRow.subject) == subject, col(DraftRow.path) == path))


def context(subject: str, path: str) -> str:
    """What a draft's encryption is bound to."""
    return f"draft/{subject}/{path}"
