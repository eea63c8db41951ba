"""How people want to be spoken to."""

from collections.abc import Collection

from sqlalchemy import literal
from sqlmodel import Session, col, select

from models.mail.topics import Profile
from models.tables import ProfileRow, StaffRow
from models.wire.tolerant import read_value


def profile_of(session: Session, subject: str) -> Profile:
    """How somebody wants to be spoken to; the usual way, if they have not said."""
    return profiles(session, [subject])[subject]


def profiles(session: Session, subjects: Collection[str]) -> dict[str, Profile]:
    """The same for several people."""
    rows = session.exec(select(ProfileRow).where(col(ProfileRow.subject).in_(subjects)))
    chosen = {row.subject: read_value(Profile, row.chosen) for row in rows}
    return {subject: chosen.get(subject, Profile()) for subject in subjects}


def roles_and_profile(session: Session, subject: str) -> tuple[set[str], Profile]:
    """What every page must know of its reader, at once: the roles for the platform, and how to speak to them."""
    reader = select(literal(subject).label("subject")).subquery()
    rows = session.exec(
        select(StaffRow.role, ProfileRow.chosen)
        .select_from(reader)
        .outerjoin(StaffRow, col(StaffRow.subject) == reader.c.subject)
        .outerjoin(ProfileRow, col(ProfileRow.subject) == reader.c.subject)
    ).all()
    chosen = next((chosen for _, chosen in rows if chosen is not None), None)
    return {role for role, _ in rows if role is not None}, (
        read_value(Profile, chosen) if chosen is not None else Profile()
    )


def choose(session: Session, subject: str, profile: Profile) -> None:
    """Note how somebody wants to be spoken to."""
    session.merge(ProfileRow(subject=subject, chosen=profile.model_dump(mode="json")))
