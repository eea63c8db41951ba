"""The web console: the API's views as pages, its commands as forms. It has no rules of its own."""

from api.console import (
    api_keys,
    assets,
    contracts,
    front,
    games,
    inbox,
    members,
    operators,
    overview,
    payout_account,
    payouts,
    revenue,
    sign_in,
    verification,
    webhooks,
)

CONSOLE = (
    assets.router,
    sign_in.router,
    front.router,
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
