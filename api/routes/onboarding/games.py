"""Games: registered, integrated, launched."""

from fastapi import APIRouter

from api.http.parameters import GameId, Limit, StartingAfter
from api.http.routing import COMMAND, READ, organization_router, takes
from api.installation import CurrentInstallation
from api.routes.dependencies import AdminCommand
from api.security.organization_access import Reading
from api.services.onboarding import games
from api.services.onboarding.games import (
    GameFeatures,
    GameView,
    IntegrationView,
    LaunchView,
    NewGame,
    Regions,
)
from api.services.organization_snapshot import open_snapshot
from api.services.views import Done, Paged
from models.documents import Feature

router: APIRouter = organization_router("games")


@router.get("/games", responses=READ)
def list_games(
    reader: Reading,
    installation: CurrentInstallation,
    limit: Limit = 20,
    starting_after: StartingAfter = None,
) -> Paged[GameView]:
    """The organization's games, the oldest first."""
    with open_snapshot(installation, reader) as snapshot:
        return games.show_games(snapshot, limit, starting_after)


@router.post("/games", responses=COMMAND)
async def register_game(context: AdminCommand, body: NewGame) -> Done:
    """Register a game; `id` in the answer is the game's."""
    return await games.register_game(context, body)


@router.get("/games/{game_id}", responses=READ)
def read_game(reader: Reading, installation: CurrentInstallation, game_id: GameId) -> GameView:
    """A game with its integrations and its launch."""
    with open_snapshot(installation, reader) as snapshot:
        return games.find_game(snapshot, game_id)


@router.post(takes("launch.use_features", "/games/{game_id}/features"), responses=COMMAND)
async def use_features(context: AdminCommand, game_id: GameId, body: GameFeatures) -> Done:
    """Change which features a game uses, before it is submitted."""
    return await games.use_features(context, game_id, body)


@router.get("/games/{game_id}/integrations/{feature}", responses=READ)
def read_integration(
    reader: Reading, installation: CurrentInstallation, game_id: GameId, feature: Feature
) -> IntegrationView:
    """The integration of a feature: each check, why it failed and how to fix it."""
    with open_snapshot(installation, reader) as snapshot:
        return games.find_integration(snapshot, game_id, feature)


@router.get("/games/{game_id}/integrations/{feature}/run", responses=READ)
def read_run(
    reader: Reading, installation: CurrentInstallation, game_id: GameId, feature: Feature
) -> IntegrationView:
    """The last run of the checks."""
    with open_snapshot(installation, reader) as snapshot:
        return games.find_integration(snapshot, game_id, feature)


@router.post(takes("integration.run", "/games/{game_id}/integrations/{feature}/run"), responses=COMMAND)
async def run_integration(context: AdminCommand, game_id: GameId, feature: Feature) -> Done:
    """Run the checks of a feature's integration."""
    return await games.run_integration(context, game_id, feature)


@router.get("/games/{game_id}/launch", responses=READ)
def read_launch(reader: Reading, installation: CurrentInstallation, game_id: GameId) -> LaunchView:
    """The launch of a game."""
    with open_snapshot(installation, reader) as snapshot:
        return games.find_game(snapshot, game_id).launch


@router.post(takes("launch.submit", "/games/{game_id}/launch"), responses=COMMAND)
async def submit_launch(context: AdminCommand, game_id: GameId, body: Regions) -> Done:
    """Submit a game for app review, for some regions."""
    return await games.submit_launch(context, game_id, body)


@router.post(takes("launch.publish", "/games/{game_id}/launch/publish"), responses=COMMAND)
async def publish_launch(context: AdminCommand, game_id: GameId) -> Done:
    """Launch an approved game: from then on it earns."""
    return await games.publish_launch(context, game_id)


@router.post(takes("launch.withdraw", "/games/{game_id}/launch/withdraw"), responses=COMMAND)
async def withdraw_launch(context: AdminCommand, game_id: GameId) -> Done:
    """Take a game off; it no longer earns."""
    return await games.withdraw_launch(context, game_id)
