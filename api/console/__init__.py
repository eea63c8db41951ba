"""The web console: the API's views as pages, its commands as forms. It has no rules of its own."""

from api.console import assets
from api.console.login import sign_in
from api.console.pages import (
    api_keys,
    contracts,
    games,
    home,
    inbox,
    members,
    operators,
    overview,
    payout_account,
    payouts,
    revenue,
    verification,
    webhooks,
)

CONSOLE = (
    assets.router,
    sign_in.router,
    home.router,
    overview.router,
    operators.router,
    revenue.router,
    payouts.router,
    verification.router,
    contracts.router,
    games.router,
    payout_account.router,
    members.router,
    api_keys.router,
    inbox.router,
    webhooks.router,
)
