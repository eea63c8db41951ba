"""Where something in a Temporal history comes from: from a process of ours, or from whoever reaches Temporal."""

from pydantic import BaseModel, PrivateAttr
from temporalio.api.common.v1 import Payload

SEALED_FOR = "monetization-sealed-for"
"""The metadata that the codec puts on what it has decrypted: for which place it was sealed. It never travels."""

SEALED_ENCODING = b"binary/monetization-sealed"
"""How a payload says that it is sealed; one that still says so when workflow code sees it could not be opened."""

ACTIVITY = "activity:"
"""Stands before the place of what an activity was given or has answered, which is never taken for a command."""


def place(namespace: str, workflow_id: str | None) -> str:
    """The place that a payload belongs to: a workflow in its namespace."""
    return f"{namespace}/{workflow_id or ''}"


def sealed_for(payload: Payload) -> str:
    """The place for which a process of ours has sealed a payload; "" if none has."""
    return payload.metadata.get(SEALED_FOR, b"").decode(errors="replace")


def seems_ours(payload: Payload) -> bool:
    """Whether a process of ours may have made a payload: it was opened, or it says that it is sealed."""
    return bool(sealed_for(payload)) or payload.metadata.get("encoding") == SEALED_ENCODING


class Originated(BaseModel):
    """A model that remembers whether a process of ours has sealed it, and for which place."""

    _sealed_for: str = PrivateAttr("")

    def remember_origin(self, payload: Payload) -> None:
        """Called when it was decoded."""
        self._sealed_for = sealed_for(payload)


class RunInput(Originated):
    """What a workflow begins with."""

    def is_from(self, namespace: str, workflow_id: str) -> bool:
        """Whether it was sealed for this workflow, or for the schedule that started it under a longer id."""
        own = place(namespace, workflow_id)
        return bool(self._sealed_for) and (own == self._sealed_for or own.startswith(f"{self._sealed_for}-"))


class ActivityResult(Originated):
    """What an activity answers to a workflow."""

    def is_from(self, namespace: str, workflow_id: str) -> bool:
        """Whether a worker of ours has sealed it for this workflow; whoever reaches Temporal can complete activities."""
        return self._sealed_for == f"{ACTIVITY}{place(namespace, workflow_id)}"
