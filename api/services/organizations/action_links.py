"""Where an admin does what: the address of each action."""

from pydantic import BaseModel

from api.http.routing import ORGANIZATION
from models.commands import AllowedAction

PATHS = {
    "verification.submit": "/verification",
    "verification.renew": "/verification/renewal",
    "verification.provide_information": "/verification/information",
    "qualification.submit": "/qualification",
    "contract.sign": "/contracts/{0}/sign",
    "launch.use_features": "/games/{0}/features",
    "launch.submit": "/games/{0}/launch",
    "launch.publish": "/games/{0}/launch/publish",
    "launch.withdraw": "/games/{0}/launch/withdraw",
    "integration.run": "/games/{0}/integrations/{1}/run",
    "payout_account.submit": "/payout-account",
    "payout_account.provide_documents": "/payout-account/documents",
    "payout_account.change": "/payout-account/change",
    "payout_account.withdraw_change": "/payout-account/change/withdraw",
    "statement.confirm": "/statements/{0}/confirm",
    "statement.appeal": "/statements/{0}/appeal",
    "invoice.submit": "/invoices",
    "payout.retry": "/payouts/{0}/retry",
}


class Link(BaseModel):
    """Something that an admin can do now, and where it is POSTed."""

    action: str
    path: str


def link(organization_id: str, allowed: AllowedAction) -> Link:
    """The address of an action of an organization."""
    parts = allowed.document_id.split("/")[1:]
    path = ORGANIZATION.format(organization_id=organization_id) + PATHS[allowed.action].format(*parts)
    return Link(action=allowed.action, path=path)
