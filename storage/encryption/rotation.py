"""A change of the key under which forms are kept: everything is encrypted again with the newest one."""

from cryptography.exceptions import InvalidTag
from sqlmodel import Session, col, func, select

from models.tables import SubmissionRow
from storage.encryption.keyring import Keyring
from storage.organizations.submissions import bound_to, registration_in


class Unopened(RuntimeError):
    """A form that cannot be decrypted: its key is not in the ring, or it was tampered with."""

    def __init__(self, submission_id: str, key_id: str, known: bool) -> None:
        super().__init__(submission_id)
        self.submission_id = submission_id
        self.key_id = key_id
        self.known = known


def keys_in_use(session: Session) -> dict[str, int]:
    """How many forms each key keeps."""
    query = select(SubmissionRow.key_id, func.count()).group_by(SubmissionRow.key_id)
    return dict(session.exec(query.order_by(SubmissionRow.key_id)).all())


def rotate_batch(session: Session, keyring: Keyring, limit: int) -> int:
    """Encrypt some forms again that older keys keep; how many. Nothing is left to do at 0.

    Each call is for a transaction of its own: stopped at any point, it goes on where it was.

    Raises:
        Unopened: a form cannot be decrypted; the others of the batch stay as they were.
    """
    query = (
        select(SubmissionRow)
        .where(SubmissionRow.key_id != keyring.newest)
        .order_by(col(SubmissionRow.id))
        .limit(limit)
        .with_for_update(skip_locked=True)
    )
    rows = session.exec(query).all()
    for row in rows:
        place = bound_to(row.organization_id, row.id)
        try:
            content = keyring.decrypt(row.fields, place)
        except (KeyError, InvalidTag):
            raise Unopened(row.id, row.key_id, row.key_id in keyring.keys) from None
        row.fields, row.key_id = keyring.encrypt(content, place), keyring.newest
        row.registration = registration_in(keyring, content["fields"])
        session.add(row)
    return len(rows)
