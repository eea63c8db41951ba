"""What people send in: forms, kept encrypted and bound to their organization and id, files, and names of games."""

import hashlib
import json
import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlmodel import Session, col, select

from models.identity import new_id
from models.tables import FileRow, GameRow, SubmissionRow, real_now
from models.typed_numbers import number_key
from storage.encryption.keyring import Keyring


class UnknownSubmission(LookupError):
    """The organization has no form of that id."""


@dataclass(frozen=True)
class Submission:
    """A form as it was filled in.

    Attributes:
        fields: JSON values; kept out of ``repr``.
        files: the files that belong to it.
        kind: which form, for example ``verification``.
        created_by: the subject of the person who filled it in.
        digest: names exactly this content, and says nothing of it: a random part is hashed with it.
    """

    fields: dict[str, Any] = field(repr=False)
    files: list[FileRow] = field(repr=False)
    kind: str = ""
    created_by: str = ""
    created_at: datetime | None = None
    digest: str = ""


def save(
    session: Session,
    keyring: Keyring,
    kind: str,
    organization_id: str,
    created_by: str,
    fields: Mapping[str, Any],
    file_ids: Sequence[str] = (),
    submission_id: str | None = None,
) -> str:
    """Keep a form; returns its id.

    Args:
        fields: JSON values.
        file_ids: uploaded files of the same organization.
        submission_id: an id made from the request, so that a repeated request keeps one submission only.
    """
    submission_id = submission_id or new_id("sub")
    if session.get(SubmissionRow, submission_id) is None:
        content = {"fields": dict(fields), "file_ids": list(file_ids), "random": secrets.token_hex(16)}
        sealed = keyring.encrypt(content, bound_to(organization_id, submission_id))
        session.add(
            SubmissionRow(
                id=submission_id,
                organization_id=organization_id,
                kind=kind,
                key_id=keyring.newest,
                fields=sealed,
                registration=registration_in(keyring, fields),
                created_by=created_by,
                created_at=real_now(),
            )
        )
        session.flush()
    return submission_id


def registrations(keyring: Keyring, number: object) -> list[bytes]:
    """By what the forms are found that have a registration number, under each key; nothing where it is none.

    Only who has a key can make it; how the number is spaced, hyphened or capitalized makes no difference.
    """
    key = "".join(filter(str.isalnum, number_key(number))) if isinstance(number, str) else ""
    return keyring.fingerprints(key, "registration numbers") if key else []


def registration_in(keyring: Keyring, fields: Mapping[str, Any]) -> bytes | None:
    """By what a form is found under the newest key; ``None`` for one without a registration number."""
    return next(iter(registrations(keyring, fields.get("registration_number"))), None)


def read(session: Session, keyring: Keyring, organization_id: str, submission_id: str) -> Submission:
    """A form again, decrypted; raises UnknownSubmission when the organization has none of that id."""
    row = session.get(SubmissionRow, submission_id)
    if row is None or row.organization_id != organization_id:
        raise UnknownSubmission(submission_id)
    opened = keyring.decrypt(row.fields, bound_to(organization_id, submission_id))
    return Submission(
        fields=opened["fields"],
        files=files_of(session, organization_id, opened["file_ids"]),
        kind=row.kind,
        created_by=row.created_by,
        created_at=row.created_at,
        digest=digest_of(opened),
    )


def earlier(session: Session, organization_id: str, submission_id: str) -> str | None:
    """The form of the same kind that an organization had submitted before; ``None`` for the first."""
    this = session.get(SubmissionRow, submission_id)
    if this is None or this.organization_id != organization_id:
        return None
    query = select(SubmissionRow.id).where(
        SubmissionRow.organization_id == organization_id,
        SubmissionRow.kind == this.kind,
        SubmissionRow.created_at < this.created_at,
    )
    return session.exec(query.order_by(col(SubmissionRow.created_at).desc())).first()


def attach(
    session: Session, keyring: Keyring, organization_id: str, submission_id: str, file: FileRow
) -> None:
    """Add a file that the platform made to a form that has none; once.

    Raises:
        UnknownSubmission: the organization has no such form.
    """
    row = session.get(SubmissionRow, submission_id, with_for_update=True)
    if row is None or row.organization_id != organization_id:
        raise UnknownSubmission(submission_id)
    place = bound_to(organization_id, submission_id)
    content = keyring.decrypt(row.fields, place)
    if not content["file_ids"]:
        content["file_ids"] = [add_file(session, file).id]
        row.fields, row.key_id = keyring.encrypt(content, place), keyring.newest


def digest_of(content: Mapping[str, Any]) -> str:
    """The SHA-256 of a form's whole content, in hex."""
    canonical = json.dumps(content, separators=(",", ":"), sort_keys=True)
    return hashlib.sha256(canonical.encode()).hexdigest()


def files_of(session: Session, organization_id: str, file_ids: Sequence[str]) -> list[FileRow]:
    """Those of an organization's files that are named, in the order in which they are named."""
    query = select(FileRow).where(FileRow.organization_id == organization_id, col(FileRow.id).in_(file_ids))
    found = {row.id: row for row in session.exec(query)}
    return [found[file_id] for file_id in file_ids if file_id in found]


def bound_to(organization_id: str, submission_id: str) -> str:
    """What the encrypted fields are bound to: they decrypt nowhere else."""
    return f"submissions/{organization_id}/{submission_id}"


def add_file(session: Session, file: FileRow) -> FileRow:
    """Remember a file; the same content under the same name is one file of the organization."""
    known = known_file(session, file)
    if known is not None:
        return known
    session.add(file)
    return file


def known_file(session: Session, file: FileRow) -> FileRow | None:
    """The file of the same content under the same name that the organization has already."""
    same = select(FileRow).where(
        FileRow.organization_id == file.organization_id,
        FileRow.sha256 == file.sha256,
        FileRow.name == file.name,
    )
    return session.exec(same).first()


def add_game(session: Session, organization_id: str, game_id: str, name: str) -> None:
    """Remember what a game is called; it is listed from its registration on."""
    if session.get(GameRow, game_id) is None:
        session.add(GameRow(id=game_id, organization_id=organization_id, name=name, created_at=real_now()))
