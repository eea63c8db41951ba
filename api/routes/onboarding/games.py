"""Games: registered, integrated, launched."""

from datetime import datetime
from typing import Annotated

from fastapi import APIRouter
from pydantic import AfterValidator, BaseModel, Field
from sqlmodel import Session

from api.http.bodies import Body, Country, Line, unique
from api.http.ceilings import ceiling_told
from api.http.problems import not_found
from api.http.routing import COMMAND, READ, GameId, Limit, StartingAfter, organization_router
from api.installation import Here
from api.security.identity import Reading
from api.services.commands import AsAdmin
from api.services.organization_snapshot import Standing, stand
from api.services.views import DocumentView, Done, Paged
from models.documents import Check, Feature, Integration, Release
from models.tables import GameRow
from storage.organizations import queries
from storage.organizations.ceilings import refuse_more_games
from storage.organizations.submissions import add_game

router: APIRouter = organization_router("games")

Features = Annotated[
    list[Annotated[Feature, Field(strict=False)]], Field(min_length=1), AfterValidator(unique)
]


class IntegrationView(DocumentView):
    """The integration of one feature into a game, check by check."""

    game_id: str
    feature: Feature
    checks: list[Check]


class ReleaseView(DocumentView):
    """The launch of a game."""

    game_id: str
    features: list[Feature]
    regions: list[str]
    us_eu_approval: str | None
    released_at: datetime | None


class GameView(BaseModel):
    """A game: its integrations and its launch."""

    id: str
    name: str
    created_at: datetime
    release: ReleaseView
    integrations: list[IntegrationView]


class NewGame(Body):
    """A game, and the features that it will use."""

    name: Line
    features: Features


class GameFeatures(Body):
    """The features that a game uses from now on."""

    features: Features


class Regions(Body):
    """Where a game is to be launched: ISO 3166 countries, and EU."""

    regions: Annotated[list[Country], Field(min_length=1, max_length=250), AfterValidator(unique)]


def show_game(standing: Standing, game: GameRow) -> GameView:
    """A game with its integrations and its launch."""
    release = standing.dossier.get(f"release/{game.id}", Release)
    if release is None:
        raise not_found("This game")
    return GameView(
        id=game.id,
        name=game.name,
        created_at=game.created_at,
        release=standing.show(ReleaseView, release),
        integrations=[
            standing.show(IntegrationView, integration)
            for integration in standing.dossier.of(Integration)
            if integration.game_id == game.id
        ],
    )


def find_game(reader: Reading, here: Here, game_id: GameId) -> GameView:
    """A registered game of the organization."""
    with here.database.reading() as session:
        game = queries.game(session, reader.organization_id, game_id)
        if game is None:
            raise not_found("This game")
        return show_game(stand(session, here, reader), game)


@router.get("/games", responses=READ)
def list_games(
    reader: Reading, here: Here, limit: Limit = 20, starting_after: StartingAfter = None
) -> Paged[GameView]:
    """The organization's games, the oldest first."""
    with here.database.reading() as session:
        standing = stand(session, here, reader)
        page = queries.games(session, reader.organization_id, limit, starting_after)
        return Paged(data=[show_game(standing, game) for game in page.data], has_more=page.has_more)


@router.post("/games", responses=COMMAND)
async def register_game(asking: AsAdmin, body: NewGame) -> Done:
    """Register a game; `id` in the answer is the game's."""
    game_id = asking.new_id("game")

    def add(session: Session) -> None:
        with ceiling_told():
            refuse_more_games(session, asking.organization_id, asking.here.policy.most_games)
        add_game(session, asking.organization_id, game_id, body.name)

    return await asking.give(
        "release.register",
        f"release/{game_id}",
        {"game_id": game_id, "features": [feature.value for feature in body.features]},
        check=add,
    )


@router.get("/games/{game_id}", responses=READ)
def read_game(reader: Reading, here: Here, game_id: GameId) -> GameView:
    """A game with its integrations and its launch."""
    return find_game(reader, here, game_id)


@router.post("/games/{game_id}/features", responses=COMMAND)
async def use_features(asking: AsAdmin, game_id: GameId, body: GameFeatures) -> Done:
    """Change which features a game uses, before it is submitted."""
    features = [feature.value for feature in body.features]
    return await asking.give("release.use_features", f"release/{game_id}", {"features": features})


@router.get("/games/{game_id}/integrations/{feature}", responses=READ)
def read_integration(reader: Reading, here: Here, game_id: GameId, feature: Feature) -> IntegrationView:
    """The integration of a feature: each check, why it failed and how to mend it."""
    game = find_game(reader, here, game_id)
    found = next((i for i in game.integrations if i.feature is feature), None)
    if found is None:
        raise not_found("This integration")
    return found


@router.get("/games/{game_id}/integrations/{feature}/run", responses=READ)
def read_run(reader: Reading, here: Here, game_id: GameId, feature: Feature) -> IntegrationView:
    """The last run of the checks."""
    return read_integration(reader, here, game_id, feature)


@router.post("/games/{game_id}/integrations/{feature}/run", responses=COMMAND)
async def run_integration(asking: AsAdmin, game_id: GameId, feature: Feature) -> Done:
    """Run the checks of a feature's integration."""
    return await asking.give("integration.run", f"integration/{game_id}/{feature}")


@router.get("/games/{game_id}/release", responses=READ)
def read_release(reader: Reading, here: Here, game_id: GameId) -> ReleaseView:
    """The launch of a game."""
    return find_game(reader, here, game_id).release


@router.post("/games/{game_id}/release", responses=COMMAND)
async def submit_release(asking: AsAdmin, game_id: GameId, body: Regions) -> Done:
    """Submit a game for app review, for some regions."""
    return await asking.give("release.submit", f"release/{game_id}", {"regions": body.regions})


@router.post("/games/{game_id}/release/publish", responses=COMMAND)
async def publish_release(asking: AsAdmin, game_id: GameId) -> Done:
    """Release an approved game: from then on it earns."""
    return await asking.give("release.release", f"release/{game_id}")


@router.post("/games/{game_id}/release/withdraw", responses=COMMAND)
async def withdraw_release(asking: AsAdmin, game_id: GameId) -> Done:
    """Take a game off; it no longer earns."""
    return await asking.give("release.withdraw", f"release/{game_id}")
