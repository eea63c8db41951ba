"""The signature of webhooks: ``TikTok-Signature: t=<unix seconds>,s=<hex HMAC-SHA256 of "t.body">``."""

import hashlib
import hmac
import re
from collections.abc import Sequence

from providers.failures import SignatureError

HEADER = "TikTok-Signature"
TOLERANCE = 300

_SIGNATURE = re.compile(r"t=([0-9]{1,12}),\s?s=([0-9a-f]{64})")


def sign(secret: str, body: bytes, at: int) -> str:
    """The header for a body sent at a moment (Unix seconds, real time)."""
    return f"t={at},s={_digest(secret, str(at), body)}"


def verify(
    secrets: Sequence[str], header: str | None, body: bytes, now: int, tolerance: int = TOLERANCE
) -> None:
    """Check that a body was signed, a short while ago, under one of our secrets.

    Args:
        secrets: the live secrets; two while they are being changed. Empty ones never match.
        header: the value of the header as it came, whatever it is.
        body: the raw bytes as they came.
        now: Unix seconds, real time.
        tolerance: seconds by which the moment of signing may be off, either way.

    Raises:
        SignatureError: ``signature_missing``, ``signature_malformed``, ``signature_mismatch`` or
            ``signature_expired``.
    """
    if not header:
        raise SignatureError("signature_missing")
    match = _SIGNATURE.fullmatch(header)
    if match is None:
        raise SignatureError("signature_malformed")
    at, claimed = match.groups()
    matches = [hmac.compare_digest(_digest(secret, at, body), claimed) for secret in secrets if secret]
    if not any(matches):
        raise SignatureError("signature_mismatch")
    if abs(now - int(at)) > tolerance:
        raise SignatureError("signature_expired")


def _digest(secret: str, at: str, body: bytes) -> str:
    return hmac.new(secret.encode(), at.encode() + b"." + body, hashlib.sha256).hexdigest()
