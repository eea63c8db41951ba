"""How people want to be spoken to."""

from collections.abc import Collection

from sqlmodel import Session, col, select

from models.mail.topics import Profile
from models.tables import ProfileRow
from models.wire.tolerant import read_value


def profile_of(session: Session, subject: str) -> Profile:
    """How somebody wants to be spoken to; the usual way, if they have not said."""
    return profiles(session, [subject])[subject]


def profiles(session: Session, subjects: Collection[str]) -> dict[str, Profile]:
    """The same for several people."""
    rows = session.exec(select(ProfileRow).where(col(ProfileRow.subject).in_(subjects)))
    chosen = {row.subject: read_value(Profile, row.chosen) for row in rows}
    return {subject: chosen.get(subject, Profile()) for subject in subjects}


def choose(session: Session, subject: str, profile: Profile) -> None:
    """Note how somebody wants to be spoken to."""
    session.merge(ProfileRow(subject=subject, chosen=profile.model_dump(mode="json")))
