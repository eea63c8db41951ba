"""Who may act: the members of organizations and the platform's staff."""

from collections.abc import Collection

from sqlmodel import Session, col, select

from models.commands import Actor, Role
from models.tables import MemberRow, OrganizationRow, StaffRow
from models.texts.sentences import Sentence
from storage.refusals import Refused
from words.actors import ONES

STAFF_ROLES = (Role.OPERATOR, Role.FINANCE)


def staff_names(session: Session, subjects: Collection[str]) -> dict[str, str]:
    """What those of some people are called who are of the platform's staff."""
    query = select(StaffRow).where(col(StaffRow.subject).in_(subjects))
    return {row.subject: row.name for row in session.exec(query)} if subjects else {}


def may_act(session: Session, organization_id: str, actor: Actor) -> bool:
    """Whether the database knows the actor in the role that it claims; systems are known by their role."""
    if actor.role is Role.ADMIN:
        member = session.get(MemberRow, (organization_id, actor.id))
        return member is not None and member.role == "admin"
    if actor.role in STAFF_ROLES:
        return session.get(StaffRow, (actor.id, actor.role.value)) is not None
    return True


def refuse_stranger(session: Session, organization_id: str, actor: Actor) -> None:
    """Refuse whoever may not act here: strangers, and staff who belong to the organization themselves."""
    if not may_act(session, organization_id, actor):
        raise Refused(
            "not_authorized",
            Sentence("You may not act as {who} here; ask an admin.", who=Sentence(ONES[actor.role])),
        )
    if is_partial(session, organization_id, actor):
        raise Refused(
            "conflict_of_interest",
            Sentence(
                "You belong to this organization yourself, so a colleague must decide for the platform."
            ),
        )


def is_partial(session: Session, organization_id: str, actor: Actor) -> bool:
    """Whether somebody would decide for the platform about an organization that they belong to."""
    return actor.role in STAFF_ROLES and membership(session, organization_id, actor.id) is not None


def membership(session: Session, organization_id: str, subject: str) -> str | None:
    """``admin``, ``member`` or ``None`` for somebody from elsewhere."""
    member = session.get(MemberRow, (organization_id, subject))
    return member.role if member else None


def admins(session: Session, organization_id: str) -> list[MemberRow]:
    """The admins of an organization, by name."""
    query = select(MemberRow).where(MemberRow.organization_id == organization_id, MemberRow.role == "admin")
    return list(session.exec(query.order_by(MemberRow.name)))


def staff_roles(session: Session, subject: str) -> set[str]:
    """The roles that somebody has for the platform."""
    return set(session.exec(select(StaffRow.role).where(StaffRow.subject == subject)))


def add_staff(session: Session, subject: str, role: str, name: str, email: str | None = None) -> None:
    """Make somebody staff; nothing happens if they are already. Without an address they get mail once they sign in."""
    if session.get(StaffRow, (subject, role)) is None:
        session.add(StaffRow(subject=subject, role=role, name=name, email=email))


def add_member(session: Session, member: MemberRow) -> None:
    """Add or change a member of an organization."""
    session.merge(member)


def roles_of(session: Session, subject: str) -> dict[str, str]:
    """What somebody is in each organization that they belong to."""
    query = select(MemberRow).where(MemberRow.subject == subject)
    return {member.organization_id: member.role for member in session.exec(query)}


def organizations_of(session: Session, subject: str) -> list[OrganizationRow]:
    """The organizations that somebody belongs to, by name."""
    query = (
        select(OrganizationRow)
        .join(MemberRow, MemberRow.organization_id == OrganizationRow.id)  # type: ignore[arg-type]
        .where(MemberRow.subject == subject)
    )
    return list(session.exec(query.order_by(OrganizationRow.name)))
