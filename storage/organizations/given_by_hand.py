"""Who Temporal says has given a command by hand: a claim beside the audit record, never an actor in it."""

from collections.abc import Collection, Mapping

from sqlmodel import Session, col, select

from models.tables import HandRow, RefusalRow, real_now
from storage.bulk import among
from storage.database import Database, insert_into


def keep_hands(database: Database, organization_id: str, says: Mapping[str, str]) -> None:
    """Keep what Temporal says of commands, by their ids; what is kept already stays."""
    with database.transaction() as session:
        for command_id, who in says.items():
            row = HandRow(
                organization_id=organization_id, command_id=command_id, says=who, recorded_at=real_now()
            )
            session.execute(insert_into(session, HandRow).values(row.model_dump()).on_conflict_do_nothing())


def refusals(session: Session, organization_id: str, limit: int) -> list[RefusalRow]:
    """The latest commands that were refused when nobody was there to be told, those of strangers among them."""
    query = select(RefusalRow).where(RefusalRow.organization_id == organization_id)
    return list(session.exec(query.order_by(col(RefusalRow.recorded_at).desc()).limit(limit)))


def hands_of(session: Session, organization_id: str, command_ids: Collection[str]) -> dict[str, str]:
    """What Temporal says of those of some commands that were given by hand."""
    query = select(HandRow).where(
        HandRow.organization_id == organization_id, among(col(HandRow.command_id), command_ids)
    )
    return {row.command_id: row.says for row in session.exec(query)} if command_ids else {}
