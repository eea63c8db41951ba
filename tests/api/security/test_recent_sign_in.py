"""Signing, payouts, and what gives somebody power need a sign-in of the last minutes; and nobody may ask without end."""

import time
from collections.abc import Callable, Iterator
from datetime import timedelta
from itertools import count
from secrets import token_hex
from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx2
import pytest

from models.tables import SessionRow, real_now
from storage.people.sessions import digest
from tests.api.security.test_sign_in import Browser
from tests.api.support.endpoints import Watch, furnish
from tests.api.support.odd_issuer import OddIssuer
from tests.api.support.server import Server, problem
from tests.sandbox.box import Box

POWER: dict[str, dict[str, Any] | None] = {
    "/api-keys": {"name": "Nightly", "scopes": ["act"]},
    "/members/invitations": {"email": "eve@example.com", "role": "admin"},
    "/members/role": {"subject": "max", "role": "admin"},
    "/members/remove": {"subject": "max"},
    "/webhook-endpoints": {"url": "https://example.com/hooks"},
    "/webhook-endpoints/{endpoint_id}/rotate-secret": None,
    "/webhook-endpoints/{endpoint_id}/enable": None,
    "/webhook-endpoints/{endpoint_id}/disable": None,
    "/webhook-endpoints/{endpoint_id}/remove": None,
}
"""What gives somebody power, or sends something out of the house; whoever finds a screen unlocked may not do it."""

SIGNATURE = {
    "version": 1,
    "text_sha256": "0" * 64,
    "typed_name": "Ada",
    "typed_title": "Boss",
    "accept": True,
}


def test_signing_needs_a_recent_sign_in(server: Server, organization: str) -> None:
    path = f"/v1/organizations/{organization}/contracts/iap"
    for minutes, code in ((1, "invalid_request"), (16, "recent_sign_in_needed")):
        ada = server.person("ada", auth_time=int(time.time()) - 60 * minutes)
        answer = ada.try_post(f"{path}/sign", SIGNATURE, match=ada.etag(path))
        assert answer.json()["code"] == code, minutes
        challenge = answer.headers.get("WWW-Authenticate", "")
        assert ("insufficient_user_authentication" in challenge) == (minutes == 16)


def test_giving_power_needs_a_recent_sign_in(server: Server) -> None:
    home = server.settled_organization()
    ids = furnish(server, server.person("ada"), home)
    ada, watch = server.person("ada", auth_time=int(time.time()) - 16 * 60), Watch(server)
    for path, body in POWER.items():
        answer = ada.try_post(f"/v1/organizations/{home}{path.format(**ids)}", body)
        assert problem(answer, 403, "recent_sign_in_needed"), path
    assert not watch.changed()


def test_a_page_asks_to_sign_in_again_and_keeps_what_was_typed(server: Server) -> None:
    home = server.settled_organization()
    ids, browser = furnish(server, server.person("ada"), home), Browser(server)
    browser.sign_in("ada")
    age(browser, authenticated_at=real_now() - timedelta(minutes=16))
    watch = Watch(server)
    for path, body in POWER.items():
        page = f"/organizations/{home}{path.replace('webhook-endpoints', 'webhooks').format(**ids)}"
        typed = {
            f"{name}[]" if isinstance(value, list) else name: value for name, value in (body or {}).items()
        }
        sent = browser.go("POST", page, data={"_page": f"/organizations/{home}/x", "_key": path, **typed})
        assert sent.status_code == 303 and "again=1" in sent.headers["Location"], page
        assert sent.headers["Location"].startswith("/sign-in?next=") and "parked" in sent.headers["Location"]
        assert set(watch.changed()) <= {"parked_forms"}, page
    browser.http.close()


def age(browser: Browser, **values: Any) -> None:
    """Change the session of a browser."""
    with browser.server.database.transaction() as session:
        row = session.get(SessionRow, digest(browser.cookies["__Host-session"]))
        assert row is not None
        for name, value in values.items():
            setattr(row, name, value)


