"""Notifications: mails to the people of an organization."""

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

from providers.answers import Reference
from providers.failures import ProviderFailure
from providers.http.client import ProviderHttp

LONGEST_TEXT = 20_000
LONGEST_HTML = 100_000


TAKEN = "reference_conflict"


class Notice(BaseModel):
    """One mail; the same id is sent once, however often it is handed in."""

    model_config = ConfigDict(extra="forbid")

    id: Reference
    organization_id: Reference
    kind: Annotated[str, Field(max_length=100)]
    recipients: Annotated[list[str], Field(repr=False, max_length=200)]
    subject: Annotated[str, Field(repr=False, max_length=300)]
    text: Annotated[str, Field(repr=False, max_length=LONGEST_TEXT)]
    html: Annotated[str, Field(repr=False, max_length=LONGEST_HTML)] = ""


class Receipt(BaseModel):
    """The provider has taken it over."""

    status: Literal["received"] = "received"


class HttpNotifications:
    """A mail service, spoken to over HTTP."""

    def __init__(self, http: ProviderHttp) -> None:
        self._http = http

    def send(self, notice: Notice) -> None:
        """Hand in a notice; one under whose id there is another already was sent, in the words of then."""
        try:
            self._http.exchange("POST", "/notifications", Receipt, body=notice, key=notice.id)
        except ProviderFailure as failure:
            if failure.code != TAKEN:
                raise
