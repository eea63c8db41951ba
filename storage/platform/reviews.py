"""The reviews that are under way, at outside desks and with people of the platform."""

from collections.abc import Collection
from typing import NamedTuple

from sqlalchemy import tuple_
from sqlmodel import Session, col, select

from models.documents import AnyDocument, stored_document
from models.tables import DocumentRow, OrganizationRow


class UnderReview(NamedTuple):
    """A document that somebody reviews, and whom it waits for."""

    organization_id: str
    organization_name: str
    document: AnyDocument
    waits_for: str | None


def under_review(session: Session, where: Collection[tuple[str, str]]) -> list[UnderReview]:
    """All documents under review, the longest waiting first.

    Args:
        where: the kinds and states of documents that are reviewed.
    """
    standing = tuple_(col(DocumentRow.machine), col(DocumentRow.state))
    query = (
        select(DocumentRow, OrganizationRow.name)
        .join(OrganizationRow, col(OrganizationRow.id) == DocumentRow.organization_id)
        .where(standing.in_(list(where)))
        .order_by(col(DocumentRow.since), col(DocumentRow.organization_id), col(DocumentRow.id))
    )
    return [
        UnderReview(row.organization_id, name, stored_document(row.facts), row.waits_for)
        for row, name in session.exec(query)
    ]
