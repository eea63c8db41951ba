"""Taking turns: what is read and then written for an organization must not be read by two at once."""

from sqlmodel import Session, select

from models.tables import OrganizationRow


def wait_for_turn(session: Session, organization_id: str) -> None:
    """Let no two transactions record for one organization at the same time (SQLite lets no two write at all)."""
    of_organization = select(OrganizationRow.id).where(OrganizationRow.id == organization_id)
    session.exec(of_organization.with_for_update(key_share=True)).first()
