"""Where people work on what: the console's pages, by what they are about."""

from models.identity import DocumentId


def page_path(base: str, document_id: str) -> str:
    """The page on which a document is worked on, below an organization's address."""
    parts = DocumentId(document_id)
    machine, rest = parts.machine, parts.key
    pages = {
        "verification": "/verification",
        "qualification": "/qualification",
        "payout_account": "/payout-account",
        "contract": f"/contracts/{rest}",
        "integration": f"/games/{rest.partition('/')[0]}",
        "launch": f"/games/{rest}",
        "statement": f"/revenue/statements/{rest}",
        "invoice": f"/payouts/invoices/{rest}",
        "payout": f"/payouts/{rest}",
        "members": "/members",
        "webhooks": "/webhooks",
    }
    return base + pages.get(machine, "")
