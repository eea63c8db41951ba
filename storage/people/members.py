"""Who belongs to an organization, and who is invited; each change is in the audit record."""

from datetime import timedelta

from sqlmodel import Session, col, select

from models.identity import new_id
from models.tables import InvitationRow, MemberEventRow, MemberRow, NotificationRow, real_now
from storage.locks import wait_for_turn

INVITATION_LASTS = timedelta(days=14)


class NoLongerAdmin(Exception):
    """Whoever asks for this was an admin when they asked, and is none now."""


def take_turn(session: Session, organization_id: str, by: str) -> None:
    """Wait for the organization's turn, in which nobody else changes who belongs to it.

    Raises:
        NoLongerAdmin: ``by`` was removed meanwhile.
    """
    wait_for_turn(session, organization_id)
    if not is_admin(session, organization_id, by):
        raise NoLongerAdmin


def is_admin(session: Session, organization_id: str, subject: str) -> bool:
    """Whether somebody is an admin at this moment, whatever the session has read before."""
    member = session.get(MemberRow, (organization_id, subject), populate_existing=True)
    return member is not None and member.role == "admin"


def members(session: Session, organization_id: str) -> list[MemberRow]:
    """All members, the admins first."""
    query = select(MemberRow).where(MemberRow.organization_id == organization_id)
    return list(session.exec(query.order_by(MemberRow.role, MemberRow.name)))


def invitations(session: Session, organization_id: str) -> list[InvitationRow]:
    """The invitations that can still be accepted, the newest first."""
    query = select(InvitationRow).where(
        InvitationRow.organization_id == organization_id,
        col(InvitationRow.ended_at).is_(None),
        InvitationRow.expires_at > real_now(),
    )
    return list(session.exec(query.order_by(col(InvitationRow.invited_at).desc())))


def invite(
    session: Session, organization_id: str, email: str, role: str, by: str, text: str, invitation_id: str
) -> InvitationRow:
    """Invite somebody by mail; an earlier invitation of the same address ends.

    Args:
        text: what the mail says.
        invitation_id: the id; inviting again under the same one changes nothing.

    Raises:
        NoLongerAdmin: ``by`` was removed meanwhile.
    """
    done = session.get(InvitationRow, invitation_id)
    if done is not None:
        return done
    take_turn(session, organization_id, by)
    now = real_now()
    for earlier in invitations(session, organization_id):
        if earlier.email.casefold() == email.casefold():
            earlier.ended_at = now
    row = InvitationRow(
        id=invitation_id,
        organization_id=organization_id,
        email=email,
        role=role,
        invited_by=by,
        invited_at=now,
        expires_at=now + INVITATION_LASTS,
    )
    session.add(row)
    session.add(
        NotificationRow(
            organization_id=organization_id,
            command_id=invitation_id,
            position=0,
            kind="member.invite",
            document_id="members",
            text=text,
            recipient=email,
            at=now,
        )
    )
    note(session, organization_id, "invited", invitation_id, role, by)
    return row


def revoke_invitation(session: Session, organization_id: str, invitation_id: str, by: str) -> bool:
    """Take an invitation back; whether there was one."""
    row = session.get(InvitationRow, invitation_id)
    if row is None or row.organization_id != organization_id:
        return False
    if row.ended_at is None:
        row.ended_at = real_now()
        note(session, organization_id, "invitation_revoked", invitation_id, row.role, by)
    return True


def open_invitation(session: Session, invitation_id: str, email: str | None) -> InvitationRow | None:
    """An invitation that a person with a verified address may accept; ``None`` for everybody else.

    It is good for as long as whoever sent it may invite.
    """
    row = session.get(InvitationRow, invitation_id, populate_existing=True)
    if row is None or email is None or row.email.casefold() != email.casefold():
        return None
    if row.ended_at is not None or row.expires_at <= real_now():
        return None
    return row if is_admin(session, row.organization_id, row.invited_by) else None


def belongs_already(
    session: Session, invitation_id: str, subject: str, email: str | None
) -> InvitationRow | None:
    """Somebody's invitation that has ended, if they have joined since it was sent: accepting it again is done already."""
    row = session.get(InvitationRow, invitation_id)
    if row is None or row.ended_at is None or email is None or row.email.casefold() != email.casefold():
        return None
    member = session.get(MemberRow, (row.organization_id, subject))
    joined = select(MemberEventRow).where(
        MemberEventRow.organization_id == row.organization_id,
        MemberEventRow.change == "joined",
        MemberEventRow.whom == subject,
        MemberEventRow.at >= row.invited_at,
    )
    return row if member is not None and session.exec(joined).first() else None


def accept(session: Session, invitation: InvitationRow, subject: str, name: str, email: str | None) -> bool:
    """Join; an admin stays one even if the invitation says less. Whether the invitation was still good."""
    organization_id = invitation.organization_id
    wait_for_turn(session, organization_id)
    if open_invitation(session, invitation.id, email) is None:
        return False
    before = session.get(MemberRow, (organization_id, subject))
    role = "admin" if before and before.role == "admin" else invitation.role
    session.merge(
        MemberRow(organization_id=organization_id, subject=subject, role=role, name=name, email=email)
    )
    invitation.ended_at = real_now()
    note(session, organization_id, "joined", subject, role, invitation.invited_by)
    return True


def note(session: Session, organization_id: str, change: str, whom: str, role: str | None, by: str) -> None:
    """Write a change into the audit record."""
    session.add(MemberEventRow(organization_id=organization_id, change=change, whom=whom, role=role, by=by))


def new_invitation_id() -> str:
    """An id that nobody can guess."""
    return new_id("ivt")
