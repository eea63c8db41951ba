"""One pooled HTTP client for all providers: deadlines, bearer token, request ids, and what an error means."""

import re
import time
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import TypeVar
from uuid import uuid4

import httpx2
import structlog
from pydantic import BaseModel, SecretStr, TypeAdapter, ValidationError
from structlog.contextvars import get_contextvars

from models.documents import FailureClass
from providers.failures import NotFound, ProviderFailure

LARGEST_ANSWER = 8 * 1024 * 1024
LONGEST_WAIT = 7 * 86_400
UNKNOWN_REFERENCE = "unknown_reference"

M = TypeVar("M", bound=BaseModel)

_log = structlog.get_logger("providers")
_CODE = re.compile(r"[a-z0-9_]{1,60}")
_REQUEST_ID = re.compile(r"[A-Za-z0-9_.:-]{1,100}")
_PROBLEM: TypeAdapter[dict[str, object]] = TypeAdapter(dict[str, object])


def final(status: int, code: str) -> FailureClass:
    """What a 4xx means for a call that may be repeated: refused for good, unless it came too slowly."""
    return FailureClass.TRANSIENT if status == 408 else FailureClass.FINAL


class ProviderHttp:
    """The client; safe to share between threads.

    Args:
        base_url: where the providers are.
        token: the bearer token.
        timeout: seconds for connecting, and again for each silence while reading; the whole answer may
            take twice as long.
    """

    def __init__(self, base_url: str, token: SecretStr, timeout: float) -> None:
        self._deadline = 2 * timeout
        self._client = httpx2.Client(
            base_url=base_url,
            headers={
                "Authorization": f"Bearer {token.get_secret_value()}",
                "Accept": "application/json",
                "User-Agent": "monetization/1",
            },
            timeout=timeout,
            follow_redirects=False,
            limits=httpx2.Limits(max_connections=64, max_keepalive_connections=16, keepalive_expiry=3),
            # A .netrc would replace the token, a proxy variable would see it.
            trust_env=False,
        )

    def close(self) -> None:
        """Close all connections."""
        self._client.close()

    def exchange(
        self,
        method: str,
        path: str,
        answer: type[M],
        *,
        body: BaseModel | None = None,
        query: Mapping[str, str] | None = None,
        key: str | None = None,
        uncertain: FailureClass = FailureClass.TRANSIENT,
        refusal: Callable[[int, str], FailureClass] = final,
    ) -> M:
        """Make one call and read its answer.

        Args:
            answer: the model that a 2xx body must fit.
            key: the idempotency key.
            uncertain: the class of a failure after which the call may have been carried out.
            refusal: the class of a 4xx by its status and problem code.

        Raises:
            NotFound: the provider says that it does not know the reference (of a ``GET``).
            ProviderFailure: everything else that is not an answer.
        """
        given = str(get_contextvars().get("request_id", ""))
        request_id = given if _REQUEST_ID.fullmatch(given) else uuid4().hex
        headers = {"X-Request-Id": request_id}
        if key is not None:
            headers["Idempotency-Key"] = key
        if body is not None:
            headers["Content-Type"] = "application/json"
        content = body.model_dump_json().encode() if body is not None else None
        request = self._client.build_request(method, path, params=query, content=content, headers=headers)
        started = time.monotonic()
        outcome = "ok"
        try:
            response, raw = send_whole(self._client, request, self._deadline, uncertain)
            return _read(method, response, raw, answer, uncertain, refusal)
        except ProviderFailure as failure:
            outcome = failure.code
            raise
        except NotFound:
            outcome = "not_found"
            raise
        finally:
            _log.info(
                "provider call",
                method=method,
                path=path,
                outcome=outcome,
                request_id=request_id,
                milliseconds=round((time.monotonic() - started) * 1000),
            )


def send_whole(
    client: httpx2.Client, request: httpx2.Request, deadline: float, uncertain: FailureClass
) -> tuple[httpx2.Response, bytes]:
    """Send a request and read its whole answer, up to a size and within a time (seconds).

    Raises:
        ProviderFailure: TRANSIENT when nothing was sent; of the class ``uncertain`` when it may have been.
    """
    started = time.monotonic()
    try:
        response = client.send(request, stream=True)
        try:
            raw = bytearray()
            for chunk in response.iter_bytes():
                raw += chunk
                if len(raw) > LARGEST_ANSWER or time.monotonic() - started > deadline:
                    raise ProviderFailure(uncertain, "malformed_answer")
            return response, bytes(raw)
        finally:
            response.close()
    except (httpx2.ConnectError, httpx2.ConnectTimeout, httpx2.PoolTimeout) as error:
        raise ProviderFailure(FailureClass.TRANSIENT, "unreachable") from error
    except httpx2.TimeoutException as error:
        raise ProviderFailure(uncertain, "timeout") from error
    except httpx2.RequestError as error:
        raise ProviderFailure(uncertain, "connection_lost") from error


def _read(
    method: str,
    response: httpx2.Response,
    raw: bytes,
    answer: type[M],
    uncertain: FailureClass,
    refusal: Callable[[int, str], FailureClass],
) -> M:
    status = response.status_code
    if 200 <= status < 300:
        try:
            return answer.model_validate_json(raw)
        except ValidationError:
            # The error would quote the answer, which may hold personal data.
            raise ProviderFailure(uncertain, "malformed_answer") from None
    wait = retry_after(response.headers.get("Retry-After"), datetime.now(UTC))
    code = _problem_code(raw) or f"http_{status}"
    if status == 429:
        raise ProviderFailure(FailureClass.TRANSIENT, "rate_limited", wait)
    if status == 503 and response.headers.get("X-Not-Processed", "").lower() == "true":
        raise ProviderFailure(FailureClass.TRANSIENT, "not_processed", wait)
    # Any other 404 may come from a gateway that never asked the provider.
    if status == 404 and method == "GET" and code == UNKNOWN_REFERENCE:
        raise NotFound(code)
    if 400 <= status < 500:
        raise ProviderFailure(refusal(status, code), code, wait)
    raise ProviderFailure(uncertain, f"http_{status}", wait)


def _problem_code(raw: bytes) -> str | None:
    try:
        code = _PROBLEM.validate_json(raw).get("code")
    except ValidationError:
        return None
    return code if isinstance(code, str) and _CODE.fullmatch(code) else None


def retry_after(header: str | None, now: datetime) -> int | None:
    """The seconds that a ``Retry-After`` header asks for, between 0 and a week; ``None`` if it says nothing."""
    if header is None:
        return None
    if re.fullmatch(r"[0-9]{1,9}", header):
        return min(int(header), LONGEST_WAIT)
    try:
        moment = parsedate_to_datetime(header)
    except (TypeError, ValueError, IndexError, OverflowError):
        return None
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=UTC)
    return max(0, min(round((moment - now).total_seconds()), LONGEST_WAIT))