@pytest.fixture(scope="module")
def odd() -> Iterator[OddIssuer]:
    found = OddIssuer()
    yield found
    found.close()


@pytest.fixture(scope="module")
def trusting(
    issuer: tuple[Box, int], odd: OddIssuer, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Server]:
    """An API whose issuer says what a test wants."""
    extra = {"MONETIZATION_OIDC_ISSUER": odd.url}
    running = Server(issuer[0], tmp_path_factory.mktemp("trusting"), extra=extra).start()
    yield running
    running.stop()


@pytest.fixture
def browser(trusting: Server) -> Iterator[Browser]:
    found = Browser(trusting)
    yield found
    found.http.close()


def makes_a_key(browser: Browser, home: str) -> Any:
    form = {"_key": token_hex(8), "name": "Mine", "scopes[]": "read"}
    return browser.go("POST", f"/organizations/{home}/api-keys", data=form)


def test_an_issuer_that_does_not_say_when_is_believed_who_but_not_that_it_was_just_now(
    odd: OddIssuer, trusting: Server, browser: Browser
) -> None:
    home = trusting.settled_organization()
    assert odd.has_signed_in(browser, browser.to_issuer()).status_code == 303
    assert browser.go("GET", f"/organizations/{home}").status_code == 200
    sent = makes_a_key(browser, home)
    assert sent.status_code == 303 and "again=1" in sent.headers["Location"]

    before = browser.cookies["__Host-session"]
    answer = odd.has_signed_in(browser, browser.to_issuer(sent.headers["Location"]))
    assert (odd.asked["max_age"], odd.asked["prompt"]) == ("0", "login")
    assert answer.status_code == 400 and "must send auth_time in identity tokens" in answer.text
    assert browser.cookies["__Host-session"] == before, "who they are is known as before"
    assert makes_a_key(browser, home).status_code == 303

    now = int(time.time())
    again = browser.to_issuer(sent.headers["Location"])
    assert odd.has_signed_in(browser, again, auth_time=now).status_code == 303
    assert makes_a_key(browser, home).status_code == 200


@pytest.mark.parametrize(("seconds_ago", "status"), [(0, 303), (5, 303), (60, 400), (3600, 400)])
def test_an_issuer_that_lets_people_through_without_asking_again_is_not_believed(
    odd: OddIssuer, browser: Browser, seconds_ago: int, status: int
) -> None:
    address = browser.to_issuer("/sign-in?again=1")
    answer = odd.has_signed_in(browser, address, auth_time=int(time.time()) - seconds_ago)
    assert answer.status_code == status
    assert ("must heed max_age=0" in answer.text) == (status == 400)
    assert ("__Host-session" in browser.cookies) == (status == 303)


@pytest.mark.parametrize("minutes", [5, 20])
def test_a_plain_sign_in_counts_from_when_the_issuer_says(
    odd: OddIssuer, trusting: Server, browser: Browser, minutes: int
) -> None:
    home = trusting.settled_organization()
    odd.has_signed_in(browser, browser.to_issuer(), auth_time=int(time.time()) - 60 * minutes)
    assert makes_a_key(browser, home).status_code == (200 if minutes == 5 else 303)


@pytest.mark.parametrize(
    "claims",
    [
        {"nonce": "another"},
        {"aud": "monetization"},
        {"iss": "https://evil.example"},
        {"sub": "a b"},
        {"exp": 1},
        {"azp": "another-client"},
        {"auth_time": 4_000_000_000},
        {"nonce": None},
    ],
)
def test_an_identity_token_that_is_not_of_this_sign_in_signs_nobody_in(
    odd: OddIssuer, browser: Browser, claims: dict[str, Any]
) -> None:
    answer = odd.has_signed_in(browser, browser.to_issuer(), **{"auth_time": int(time.time()), **claims})
    assert answer.status_code == 400 and "__Host-session" not in browser.cookies


