"""The web console: the API's views as pages, its commands as forms. It has no rules of its own."""

from api.console import assets
from api.console.kept import drafts, handed_back
from api.console.login import sign_in
from api.console.pages import help as help_page
from api.console.pages import home, profile
from api.console.pages.earnings import comparisons, metrics, revenue, statements
from api.console.pages.onboarding import contracts, games, verification
from api.console.pages.organizations import api_keys, inbox, members, overview, webhooks
from api.console.pages.payments import payout_account, payouts
from api.console.pages.platform import cases, dashboard, operators, together

CONSOLE = (
    assets.router,
    sign_in.router,
    home.router,
    help_page.router,
    drafts.router,
    handed_back.router,
    overview.router,
    operators.router,
    dashboard.router,
    cases.router,
    together.router,
    revenue.router,
    metrics.router,
    statements.router,
    comparisons.router,
    payouts.router,
    verification.router,
    contracts.router,
    games.router,
    payout_account.router,
    members.router,
    api_keys.router,
    inbox.router,
    profile.router,
    webhooks.router,
)
