"""The OIDC issuer: where its parts are, as it says itself."""

import threading
import time
from typing import Any

import httpx2
import structlog
from pydantic import BaseModel, ValidationError

FETCH_SECONDS = 2.0
LASTS_SECONDS = 600.0
LARGEST = 256 * 1024

_log = structlog.get_logger("api.security.issuer")


class IssuerAway(Exception):
    """The issuer cannot be asked now, so nothing can be said of its tokens."""


class Parts(BaseModel):
    """Where an issuer's parts are (OpenID Connect Discovery 1.0)."""

    issuer: str
    jwks_uri: str
    authorization_endpoint: str = ""
    token_endpoint: str = ""


class Issuer:
    """An issuer that is asked when needed and remembered for a while.

    Args:
        url: its identifier, the ``iss`` of its tokens.
    """

    def __init__(self, url: str) -> None:
        self.url = url
        self._lock = threading.Lock()
        self._parts: Parts | None = None
        self._asked_at = float("-inf")

    def parts(self) -> Parts:
        """Where its parts are; raises IssuerAway."""
        with self._lock:
            if self._parts is None or time.monotonic() - self._asked_at > LASTS_SECONDS:
                self._asked_at = time.monotonic()
                try:
                    self._parts = self._ask()
                except (httpx2.HTTPError, ValidationError, ValueError) as error:
                    _log.warning("the issuer cannot be asked", error=type(error).__name__)
            if self._parts is None:
                self._asked_at = float("-inf")
                raise IssuerAway
            return self._parts

    def _ask(self) -> Parts:
        parts = Parts.model_validate(fetch(f"{self.url.rstrip('/')}/.well-known/openid-configuration"))
        if parts.issuer != self.url:
            raise ValueError("another issuer")
        return parts


def fetch(url: str) -> Any:
    """A small JSON document; raises ValueError for a large one, and httpx2's errors."""
    with httpx2.Client(timeout=FETCH_SECONDS, trust_env=False) as client:
        answer = client.get(url)
    answer.raise_for_status()
    if len(answer.content) > LARGEST:
        raise ValueError("too large")
    return answer.json()
