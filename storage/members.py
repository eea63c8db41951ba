"""Who belongs to an organization: invited, joined, changed, removed; each change is in the audit record.

No change takes the last admin: somebody must always be able to act.
"""

from datetime import timedelta

from sqlmodel import Session, col, func, select

from models.identity import new_id
from models.tables import InvitationRow, MemberEventRow, MemberRow, NotificationRow, real_now
from storage.dossiers import wait_for_turn

INVITATION_LASTS = timedelta(days=14)


class LastAdmin(Exception):
    """Without this one nobody could act for the organization."""


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
    """
    done = session.get(InvitationRow, invitation_id)
    if done is not None:
        return done
    wait_for_turn(session, organization_id)
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
    """An invitation that a person with a verified address may accept; ``None`` for everybody else."""
    row = session.get(InvitationRow, invitation_id)
    if row is None or email is None or row.email.casefold() != email.casefold():
        return None
    return row if row.ended_at is None and row.expires_at > real_now() else None


def accept(session: Session, invitation: InvitationRow, subject: str, name: str, email: str | None) -> None:
    """Join; an admin stays one even if the invitation says less."""
    organization_id = invitation.organization_id
    wait_for_turn(session, organization_id)
    before = session.get(MemberRow, (organization_id, subject))
    role = "admin" if before and before.role == "admin" else invitation.role
    session.merge(
        MemberRow(organization_id=organization_id, subject=subject, role=role, name=name, email=email)
    )
    invitation.ended_at = real_now()
    note(session, organization_id, "joined", subject, role, invitation.invited_by)


def change_role(session: Session, organization_id: str, subject: str, role: str, by: str) -> bool:
    """Make a member an admin, or an admin a plain member; whether there is such a member. Raises LastAdmin."""
    wait_for_turn(session, organization_id)
    member = session.get(MemberRow, (organization_id, subject))
    if member is None:
        return False
    if member.role != role:
        if role != "admin":
            refuse_last_admin(session, organization_id, member)
        member.role = role
        note(session, organization_id, "role_changed", subject, role, by)
    return True


def remove(session: Session, organization_id: str, subject: str, by: str) -> bool:
    """Remove a member; whether there was one. Raises LastAdmin."""
    wait_for_turn(session, organization_id)
    member = session.get(MemberRow, (organization_id, subject))
    if member is None:
        return False
    refuse_last_admin(session, organization_id, member)
    session.delete(member)
    note(session, organization_id, "removed", subject, member.role, by)
    return True


def refuse_last_admin(session: Session, organization_id: str, member: MemberRow) -> None:
    """Raise LastAdmin if there is no admin besides."""
    count = select(func.count()).where(
        MemberRow.organization_id == organization_id, MemberRow.role == "admin"
    )
    if member.role == "admin" and session.exec(count).one() == 1:
        raise LastAdmin


def note(session: Session, organization_id: str, change: str, whom: str, role: str | None, by: str) -> None:
    """Write a change into the audit record."""
    session.add(MemberEventRow(organization_id=organization_id, change=change, whom=whom, role=role, by=by))


def new_invitation_id() -> str:
    """An id that nobody can guess."""
    return new_id("ivt")
