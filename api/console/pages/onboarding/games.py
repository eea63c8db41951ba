"""Games: registered, integrated, launched."""

from functools import partial

from fastapi import APIRouter, Response
from fastapi.responses import HTMLResponse

from api.console.forms import Posted
from api.console.page import OfOrganization, OrganizationPage
from api.console.prerequisites import unmet_prerequisites
from api.console.submission import submit
from api.http.parameters import GameId
from api.services.onboarding import games
from api.services.onboarding.games import GameFeatures, NewGame, Regions
from models.documents import Feature

router = APIRouter(prefix="/organizations/{organization_id}/games", include_in_schema=False)

MOST = 100
USUAL = ("EU", "US", "GB", "BR", "CA", "ID", "JP", "KR", "MX", "TH", "TR", "VN")
"""Regions that are offered first."""


def draw_games(page: OrganizationPage, after: str | None = None) -> HTMLResponse:
    """The games with the form to register another."""
    with page.snapshot() as snapshot:
        found = games.show_games(snapshot, MOST, after)
        return page.show(snapshot.session, "onboarding/games.html", games=found)


def draw_game(page: OrganizationPage, game_id: str) -> HTMLResponse:
    """A game: its features, the checks of each, and its launch."""
    with page.snapshot() as snapshot:
        view = games.find_game(snapshot, game_id)
        launch = view.launch.document_id
        unmet = {
            action: unmet_prerequisites(snapshot, action, launch)
            for action in ("launch.submit", "launch.publish")
        }
        for each in view.integrations:
            unmet[each.document_id] = unmet_prerequisites(snapshot, "integration.run", each.document_id)
        return page.show(
            snapshot.session,
            "onboarding/game.html",
            game=view,
            view=view.launch,
            unmet_prerequisites=unmet,
            usual=USUAL,
            names={view.id: view.name},
        )


@router.get("")
def show_games(page: OfOrganization, after: str | None = None) -> HTMLResponse:
    """The games."""
    return draw_games(page, after)


@router.post("")
async def register(page: OfOrganization, form: Posted) -> Response:
    """Register a game."""
    return await submit(
        page,
        form,
        lambda context, sent: games.register_game(context, sent.read(NewGame)),
        draw_games,
        lambda done: f"{page.base}/games/{done.id}",
    )


@router.get("/{game_id}")
def show_game(page: OfOrganization, game_id: GameId) -> HTMLResponse:
    """A game."""
    return draw_game(page, game_id)


@router.post("/{game_id}/features")
async def choose_features(page: OfOrganization, game_id: GameId, form: Posted) -> Response:
    """Change which features it uses."""
    return await submit(
        page,
        form,
        lambda context, sent: games.use_features(context, game_id, sent.read(GameFeatures)),
        partial(draw_game, game_id=game_id),
    )


@router.post("/{game_id}/integrations/{feature}/run")
async def run(page: OfOrganization, game_id: GameId, feature: Feature, form: Posted) -> Response:
    """Run the checks of a feature."""
    return await submit(
        page,
        form,
        lambda context, sent: games.run_integration(context, game_id, feature),
        partial(draw_game, game_id=game_id),
    )


@router.post("/{game_id}/launch")
async def submit_launch(page: OfOrganization, game_id: GameId, form: Posted) -> Response:
    """Submit it for app review."""
    return await submit(
        page,
        form,
        lambda context, sent: games.submit_launch(context, game_id, sent.read(Regions)),
        partial(draw_game, game_id=game_id),
    )


@router.post("/{game_id}/launch/publish")
async def publish(page: OfOrganization, game_id: GameId, form: Posted) -> Response:
    """Launch it."""
    return await submit(
        page,
        form,
        lambda context, sent: games.publish_launch(context, game_id),
        partial(draw_game, game_id=game_id),
    )


@router.post("/{game_id}/launch/withdraw")
async def withdraw(page: OfOrganization, game_id: GameId, form: Posted) -> Response:
    """Take it off."""
    return await submit(
        page,
        form,
        lambda context, sent: games.withdraw_launch(context, game_id),
        partial(draw_game, game_id=game_id),
    )
