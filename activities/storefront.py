"""The storefront: bringing a game before the players, and taking it away."""

from activities.definition import carries_out
from activities.failures import retried_by_temporal
from activities.installation import Installation
from models import effects
from models.documents import Launch
from models.states import LaunchState
from models.wire.steps import ExternalStep, News
from storage.organizations.queries import document


class StorefrontSteps:
    """The activities that deal with the storefront."""

    def __init__(self, installation: Installation) -> None:
        self.installation = installation

    @carries_out(effects.PUBLISH_GAME)
    def publish_game(self, step: ExternalStep) -> News:
        """Make a game live, or withdraw it, as its document says when the storefront is called, and still says after.

        The call may have waited long: for the storefront, or because the worker was frozen. What has been decided of
        the game since would otherwise be undone by it.
        """
        told: Launch | None = None
        while (game := self.as_it_stands(step)) is not None and game != told:
            with retried_by_temporal():
                self.installation.providers.storefront.publish(
                    game.game_id,
                    step.organization_id,
                    game.features,
                    live=game.state == LaunchState.LIVE,
                    regions=game.regions,
                )
            told = game
        return News()

    def as_it_stands(self, step: ExternalStep) -> Launch | None:
        """The game's launch as the database has it now; ``None`` if it has none, which was put back."""
        with self.installation.database.reading() as session:
            launch = document(session, step.organization_id, step.document.id)
        assert launch is None or isinstance(launch, Launch)
        return launch
