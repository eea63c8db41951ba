"""Games: registered, integrated, launched."""

from datetime import datetime
from typing import Annotated

from pydantic import AfterValidator, BaseModel, Field
from sqlmodel import Session

from api.http.bodies import Body, Country, Line, unique
from api.http.problems import not_found
from api.services.ceilings import ceiling_as_problem
from api.services.commands import CommandContext
from api.services.organization_snapshot import OrganizationSnapshot, own_policy
from api.services.views import DocumentView, Done, Paged
from models.documents import Check, Feature, Integration, Launch
from models.tables import GameRow
from storage.organizations import queries
from storage.organizations.ceilings import refuse_more_games
from storage.organizations.submissions import add_game
from words.voice import Sentence

Features = Annotated[
    list[Annotated[Feature, Field(strict=False)]], Field(min_length=1), AfterValidator(unique)
]


class IntegrationView(DocumentView):
    """The integration of one feature into a game, check by check."""

    game_id: str
    feature: Feature
    checks: list[Check]


class LaunchView(DocumentView):
    """The launch of a game."""

    game_id: str
    features: list[Feature]
    regions: list[str]
    us_eu_approval: str | None
    launched_at: datetime | None


class GameView(BaseModel):
    """A game: its integrations and its launch."""

    id: str
    name: str
    created_at: datetime
    launch: LaunchView
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


def show_game(snapshot: OrganizationSnapshot, game: GameRow) -> GameView:
    """A game with its integrations and its launch."""
    launch = snapshot.dossier.get(f"launch/{game.id}", Launch)
    if launch is None:
        raise not_found(Sentence("This game does not exist here."))
    return GameView(
        id=game.id,
        name=game.name,
        created_at=game.created_at,
        launch=snapshot.show(LaunchView, launch),
        integrations=[
            snapshot.show(IntegrationView, integration)
            for integration in snapshot.dossier.of(Integration)
            if integration.game_id == game.id
        ],
    )


def find_game(snapshot: OrganizationSnapshot, game_id: str) -> GameView:
    """A registered game of the organization."""
    game = queries.game(snapshot.session, snapshot.organization_id, game_id)
    if game is None:
        raise not_found(Sentence("This game does not exist here."))
    return show_game(snapshot, game)


def find_integration(snapshot: OrganizationSnapshot, game_id: str, feature: Feature) -> IntegrationView:
    """The integration of a feature into a game."""
    game = find_game(snapshot, game_id)
    found = next((one for one in game.integrations if one.feature is feature), None)
    if found is None:
        raise not_found(Sentence("This integration does not exist here."))
    return found


def show_games(snapshot: OrganizationSnapshot, limit: int, after: str | None) -> Paged[GameView]:
    """A page of the organization's games, the oldest first."""
    page = queries.games(snapshot.session, snapshot.organization_id, limit, after)
    return Paged(data=[show_game(snapshot, game) for game in page.data], has_more=page.has_more)


async def register_game(context: CommandContext, body: NewGame) -> Done:
    """Register a game; ``id`` in the answer is the game's."""
    game_id = context.new_id("game")

    def add(session: Session) -> None:
        with ceiling_as_problem():
            most = own_policy(session, context.installation, context.organization_id).most_games
            refuse_more_games(session, context.organization_id, most)
        add_game(session, context.organization_id, game_id, body.name)

    return await context.submit(
        "launch.register",
        f"launch/{game_id}",
        {"game_id": game_id, "features": [feature.value for feature in body.features]},
        check=add,
    )


async def use_features(context: CommandContext, game_id: str, body: GameFeatures) -> Done:
    """Change which features a game uses, before it is submitted."""
    features = [feature.value for feature in body.features]
    return await context.submit("launch.use_features", f"launch/{game_id}", {"features": features})


async def run_integration(context: CommandContext, game_id: str, feature: Feature) -> Done:
    """Run the checks of a feature's integration."""
    return await context.submit("integration.run", f"integration/{game_id}/{feature}")


async def submit_launch(context: CommandContext, game_id: str, body: Regions) -> Done:
    """Submit a game for app review, for some regions."""
    return await context.submit("launch.submit", f"launch/{game_id}", {"regions": body.regions})


async def publish_launch(context: CommandContext, game_id: str) -> Done:
    """Launch an approved game: from then on it earns."""
    return await context.submit("launch.publish", f"launch/{game_id}")


async def withdraw_launch(context: CommandContext, game_id: str) -> Done:
    """Take a game off; it no longer earns."""
    return await context.submit("launch.withdraw", f"launch/{game_id}")
