"""API keys: with them a machine acts for the admin who made them, except where a person is needed."""

from fastapi import APIRouter

from api.http.idempotency import SecretRequest
from api.http.parameters import KeyId
from api.http.routing import COMMAND, READ, organization_router
from api.installation import CurrentInstallation
from api.security.organization_access import ActsInPerson, JustProved
from api.services.organizations import api_keys
from api.services.organizations.api_keys import ApiKeyView, MadeApiKey, NewApiKey

router: APIRouter = organization_router("api keys")


@router.get("/api-keys", responses=READ)
def list_api_keys(admin: ActsInPerson, installation: CurrentInstallation) -> list[ApiKeyView]:
    """The organization's keys, the newest first, and the latest hundred of those that are no longer good."""
    with installation.database.reading() as session:
        return api_keys.list_api_keys(session, admin)


@router.post("/api-keys", status_code=201, responses=COMMAND)
def make_api_key(
    request: SecretRequest, admin: JustProved, installation: CurrentInstallation, body: NewApiKey
) -> MadeApiKey:
    """Make a key. Keep its token safe: it cannot be shown again, not under the same Idempotency-Key either (409)."""
    return api_keys.make_api_key(installation, admin, request, body)


@router.post("/api-keys/{key_id}/revoke", responses=COMMAND)
def revoke_api_key(admin: ActsInPerson, installation: CurrentInstallation, key_id: KeyId) -> ApiKeyView:
    """End a key, at once and for good."""
    return api_keys.revoke_api_key(installation, admin, key_id)
