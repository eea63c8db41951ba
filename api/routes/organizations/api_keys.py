"""API keys: with them a machine acts for the admin who made them, except where a person is needed."""

from datetime import datetime, timedelta
from typing import Annotated, Literal

from fastapi import APIRouter, Path
from pydantic import AfterValidator, BaseModel, Field

from api.http.bodies import Body, Line, unique
from api.http.ceilings import ceiling_told
from api.http.idempotency import KeyedByAdmin
from api.http.problems import not_found
from api.http.routing import COMMAND, READ, organization_router
from api.installation import Here
from api.security.identity import Admin, InPerson, JustSignedIn
from models.identity import new_id
from models.tables import ApiKeyRow, real_now
from storage.organizations.ceilings import refuse_more_api_keys
from storage.people import api_keys

router: APIRouter = organization_router("api keys")

KeyId = Annotated[str, Path(pattern=r"^key_[0-9A-Za-z]{1,40}$")]
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


@router.get("/api-keys", responses=READ)
def list_api_keys(admin: Admin, person: InPerson, here: Here) -> list[ApiKeyView]:
    """The organization's keys, the newest first, and the latest hundred of those that are no longer good."""
    with here.database.reading() as session:
        return [show_key(row) for row in api_keys.keys(session, admin.organization_id)]


@router.post("/api-keys", status_code=201, responses=COMMAND)
def make_api_key(
    asked: KeyedByAdmin, admin: Admin, person: JustSignedIn, here: Here, body: NewApiKey
) -> MadeApiKey:
    """Make a key. Keep its token safe: it cannot be shown again, not under the same Idempotency-Key either (409)."""
    key_id = new_id("key")
    with here.database.transaction() as session:
        asked.begin_secret(session)
        asked.finish(session, 201, {"id": key_id})
        with ceiling_told():
            refuse_more_api_keys(session, admin.organization_id, here.policy.most_api_keys)
        token = api_keys.make(
            session,
            admin.organization_id,
            key_id,
            body.name,
            list(body.scopes),
            person.subject,
            real_now() + timedelta(days=body.days),
        )
        session.flush()
        row = session.get(ApiKeyRow, key_id)
        assert row is not None
        return MadeApiKey(**show_key(row).model_dump(), token=token)


@router.post("/api-keys/{key_id}/revoke", responses=COMMAND)
def revoke_api_key(admin: Admin, person: InPerson, here: Here, key_id: KeyId) -> ApiKeyView:
    """End a key, at once and for good."""
    with here.database.transaction() as session:
        if not api_keys.revoke(session, admin.organization_id, key_id, person.subject):
            raise not_found("This key")
        session.flush()
        row = session.get(ApiKeyRow, key_id)
        assert row is not None
        return show_key(row)
