"""The storefront: where players find the games that are live."""

from pydantic import BaseModel, ConfigDict

from models.documents import Feature
from providers.answers import Reference
from providers.http.client import ProviderHttp
from providers.http.earnings import Region
from providers.http.notifications import Receipt


class Listing(BaseModel):
    """Whether players can play a game, where, and with which ways to earn; no regions means everywhere."""

    model_config = ConfigDict(extra="forbid")

    game_id: Reference
    organization_id: Reference
    features: list[Feature]
    live: bool
    regions: list[Region] = []


class HttpStorefront:
    """The storefront, spoken to over HTTP."""

    def __init__(self, http: ProviderHttp) -> None:
        self._http = http

    def publish(
        self, game_id: str, organization_id: str, features: list[Feature], live: bool, regions: list[str]
    ) -> None:
        """Bring a game before the players, or withdraw it; the same call again changes nothing."""
        listing = Listing(
            game_id=game_id, organization_id=organization_id, features=features, live=live, regions=regions
        )
        self._http.exchange("POST", "/games", Receipt, body=listing)
