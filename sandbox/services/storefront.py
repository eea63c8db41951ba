"""The storefront: which games are live, and the reports that fall due because they are."""

from collections.abc import Sequence
from datetime import UTC, date, datetime, time, timedelta
from typing import Annotated

from fastapi import APIRouter
from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, TypeAdapter
from sqlmodel import Session, col, func, select

from models.documents import Feature
from providers.answers import Reference
from providers.http.earnings import AdDay, OrderEvent
from providers.http.notifications import Receipt
from providers.http.storefront import Listing
from sandbox.faults import Answer, Disturbance
from sandbox.market import DAY, Game, Span, Volume, ad_days_of, live_at, live_seconds, orders_of, part_of_day
from sandbox.problems import Problem, problems
from sandbox.state import Here, World
from sandbox.store import FeedRow, GameRow, PendingRow
from sandbox.webhook_sender import announce

router = APIRouter(tags=["storefront"])

BATCH = 500
NEWS_SECONDS = timedelta(seconds=10)
_SPANS: TypeAdapter[list[Span]] = TypeAdapter(list[Span])
_FEATURES: TypeAdapter[list[Feature]] = TypeAdapter(list[Feature])
_REGIONS: TypeAdapter[list[str]] = TypeAdapter(list[str])


class GameSetting(BaseModel):
    """What a test or demo wants of a game's earnings; what is not given stays as it is.

    Attributes:
        live_from: makes the game live since that (programme) moment, so that it has a past at once.
        volume: how much it earns on a day.
    """

    model_config = ConfigDict(extra="forbid")

    game_id: Reference
    organization_id: Reference
    features: list[Feature] | None = None
    regions: list[Annotated[str, Field(pattern=r"^[A-Z]{2}$")]] | None = None
    live_from: AwareDatetime | None = None
    volume: Volume | None = None


class GameState(BaseModel):
    """A game as the storefront has it."""

    game_id: str
    organization_id: str
    features: list[Feature]
    regions: list[str]
    live: bool
    spans: list[Span]
    volume: Volume


@router.post("/games", response_model=Receipt, responses=problems(409))
def publish_game(listing: Listing, here: Here) -> Answer:
    """Bring a game before the players (`live`), or withdraw it; repeating the call changes nothing.

    While a game is live it earns: see the feeds of orders and ad days.
    """
    with here.store.write() as session:
        call = Disturbance(session, here, "storefront", listing.organization_id, "request")
        if error := call.instead():
            return error
        now = here.now()
        row = _game(session, listing.game_id, listing.organization_id, now)
        if row.live:
            make_up(session, here, row, now)
        row.features = _FEATURES.dump_json(listing.features).decode()
        row.regions = _REGIONS.dump_json(listing.regions).decode()
        if listing.live != row.live:
            _open(row, now) if listing.live else _close(row, now)
        session.add(row)
        answer = call.answer(Receipt())
    here.stir()
    return answer


def set_game(here: World, wish: GameSetting) -> GameState:
    """Carry out what a test or demo wants of a game."""
    with here.store.write() as session:
        now = here.now()
        row = _game(session, wish.game_id, wish.organization_id, now)
        if wish.features is not None:
            row.features = _FEATURES.dump_json(wish.features).decode()
        if wish.regions is not None:
            row.regions = _REGIONS.dump_json(wish.regions).decode()
        if wish.volume is not None:
            row.volume = wish.volume.model_dump_json()
        if wish.live_from is not None:
            if row.spans != "[]":
                raise Problem(409, "history_exists", "The game has been live; its past cannot be changed.")
            if not timedelta(0) <= now - wish.live_from <= timedelta(days=400):
                raise Problem(422, "live_from_out_of_range", "live_from must be in the last 400 days.")
            _open(row, wish.live_from.astimezone(UTC))
        session.add(row)
        state = state_of(row)
    here.stir()
    return state


def state_of(row: GameRow) -> GameState:
    """A game as the control API shows it."""
    return GameState(
        game_id=row.game_id,
        organization_id=row.organization_id,
        features=_FEATURES.validate_json(row.features),
        regions=_REGIONS.validate_json(row.regions),
        live=row.live,
        spans=_SPANS.validate_json(row.spans),
        volume=Volume.model_validate_json(row.volume),
    )


