"""Every page of the console, and the way to it."""

from collections.abc import Iterator
from typing import Any

from tests.browser.studio import Console, Person, Studio

BEGINNING = {
    "overview": "",
    "verification": "/verification",
    "qualification": "/qualification",
    "contract-iap": "/contracts/iap",
    "payout-account": "/payout-account",
    "revenue": "/revenue",
    "payouts": "/payouts",
    "forecast": "/payouts/forecast",
}
OWN = {
    **BEGINNING,
    "contracts": "/contracts",
    "contract-iaa": "/contracts/iaa",
    "games": "/games",
    "payout-account-whole": "/payout-account?whole=true",
    "members": "/members",
    "activity": "/activity",
    "inbox": "/inbox",
    "api-keys": "/api-keys",
    "webhooks": "/webhooks",
    "metrics": "/revenue/metrics",
    "comparisons": "/revenue/comparisons",
    "invoice-new": "/payouts/invoices/new",
}
FRONT = {"organizations": "/organizations", "not-found": "/nothing", "signed-out": "/signed-out"}
STAFF = {
    "queue": "/operators",
    "queue-empty": "/operators?machine=integration",
    "dashboard": "/operators/dashboard",
    "search": "/operators/organizations",
    "search-empty": "/operators/organizations?text=nobody",
    "settlements": "/operators/settlements",
}
CASES = ("verification", "contract/iaa", "payout_account")


def look_over(console: Console, studio: Studio, **options: Any) -> Iterator[tuple[Person, str]]:
    """Every page of an organization that was paid, of one that begins and of the staff: who sees it, and its name."""
    with console.person("ada", studio, **options) as ada:
        for name, path in {**OWN, "game": studio.game}.items():
            ada.go(path)
            yield ada, name
        yield from follow(ada)
        for name, path in FRONT.items():
            ada.page.goto(path)
            yield ada, name
        ada.begins("Example Beginning")
        for name, path in BEGINNING.items():
            ada.go(path)
            yield ada, f"first-{name}"
        ada.go("/games")
        ada.page.get_by_label("Name").fill("Example Draft")
        ada.page.locator("form").last.evaluate("form => { form.noValidate = true }")
        ada.press("Register")
        ada.sees("Correct what is marked.")
        yield ada, "form-refused"
    with console.person("olga", **options) as olga:
        olga.page.goto(f"{studio.base}/payouts")
        invoice = (
            olga.page.locator("main a[href*='/payouts/invoices/inv_']").first.get_attribute("href") or ""
        )
        own = {f"case-{name}": f"{name}/{invoice.split('/')[-1]}" for name in ("invoice", "payout")}
        documents = {**{f"case-{name}": name for name in CASES}, **own}
        cases = {
            name: f"/operators/cases/{studio.organization_id}/{document}"
            for name, document in documents.items()
        }
        for name, path in {**STAFF, **cases, "seen-by-staff": studio.base}.items():
            olga.page.goto(path)
            yield olga, name.replace("/", "-")


def follow(ada: Person) -> Iterator[tuple[Person, str]]:
    """What the lists of an organization that was paid lead to."""
    for name, start, part in (
        ("statement", "/revenue", "/revenue/statements/"),
        ("line", "", "/lines/"),
        ("invoice", "/payouts", "/payouts/invoices/inv_"),
        ("payout", "", "/payouts/inv_"),
    ):
        if start:
            ada.go(start)
        ada.page.locator(f"main a[href*='{part}']").first.click()
        ada.page.wait_for_load_state()
        yield ada, name
