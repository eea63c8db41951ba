"""From when on contracts and games earn, noted with the transitions that decide it, by day.

The day on which something begins counts in whole, and so does the day on which it ends.
"""

from datetime import datetime, timedelta

from sqlalchemy import delete
from sqlmodel import Session, col, select

from models.documents import AnyDocument, Contract, Launch
from models.programme.periods import day_of
from models.programme.policy import Policy
from models.states import ContractState, LaunchState
from models.tables import EarningTermRow

NOT_IN_FORCE = (ContractState.SUSPENDED, ContractState.TERMINATED)


def note_terms(
    session: Session, organization_id: str, document: AnyDocument, at: datetime, policy: Policy
) -> None:
    """Note from which day on a document earns, or no longer does, if its transition changed that."""
    if isinstance(document, Contract):
        earns = document.version is not None and document.state not in NOT_IN_FORCE
        version = document.version if earns else None
    elif isinstance(document, Launch):
        earns, version = document.state == LaunchState.LIVE, None
    else:
        return
    of_document = (
        col(EarningTermRow.organization_id) == organization_id,
        col(EarningTermRow.document_id) == document.id,
    )
    newest_first = select(EarningTermRow).where(*of_document).order_by(col(EarningTermRow.from_day).desc())
    last = session.exec(newest_first).first()
    if (last.earns, last.version) == (earns, version) if last else not earns:
        return
    day = day_of(at, policy) + timedelta(days=0 if earns else 1)
    session.execute(delete(EarningTermRow).where(*of_document, col(EarningTermRow.from_day) >= day))
    session.add(
        EarningTermRow(
            organization_id=organization_id,
            document_id=document.id,
            from_day=day,
            earns=earns,
            version=version,
        )
    )
