"""Calling the API as people do: signed in, patiently, and never doing anything twice."""

import asyncio
import contextlib
from typing import Any

import httpx2

from cli.demo.people import Person
from config.settings import Settings

TIMEOUT = 20.0
FIRST_PAUSE = 0.2
LONGEST_PAUSE = 2.0
SIGN_INS = 5

AGAIN = ("idempotency_in_flight", "stale_if_match")
"""Refusals that go away when the same request is sent again."""


class Declined(Exception):
    """The API has said no, and would say it again.

    Attributes:
        status: of the answer; 409 means not now, because of where things stand.
        code: why, for programs.
    """

    def __init__(self, status: int, code: str, detail: str) -> None:
        super().__init__(f"{code}: {detail}")
        self.status = status
        self.code = code


class ApiClient:
    """The API, for people who don't give up when it, Temporal or the issuer is away for a while."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._http = httpx2.AsyncClient(timeout=TIMEOUT, trust_env=False)
        self._tokens: dict[str, str] = {}
        self.away: str = ""

    async def close(self) -> None:
        """Close all connections."""
        await self._http.aclose()

    async def get(self, person: Person, path: str, **query: Any) -> Any:
        """What is read at a path."""
        return (await self._call(person, "GET", path, params=query)).json()

    async def post(
        self, person: Person, path: str, body: Any = None, *, key: str, match: str | None = None
    ) -> Any:
        """Have something done, once under its key.

        Args:
            match: the path of what is decided on; what is read there is what the decision is for.

        Raises:
            Declined: with the API's reason.
        """
        headers = {"Idempotency-Key": key}
        return (await self._call(person, "POST", path, headers, match, json=body)).json()

    async def upload(self, person: Person, path: str, name: str, content: bytes) -> Any:
        """Send a file."""
        return (await self._call(person, "POST", path, files={"file": (name, content)})).json()

    async def arm(self, path: str, body: Any) -> None:
        """Tell the sandbox what is to go wrong, or what a game is to earn.

        Raises:
            Declined: the sandbox does not know this fault, or will not have it.
        """
        token = self._settings.provider_token.get_secret_value()
        answer = await self._patiently(
            "POST",
            f"{self._settings.provider_url}/control/{path}",
            json=body,
            headers={"Authorization": f"Bearer {token}"},
        )
        if answer.status_code == 422:
            raise Declined(answer.status_code, "sandbox_refused", f"{path}: {answer.text[:500]}")

    async def _call(
        self,
        person: Person,
        method: str,
        path: str,
        headers: dict[str, str] | None = None,
        match: str | None = None,
        **request: Any,
    ) -> httpx2.Response:
        own = dict(headers or {})
        tries = 0
        while tries < SIGN_INS:
            if person.subject not in self._tokens:
                self._tokens[person.subject] = await self._sign_in(person)
            own["Authorization"] = f"Bearer {self._tokens[person.subject]}"
            if match is not None:
                own["If-Match"] = (await self._call(person, "GET", match)).headers["ETag"]
            answer = await self._patiently(method, f"{self._settings.api_url}{path}", headers=own, **request)
            problem = answer.json() if answer.status_code >= 400 else {}
            if answer.status_code == 401 or problem.get("code") == "recent_sign_in_needed":
                del self._tokens[person.subject]
            elif problem.get("code") not in AGAIN:
                break
            # Whoever works on it answers, or is given up by the API; until then the same request is only asked again.
            tries += problem.get("code") != "idempotency_in_flight"
            await asyncio.sleep(FIRST_PAUSE)
        if answer.status_code >= 400:
            detail = problem.get("detail") or str(problem.get("errors") or "")
            raise Declined(answer.status_code, str(problem.get("code")), detail)
        return answer

    async def _sign_in(self, person: Person) -> str:
        form = {"grant_type": "demo", "sub": person.subject, "name": person.name, "email": person.email}
        answer = await self._patiently("POST", f"{self._settings.oidc_issuer}/token", data=form)
        answer.raise_for_status()
        return str(answer.json()["access_token"])

    async def _patiently(self, method: str, url: str, **request: Any) -> httpx2.Response:
        """The answer, once there is one that says something."""
        pause = FIRST_PAUSE
        while True:
            with contextlib.suppress(httpx2.TransportError):
                answer = await self._http.request(method, url, **request)
                if answer.status_code < 500 and answer.status_code != 429:
                    self.away = ""
                    return answer
            self.away = f"no answer from {url.split('/v1')[0]}"
            await asyncio.sleep(pause)
            pause = min(2 * pause, LONGEST_PAUSE)
