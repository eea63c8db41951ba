"""The storefront: bringing a game before the players, and taking it away."""

from temporalio import activity

from activities.failures import retried_by_temporal
from activities.installation import Installation
from models.documents import Release
from models.steps import ExternalStep, News


class StorefrontSteps:
    """The activities that deal with the storefront."""

    def __init__(self, installation: Installation) -> None:
        self.installation = installation

    @activity.defn
    def publish_game(self, step: ExternalStep) -> News:
        """Make a game live, or withdraw it, as its document says."""
        game = step.document
        assert isinstance(game, Release)
        with retried_by_temporal():
            self.installation.providers.storefront.publish(
                game.game_id,
                step.organization_id,
                game.features,
                live=game.state == "released",
                regions=game.regions,
            )
        return News()