LEFT_OPEN: dict[str, tuple[str, dict[str, str]]] = {
    "the page drawn again by its script": ("", {"Sec-Fetch-Mode": "cors", "Sec-Fetch-Dest": "empty"}),
    "the stream of news": ("/events?after=0", {"Sec-Fetch-Mode": "cors", "Accept": "text/event-stream"}),
    "the stream of an old browser": ("/events?after=0", {"Accept": "text/event-stream"}),
}


@pytest.mark.parametrize("what", [*LEFT_OPEN, "a person"])
def test_only_what_a_person_does_keeps_a_session_alive(server: Server, organization: str, what: str) -> None:
    browser = Browser(server)
    browser.sign_in("ada")
    age(browser, seen_at=real_now() - timedelta(minutes=119))
    path, headers = LEFT_OPEN.get(what, ("", {"Sec-Fetch-Mode": "navigate"}))
    address = f"{server.url}{'/v1' if path else ''}/organizations/{organization}{path}"
    cookies = {
        "Cookie": f"__Host-session={browser.cookies['__Host-session']}",
        "Accept": "text/html",
        **headers,
    }
    with browser.http.stream("GET", address, headers=cookies) as answer:
        assert answer.status_code == 200
    with server.database.reading() as session:
        row = session.get(SessionRow, digest(browser.cookies["__Host-session"]))
        assert row is not None
        assert (row.seen_at > real_now() - timedelta(minutes=5)) == (what == "a person")
    browser.http.close()


def test_reading_does_not(server: Server, organization: str) -> None:
    ada = server.person("ada", auth_time=int(time.time()) - 3600)
    assert ada.get(f"/v1/organizations/{organization}")["id"] == organization


@pytest.fixture
def slow(issuer: tuple[Box, int], tmp_path_factory: pytest.TempPathFactory) -> "Server":
    """An API that takes five requests a minute from anybody, and looks at sixty bad tokens."""
    extra = {"MONETIZATION_REQUESTS_PER_MINUTE": "5", "MONETIZATION_BAD_TOKENS_PER_MINUTE": "60"}
    return Server(issuer[0], tmp_path_factory.mktemp("slow"), extra=extra)


def refused_after(ask: Callable[[], httpx2.Response], a_minute: int, status: int) -> httpx2.Response:
    """The 429 that comes once a minute's share was asked for, and what has become free again meanwhile."""
    since, asked = time.monotonic(), 0
    while (answer := ask()).status_code != 429:
        assert answer.status_code == status, answer.text
        asked += 1
        freed = (time.monotonic() - since) / 60 * a_minute
        assert asked <= a_minute + freed + 1, "more than its share"
    assert asked >= a_minute
    return answer


def test_whoever_asks_too_often_is_told_to_slow_down_and_others_are_not(slow: Server) -> None:
    slow.start()
    try:
        home = slow.settled_organization()
        ada, olga = slow.person("ada"), slow.person("olga")
        answer = refused_after(lambda: ada.call("GET", f"/v1/organizations/{home}"), 5, status=200)
        assert answer.json()["code"] == "too_many_requests"
        assert int(answer.headers["Retry-After"]) > 0
        assert olga.get(f"/v1/organizations/{home}")["id"] == home
    finally:
        slow.stop()


def test_guessing_tokens_is_stopped_by_address(slow: Server) -> None:
    slow.start()
    try:
        bad = {"Authorization": "Bearer mk_guess"}
        refused_after(lambda: slow.call("GET", "/v1/operator/queue", headers=bad), 60, status=401)
    finally:
        slow.stop()


def test_guessing_codes_is_stopped_by_address(slow: Server) -> None:
    slow.start()
    browser = Browser(slow)
    try:
        (state,) = parse_qs(urlsplit(browser.to_issuer()).query)["state"]
        path = f"/sign-in/callback?state={state}&code="
        guesses = count()
        refused_after(lambda: browser.go("GET", f"{path}guess-{next(guesses)}"), 60, status=400)
    finally:
        browser.http.close()
        slow.stop()
