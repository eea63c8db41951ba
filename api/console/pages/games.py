"""Games: registered, integrated, launched."""

from fastapi import APIRouter, Response
from fastapi.responses import HTMLResponse

from api.console.forms import Posted, Submitted
from api.console.page import OrganizationPage, Page
from api.console.prerequisites import locks
from api.http.routing import GameId
from api.routes.onboarding.games import (
    GameFeatures,
    NewGame,
    Regions,
    list_games,
    publish_release,
    read_game,
    register_game,
    run_integration,
    submit_release,
    use_features,
    withdraw_release,
)
from api.services.commands import Asking
from api.services.views import Done
from models.documents import Feature

router = APIRouter(prefix="/organizations/{organization_id}/games", include_in_schema=False)

MOST = 100
USUAL = ("EU", "US", "GB", "BR", "CA", "ID", "JP", "KR", "MX", "TH", "TR", "VN")
"""Regions that are offered first."""


def draw_games(page: Page, after: str | None = None) -> HTMLResponse:
    """The games with the form to register another."""
    assert page.reader is not None
    games = list_games(page.reader, page.here, MOST, after)
    return page.show("onboarding/games.html", games=games)


def draw_game(page: Page, game_id: str) -> HTMLResponse:
    """A game: its features, the checks of each, and its launch."""
    assert page.reader is not None
    view = read_game(page.reader, page.here, game_id)
    standing, release = page.standing(), view.release.document_id
    locked = {action: locks(standing, action, release) for action in ("release.submit", "release.release")}
    for each in view.integrations:
        locked[each.document_id] = locks(standing, "integration.run", each.document_id)
    return page.show(
        "onboarding/game.html",
        game=view,
        view=view.release,
        locks=locked,
        usual=USUAL,
        names={view.id: view.name},
    )


@router.get("")
def games(page: OrganizationPage, after: str | None = None) -> HTMLResponse:
    """The games."""
    return draw_games(page, after)


@router.post("")
async def register(page: OrganizationPage, form: Posted) -> Response:
    """Register a game."""

    async def act(asking: Asking, sent: Submitted) -> Done:
        return await register_game(asking, sent.read(NewGame))

    return await page.carry_out(form, act, draw_games, lambda done: f"{page.base}/games/{done.id}")


@router.get("/{game_id}")
def game(page: OrganizationPage, game_id: GameId) -> HTMLResponse:
    """A game."""
    return draw_game(page, game_id)


@router.post("/{game_id}/features")
async def choose_features(page: OrganizationPage, game_id: GameId, form: Posted) -> Response:
    """Change which features it uses."""

    async def act(asking: Asking, sent: Submitted) -> Done:
        return await use_features(asking, game_id, sent.read(GameFeatures))

    return await page.carry_out(form, act, lambda again: draw_game(again, game_id))


@router.post("/{game_id}/integrations/{feature}/run")
async def run(page: OrganizationPage, game_id: GameId, feature: Feature, form: Posted) -> Response:
    """Run the checks of a feature."""

    async def act(asking: Asking, sent: Submitted) -> Done:
        return await run_integration(asking, game_id, feature)

    return await page.carry_out(form, act, lambda again: draw_game(again, game_id))


@router.post("/{game_id}/release")
async def submit(page: OrganizationPage, game_id: GameId, form: Posted) -> Response:
    """Submit it for app review."""

    async def act(asking: Asking, sent: Submitted) -> Done:
        return await submit_release(asking, game_id, sent.read(Regions))

    return await page.carry_out(form, act, lambda again: draw_game(again, game_id))


@router.post("/{game_id}/release/publish")
async def publish(page: OrganizationPage, game_id: GameId, form: Posted) -> Response:
    """Release it."""

    async def act(asking: Asking, sent: Submitted) -> Done:
        return await publish_release(asking, game_id)

    return await page.carry_out(form, act, lambda again: draw_game(again, game_id))


@router.post("/{game_id}/release/withdraw")
async def withdraw(page: OrganizationPage, game_id: GameId, form: Posted) -> Response:
    """Take it off."""

    async def act(asking: Asking, sent: Submitted) -> Done:
        return await withdraw_release(asking, game_id)

    return await page.carry_out(form, act, lambda again: draw_game(again, game_id))