def report_due(session: Session, world: World, now: datetime) -> None:
    """Make up the days that have begun, and report what is due."""
    begun = select(GameRow).where(col(GameRow.live).is_(True), GameRow.generated_to < now.date())
    for row in session.exec(begun.limit(BATCH)):
        make_up(session, world, row, now)
    session.flush()
    ready = select(PendingRow).where(PendingRow.available_at <= now)
    reports = session.exec(ready.order_by(col(PendingRow.available_at), PendingRow.key).limit(BATCH)).all()
    games: dict[str, tuple[GameRow, list[Span]]] = {}
    with session.no_autoflush:
        for pending in reports:
            if pending.game_id not in games:
                row = session.get_one(GameRow, pending.game_id)
                games[pending.game_id] = row, _SPANS.validate_json(row.spans)
            order = _report(session, pending, games[pending.game_id][1])
            # Webhooks are news: a past that is made up, or caught up with, is in the feed only.
            if order and pending.available_at > now - max(DAY, NEWS_SECONDS * world.clock.speed):
                _tell(session, world, order, games[pending.game_id][0])
            session.delete(pending)


def next_due(session: Session, now: datetime) -> datetime | None:
    """When the next report is due, or the next day begins for a game."""
    first = session.exec(select(func.min(PendingRow.available_at))).one()
    oldest = session.exec(select(func.min(GameRow.generated_to)).where(col(GameRow.live).is_(True))).one()
    midnight = datetime.combine(oldest, time(), UTC) + DAY if oldest else None
    return min((moment for moment in (first, midnight) if moment), default=None)


def make_up(session: Session, world: World, row: GameRow, now: datetime) -> None:
    """Make up all days of a game that have begun and are not made up yet."""
    state = state_of(row)
    game = Game(row.game_id, row.organization_id, state.features, state.regions, state.volume)
    while row.generated_to < now.date():
        row.generated_to += DAY
        if live_seconds(state.spans, row.generated_to):
            for report in (
                *orders_of(world.seed, game, row.generated_to),
                *ad_days_of(world.seed, game, row.generated_to),
            ):
                session.add(
                    PendingRow(
                        key=report.key,
                        kind=report.kind,
                        game_id=row.game_id,
                        available_at=report.available_at,
                        live_at=report.live_at,
                        payload=report.body.model_dump_json(),
                    )
                )
    session.add(row)


def _report(session: Session, pending: PendingRow, spans: Sequence[Span]) -> OrderEvent | None:
    """Put a report into its feed, unless the game was not live; returns it if it is an order."""
    order, payload = None, pending.payload
    if pending.kind == "ad_day":
        report = AdDay.model_validate_json(payload)
        seconds = live_seconds(spans, report.day)
        if not seconds:
            return None
        payload = part_of_day(report, seconds).model_dump_json()
    elif live_at(spans, pending.live_at):
        order = OrderEvent.model_validate_json(payload)
    else:
        return None
    session.add(FeedRow(kind=pending.kind, key=pending.key, payload=payload))
    return order


def _tell(session: Session, world: World, order: OrderEvent, row: GameRow) -> None:
    """Send word of an order; where a day lasts seconds, only of each game's first of a day."""
    day = order.at.date()
    if world.clock.speed == 1 or row.announced_on is None or row.announced_on < day:
        row.announced_on = day
        session.add(row)
        announce(
            session, world, "orders", row.organization_id, order.event_id, order, fault_provider="earnings"
        )


def _game(session: Session, game_id: str, organization_id: str, now: datetime) -> GameRow:
    row = session.get(GameRow, game_id)
    if row is None:
        return GameRow(game_id=game_id, organization_id=organization_id, generated_to=_day_before(now))
    if row.organization_id != organization_id:
        raise Problem(409, "game_conflict", "This game belongs to another organization.")
    return row


def _open(row: GameRow, moment: datetime) -> None:
    spans = _SPANS.validate_json(row.spans)
    if not spans:
        row.generated_to = _day_before(moment)
    row.spans = _SPANS.dump_json([*spans, (moment, None)]).decode()
    row.live = True


def _close(row: GameRow, moment: datetime) -> None:
    *earlier, (start, _) = _SPANS.validate_json(row.spans)
    row.spans = _SPANS.dump_json([*earlier, (start, moment)]).decode()
    row.live = False


def _day_before(moment: datetime) -> date:
    return moment.date() - DAY
