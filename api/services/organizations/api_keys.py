"""API keys: with them a machine acts for the admin who made them, except where a person is needed."""

from datetime import datetime, timedelta
from typing import Annotated, Literal

from pydantic import AfterValidator, BaseModel, Field
from sqlmodel import Session

from api.http.bodies import Body, Line, unique
from api.http.idempotency import IdempotentRequest
from api.http.problems import not_found
from api.installation import Installation
from api.security.organization_access import AdminInPerson, RecentAdmin
from api.services.ceilings import ceiling_as_problem
from models.identity import new_id
from models.tables import ApiKeyRow, real_now
from storage.organizations.ceilings import refuse_more_api_keys
from storage.people import api_keys
from words.voice import Sentence

Scope = Literal["read", "act"]
LONGEST_DAYS = 365


class ApiKeyView(BaseModel):
    """An API key (real time); its secret was shown when it was made.

    Attributes:
        made_by: the admin for whom it acts; it ends when they are no longer admin.
    """

    id: str
    name: str
    scopes: list[str]
    made_by: str
    made_at: datetime
    expires_at: datetime
    revoked_at: datetime | None
    used_at: datetime | None


class NewApiKey(Body):
    """A key: `read` may look, `act` may also act; never sign, change the bank account or move payouts."""

    name: Line
    scopes: Annotated[list[Scope], Field(min_length=1), AfterValidator(unique)]
    days: Annotated[int, Field(ge=1, le=LONGEST_DAYS, description="how long it is good for")] = 90


class MadeApiKey(ApiKeyView):
    """A key that was made just now; `token` is shown this once and never again."""

    token: str


def show_key(row: ApiKeyRow) -> ApiKeyView:
    """A key without its secret."""
    return ApiKeyView.model_validate(row, from_attributes=True)


def list_api_keys(session: Session, admin: AdminInPerson) -> list[ApiKeyView]:
    """The organization's keys, the newest first, and the latest hundred of those that are no longer good."""
    return [show_key(row) for row in api_keys.keys(session, admin.organization_id)]


def make_api_key(
    installation: Installation, admin: RecentAdmin, request: IdempotentRequest, body: NewApiKey
) -> MadeApiKey:
    """Make a key, once; its token is shown this once."""
    key_id = new_id("key")
    with installation.database.transaction() as session:
        request.begin_secret(session)
        request.finish(session, 201, {"id": key_id})
        with ceiling_as_problem():
            refuse_more_api_keys(session, admin.organization_id, installation.policy.most_api_keys)
        token = api_keys.make(
            session,
            admin.organization_id,
            key_id,
            body.name,
            list(body.scopes),
            admin.person.subject,
            real_now() + timedelta(days=body.days),
        )
        session.flush()
        row = session.get(ApiKeyRow, key_id)
        assert row is not None
        return MadeApiKey(**show_key(row).model_dump(), token=token)


def revoke_api_key(installation: Installation, admin: AdminInPerson, key_id: str) -> ApiKeyView:
    """End a key, at once and for good."""
    with installation.database.transaction() as session:
        if not api_keys.revoke(session, admin.organization_id, key_id, admin.person.subject):
            raise not_found(Sentence("This key does not exist here."))
        session.flush()
        row = session.get(ApiKeyRow, key_id)
        assert row is not None
        return show_key(row)
