"""Who may act from now on: roles changed, members removed; what a person has made ends with their right to make it.

No change takes the last admin: somebody must always be able to act.
"""

from sqlmodel import Session, func, select

from models.tables import MemberRow
from storage.people import api_keys
from storage.people.members import invitations, note, revoke_invitation, take_turn
from storage.webhooks import endpoints


class LastAdmin(Exception):
    """Without this one nobody could act for the organization."""


def change_role(session: Session, organization_id: str, subject: str, role: str, by: str) -> bool:
    """Make a member an admin, or an admin a plain member; whether there is such a member.

    Raises:
        LastAdmin: there would be none left.
        NoLongerAdmin: ``by`` was removed meanwhile.
    """
    take_turn(session, organization_id, by)
    member = session.get(MemberRow, (organization_id, subject))
    if member is None:
        return False
    if member.role != role:
        if role != "admin":
            refuse_last_admin(session, organization_id, member)
            end_what_was_made(session, organization_id, subject, by)
        member.role = role
        note(session, organization_id, "role_changed", subject, role, by)
    return True


def remove(session: Session, organization_id: str, subject: str, by: str) -> bool:
    """Remove a member; whether there was one. No invitation of theirs, sent or received, brings them back.

    Raises:
        LastAdmin: there would be no admin left.
        NoLongerAdmin: ``by`` was removed meanwhile.
    """
    take_turn(session, organization_id, by)
    member = session.get(MemberRow, (organization_id, subject))
    if member is None:
        return False
    refuse_last_admin(session, organization_id, member)
    end_what_was_made(session, organization_id, subject, by)
    for invitation in invitations(session, organization_id):
        if member.email and invitation.email.casefold() == member.email.casefold():
            revoke_invitation(session, organization_id, invitation.id, by)
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


def end_what_was_made(session: Session, organization_id: str, subject: str, by: str) -> None:
    """End what an admin has made: invitations and API keys for good, webhook endpoints until a colleague wants them.

    It would not do to leave them to the checks of their use: becoming an admin again would bring them back.
    """
    for invitation in invitations(session, organization_id):
        if invitation.invited_by == subject:
            revoke_invitation(session, organization_id, invitation.id, by)
    for key in api_keys.keys(session, organization_id):
        if key.made_by == subject:
            api_keys.revoke(session, organization_id, key.id, by)
    for endpoint in endpoints.endpoints(session, organization_id):
        if endpoint.made_by == subject:
            endpoints.disable(session, endpoint, "left", by)
