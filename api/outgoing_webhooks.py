"""The webhooks that organizations are sent, as the OpenAPI document describes them; nothing is received here."""

from fastapi import APIRouter

from lifecycle.documentation.webhooks import examples
from models.webhooks import Webhook

WEBHOOKS = APIRouter(tags=["webhooks"])


def receive(body: Webhook) -> None:
    """Answer any 2xx within 15 seconds. The headers `webhook-id`, `webhook-timestamp` and `webhook-signature` sign it."""


for _kind, _example in examples().items():
    _sent = _example.model_dump(mode="json", exclude_none=True)
    WEBHOOKS.add_api_route(
        _kind,
        receive,
        name=_kind,
        methods=["POST"],
        summary=_kind.meaning,
        operation_id=_kind.replace(".", "_"),
        status_code=204,
        responses={"default": {"description": "Anything else: it is sent again later; 410: never again."}},
        openapi_extra={"requestBody": {"content": {"application/json": {"example": _sent}}}},
    )
