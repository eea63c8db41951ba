"""How many of what people make an organization, or a person, may have: a clear refusal long before anything bursts.

Those who ask at once take turns. Games are counted once more where their registration is recorded, because only then
is there one more.
"""

from datetime import timedelta

from sqlalchemy import ColumnElement
from sqlmodel import Session, col, func, or_, select

from models.tables import (
    ApiKeyRow,
    ComparisonRow,
    DocumentRow,
    FileRow,
    InvitationRow,
    MemberRow,
    OrganizationRow,
    real_now,
)
from models.texts.sentences import Sentence
from storage.locks import wait_for_turn
from storage.organizations.submissions import add_file, known_file

DAY = timedelta(days=1)


class CeilingReached(Exception):
    """There are as many as there may be.

    Attributes:
        way_out: what to do about it, for the person who asked.
    """

    def __init__(self, way_out: Sentence) -> None:
        super().__init__(way_out)
        self.way_out = way_out


def refuse_more_organizations(session: Session, subject: str, most: int) -> None:
    """Raise CeilingReached if a person has founded as many organizations as one may."""
    own = OrganizationRow.created_by == subject
    by_age = select(OrganizationRow.id).where(own).order_by(col(OrganizationRow.created_at))
    first = session.exec(by_age.limit(1)).first()
    if first is not None:
        wait_for_turn(session, first)
    if session.exec(select(func.count()).select_from(OrganizationRow).where(own)).one() >= most:
        raise CeilingReached(
            Sentence("You have founded {count} organizations; ask the platform if you need more.", count=most)
        )


def refuse_more_games(session: Session, organization_id: str, most: int) -> None:
    """Raise CeilingReached if an organization has registered as many games as it may."""
    games = (DocumentRow.organization_id == organization_id, DocumentRow.machine == "launch")
    if session.exec(select(func.count()).select_from(DocumentRow).where(*games)).one() >= most:
        raise CeilingReached(
            Sentence("There are {count} games already; ask the platform if you need more.", count=most)
        )


def refuse_more_members(session: Session, organization_id: str, email: str, most: int) -> None:
    """Raise CeilingReached if as many people belong to an organization, or are invited by other addresses, as may."""
    wait_for_turn(session, organization_id)
    belong = select(func.count()).select_from(MemberRow).where(MemberRow.organization_id == organization_id)
    invited = (
        select(func.count())
        .select_from(InvitationRow)
        .where(
            InvitationRow.organization_id == organization_id,
            col(InvitationRow.ended_at).is_(None),
            InvitationRow.expires_at > real_now(),
            func.lower(InvitationRow.email) != email.lower(),
        )
    )
    if session.exec(belong).one() + session.exec(invited).one() >= most:
        raise CeilingReached(
            Sentence(
                "There are {count} members and invitations already; end those no longer needed.", count=most
            )
        )


def refuse_more_memberships(session: Session, organization_id: str, subject: str, most: int) -> None:
    """Raise CeilingReached if somebody would join one organization too many; those that they are in already go on.

    Of invitations accepted at the same moment a few more may pass: nobody waits here, where each waits for another's turn.
    """
    others = MemberRow.subject == subject, MemberRow.organization_id != organization_id
    if session.exec(select(func.count()).select_from(MemberRow).where(*others)).one() >= most:
        raise CeilingReached(
            Sentence(
                "You belong to {count} organizations already; ask an admin of one that you no longer need to remove you.",
                count=most,
            )
        )


def refuse_more_comparisons(session: Session, organization_id: str, most: int) -> None:
    """Raise CeilingReached if an organization keeps as many comparisons as it may; those that come at once take turns."""
    wait_for_turn(session, organization_id)
    own = ComparisonRow.organization_id == organization_id
    if session.exec(select(func.count()).select_from(ComparisonRow).where(own)).one() >= most:
        raise CeilingReached(
            Sentence("There are {count} comparisons already; ask the platform if you need more.", count=most)
        )


def refuse_more_invitations(
    session: Session, organization_id: str, email: str, by: str, a_day: int, to_one: int
) -> None:
    """Raise CeilingReached if a day's invitations are sent: an organization's, a person's, or those to one address.

    Args:
        a_day: how many an organization, or a person for all of theirs, may send in a day.
        to_one: how many one address may be sent in a day.
    """
    wait_for_turn(session, organization_id)

    def sent(which: ColumnElement[bool]) -> int:
        lately = col(InvitationRow.invited_at) > real_now() - DAY
        return session.exec(select(func.count()).select_from(InvitationRow).where(which, lately)).one()

    for which in (col(InvitationRow.organization_id) == organization_id, col(InvitationRow.invited_by) == by):
        if sent(which) >= a_day:
            raise CeilingReached(
                Sentence(
                    "{count} invitations were sent in the last 24 hours already; go on tomorrow.", count=a_day
                )
            )
    if sent(to_mailbox(email)) >= to_one:
        raise CeilingReached(
            Sentence(
                "This address was sent several invitations in the last 24 hours already. Ask them to look for the latest "
                "one, also among their spam, or invite them again tomorrow."
            )
        )


def to_mailbox(email: str) -> ColumnElement[bool]:
    """Which invitations went to the mailbox of an address: what stands behind a plus only says how mail is sorted there."""
    local, _, domain = email.rpartition("@")
    mailbox = local.partition("+")[0] or local
    tagged = "".join(f"!{sign}" if sign in "!%_" else sign for sign in f"{mailbox}+\0@{domain}").replace(
        "\0", "%"
    )
    invited = func.lower(col(InvitationRow.email))
    return or_(
        invited == func.lower(email),
        invited == func.lower(f"{mailbox}@{domain}"),
        invited.like(func.lower(tagged), escape="!"),
    )


def refuse_more_api_keys(session: Session, organization_id: str, most: int) -> None:
    """Raise CeilingReached if as many keys of an organization are good as may be."""
    wait_for_turn(session, organization_id)
    good = (
        select(func.count())
        .select_from(ApiKeyRow)
        .where(
            ApiKeyRow.organization_id == organization_id,
            col(ApiKeyRow.revoked_at).is_(None),
            ApiKeyRow.expires_at > real_now(),
        )
    )
    if session.exec(good).one() >= most:
        raise CeilingReached(
            Sentence(
                "There are {count} API keys already; revoke those that are no longer needed.", count=most
            )
        )


def refuse_more_files(session: Session, file: FileRow, most: int) -> None:
    """Raise CeilingReached if a file would be one too many for its organization; one that it has is not one more."""
    if known_file(session, file) is not None:
        return
    own = FileRow.organization_id == file.organization_id
    if session.exec(select(func.count()).select_from(FileRow).where(own)).one() >= most:
        raise CeilingReached(
            Sentence("There are {count} files already; ask the platform if you need more.", count=most)
        )


def add_upload(session: Session, file: FileRow, most: int) -> FileRow:
    """Remember an uploaded file; of those that come at once each waits until the one before it is counted.

    Raises:
        CeilingReached: the organization keeps as many files as it may.
    """
    wait_for_turn(session, file.organization_id)
    refuse_more_files(session, file, most)
    return add_file(session, file)
