"""Sending webhooks to organizations.

A request goes to the very address that was looked at (no second resolution), follows no redirect, and no
answer can hold it for longer than a deadline. Signatures follow Standard Webhooks.
"""

import asyncio
import ssl
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

import httpx2
from standardwebhooks import Webhook

from providers.webhooks.target import HTTPS, BadTarget, Resolve, Target, addresses_of, look_up, read_target
from words.voice import Sentence

TIMEOUT_SECONDS = 15.0
LARGEST_ANSWER = 1024


@dataclass(frozen=True)
class Answer:
    """What became of one try.

    Attributes:
        status: of the HTTP answer, if there was one.
        code: why it did not arrive; empty when it did.
    """

    status: int | None
    code: str = ""

    @property
    def arrived(self) -> bool:
        """Any 2xx."""
        return not self.code

    @property
    def gone(self) -> bool:
        """The receiver wants no more of them."""
        return self.status == httpx2.codes.GONE


def headers_of(secrets: Sequence[str], event_id: str, body: str, now: datetime) -> Mapping[str, str]:
    """The headers by which a receiver knows a webhook; one signature for each secret that is good.

    Args:
        now: the moment of this try, in UTC and real time.
    """
    # The library takes the moment for UTC whatever it says, and rounds it down like this.
    signatures = [Webhook(secret).sign(event_id, now.astimezone(UTC), body) for secret in secrets]
    return {
        "webhook-id": event_id,
        "webhook-timestamp": str(int(now.timestamp())),
        "webhook-signature": " ".join(signatures),
        "Content-Type": "application/json",
        "User-Agent": "monetization/1",
        "Accept-Encoding": "identity",
    }


class Outgoing:
    """Sends webhooks.

    Args:
        allow_local: receivers on this very machine are allowed, without HTTPS; never in production.
        resolve: gives the addresses of a name.
        trust: which certificates are believed; the usual ones when nothing is said.
    """

    def __init__(
        self,
        allow_local: bool = False,
        resolve: Resolve = look_up,
        timeout: float = TIMEOUT_SECONDS,
        trust: ssl.SSLContext | None = None,
    ) -> None:
        self._allow_local, self._resolve, self._timeout = allow_local, resolve, timeout
        self._trust = trust or ssl.create_default_context()

    async def check(self, url: str) -> None:
        """Raise BadTarget if nothing can be sent to an address now."""
        try:
            async with asyncio.timeout(self._timeout):
                await addresses_of(read_target(url, self._allow_local), self._resolve)
        except TimeoutError:
            raise BadTarget(
                "name_unknown", Sentence("This name could not be looked up in time; try again.")
            ) from None

    async def send(self, url: str, headers: Mapping[str, str], body: str) -> Answer:
        """Try once; never raises, whatever the receiver does."""
        try:
            async with asyncio.timeout(self._timeout):
                target = read_target(url, self._allow_local)
                return await self._post(target, await addresses_of(target, self._resolve), headers, body)
        except BadTarget as error:
            return Answer(None, error.code)
        except (TimeoutError, httpx2.TimeoutException):
            return Answer(None, "timeout")
        except (httpx2.ConnectError, ssl.SSLError):
            return Answer(None, "unreachable")
        except (httpx2.HTTPError, httpx2.InvalidURL, OSError, ValueError):
            return Answer(None, "connection_lost")

    async def _post(
        self, target: Target, addresses: Sequence[str], headers: Mapping[str, str], body: str
    ) -> Answer:
        standard = {"http": 80, "https": HTTPS}[target.scheme]
        named = target.host if target.port == standard else f"{target.host}:{target.port}"
        async with httpx2.AsyncClient(
            verify=self._trust, timeout=self._timeout, follow_redirects=False, trust_env=False
        ) as client:
            for address in addresses[:-1]:
                try:
                    return await self._post_to(client, address, target, {**headers, "Host": named}, body)
                except (httpx2.ConnectError, httpx2.ConnectTimeout):
                    continue
            return await self._post_to(client, addresses[-1], target, {**headers, "Host": named}, body)

    async def _post_to(
        self,
        client: httpx2.AsyncClient,
        address: str,
        target: Target,
        headers: Mapping[str, str],
        body: str,
    ) -> Answer:
        place = f"[{address}]" if ":" in address else address
        request = client.stream(
            "POST",
            f"{target.scheme}://{place}:{target.port}{target.path}",
            content=body,
            headers=dict(headers),
            extensions={"sni_hostname": target.host},  # the certificate must be the name's
        )
        async with request as response:
            seen = 0
            async for part in response.aiter_raw():
                seen += len(part)
                if seen > LARGEST_ANSWER:
                    break
            status = response.status_code
        if 200 <= status < 300:
            return Answer(status)
        return Answer(status, "redirect" if 300 <= status < 400 else f"http_{status}")
