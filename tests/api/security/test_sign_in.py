"""Signing in to the console: authorization code with PKCE, sessions that the server ends, no way round for other sites."""

import base64
import re
from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import timedelta
from html import unescape
from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx2
import pytest
from sqlmodel import select

from api.console.login import login_state
from api.console.login.login_state import COOKIE, ROOM, SignIn
from models.tables import ParkedFormRow, SessionRow, real_now
from storage.encryption.keyring import Keyring
from storage.people.sessions import LARGEST_PARKED, MOST_PARKED, digest
from tests.api.support.endpoints import Watch
from tests.api.support.server import Server


class Browser:
    """A browser without script; it sends what browsers send."""

    def __init__(self, server: Server) -> None:
        self.server = server
        self.cookies: dict[str, str] = {}
        self.http = httpx2.Client(trust_env=False, timeout=120)

    def go(
        self, method: str, url: str, headers: Mapping[str, str] | None = None, **more: Any
    ) -> httpx2.Response:
        """One request; redirects are not followed."""
        cookies = "; ".join(f"{name}={value}" for name, value in self.cookies.items())
        sent = {"Cookie": cookies, "Accept": "text/html,*/*;q=0.8"}
        if method == "POST":
            sent["Sec-Fetch-Site"] = "same-origin"
        address = url if url.startswith("http") else self.server.url + url
        answer = self.http.request(method, address, headers=sent | dict(headers or {}), **more)
        for line in answer.headers.get_list("set-cookie"):
            name, _, value = line.partition(";")[0].partition("=")
            assert name.startswith("__Host-") and "Secure" in line and "HttpOnly" in line and "Path=/" in line
            assert "Domain" not in line and "samesite=lax" in line.lower()
            if value in ("", '""'):
                self.cookies.pop(name, None)
            else:
                self.cookies[name] = value
        return answer

    def to_issuer(self, path: str = "/sign-in") -> str:
        """Begin to sign in; where the issuer is."""
        answer = self.go("GET", path)
        assert answer.status_code == 303, answer.text
        return answer.headers["Location"]

    def at_issuer(self, address: str, subject: str) -> str:
        """Say at the issuer who one is; the address that it sends back to."""
        asked = {name: values[0] for name, values in parse_qs(urlsplit(address).query).items()}
        fields = {
            name: asked[name] for name in ("client_id", "redirect_uri", "state", "nonce", "code_challenge")
        }
        answer = self.go("POST", address.partition("?")[0], data={"sub": subject, **fields})
        assert answer.status_code == 303, answer.text
        return answer.headers["Location"]

    def sign_in(self, subject: str, next_path: str = "/") -> httpx2.Response:
        """The whole way."""
        return self.go("GET", self.at_issuer(self.to_issuer(f"/sign-in?next={next_path}"), subject))


@pytest.fixture
def browser(server: Server) -> Iterator[Browser]:
    found = Browser(server)
    yield found
    found.http.close()


def test_whoever_is_not_signed_in_is_sent_to_the_issuer_and_comes_back(
    browser: Browser, organization: str
) -> None:
    wanted = f"/organizations/{organization}"
    first = browser.go("GET", wanted)
    assert first.status_code == 303 and first.headers["Location"].startswith("/sign-in?next=")
    address = browser.to_issuer(first.headers["Location"])
    asked = parse_qs(urlsplit(address).query)
    assert asked["code_challenge_method"] == ["S256"] and asked["response_type"] == ["code"]
    back = browser.go("GET", browser.at_issuer(address, "ada"))
    assert (back.status_code, back.headers["Location"]) == (303, wanted)
    page = browser.go("GET", wanted)
    assert page.status_code == 200 and "Example Games" in page.text


def test_only_hashes_of_secrets_are_kept_and_none_is_logged(browser: Browser) -> None:
    browser.sign_in("ada")
    secret = browser.cookies["__Host-session"]
    with browser.server.database.reading() as session:
        assert session.get(SessionRow, digest(secret)) is not None
        assert session.get(SessionRow, secret) is None
    assert secret not in browser.server.log


def test_a_sign_in_is_only_finished_by_the_browser_that_began_it(browser: Browser, server: Server) -> None:
    victim = Browser(server)
    back = browser.at_issuer(browser.to_issuer(), "eve")
    assert victim.go("GET", back).status_code == 400
    assert "__Host-session" not in victim.cookies


def test_a_code_is_good_once_and_the_state_must_fit(browser: Browser) -> None:
    back = browser.at_issuer(browser.to_issuer(), "ada")
    (name,) = (name for name in browser.cookies if name.startswith(COOKIE))
    kept = browser.cookies[name]
    other = Browser(browser.server).to_issuer()
    for twisted in ("other", "", "..", "x" * 32, parse_qs(urlsplit(other).query)["state"][0]):
        assert browser.go("GET", re.sub(r"state=[^&]+", f"state={twisted}", back)).status_code == 400
    assert browser.go("GET", back).status_code == 303, "what others tried has not spoiled it"
    first = browser.cookies["__Host-session"]
    assert name not in browser.cookies
    assert browser.go("GET", back).status_code == 400, "the browser has forgotten what was begun"
    browser.cookies[name] = kept
    assert browser.go("GET", back).status_code == 400, "and the issuer takes a code once"
    assert browser.cookies["__Host-session"] == first


@pytest.mark.parametrize(
    ("error", "status", "words"),
    [
        ("access_denied", 403, "did not let you in, or you cancelled"),
        ("login_required", 400, "needs something more from you"),
        ("consent_required", 400, "needs something more from you"),
        ("temporarily_unavailable", 503, "not possible right now"),
        ("server_error", 503, "not possible right now"),
        ("invalid_scope", 400, "(invalid_scope). It is not your mistake"),
        ("call_0800_evil_example", 400, "without signing you in. It is not your mistake"),
        ("", 400, "without signing you in. It is not your mistake"),
    ],
)
def test_what_the_issuer_says_at_the_callback_is_told_as_it_is(
    browser: Browser, error: str, status: int, words: str
) -> None:
    state = parse_qs(urlsplit(browser.to_issuer()).query)["state"][0]
    said = f"&error={error}&error_description=call+0800+evil.example" if error else ""
    answer = browser.go("GET", f"/sign-in/callback?state={state}{said}")
    text = " ".join(unescape(answer.text).split())
    assert answer.status_code == status and words in text and "evil" not in text
    assert "not begun here" not in text


def test_beginning_to_sign_in_keeps_nothing_on_the_server(browser: Browser) -> None:
    watch = Watch(browser.server)
    for _ in range(20):
        Browser(browser.server).to_issuer()
    assert not watch.changed()


def test_sign_ins_in_several_tabs_leave_one_another_alone(browser: Browser) -> None:
    wanted = [f"/organizations?tab={tab}" for tab in range(5)]
    tabs = [browser.to_issuer(f"/sign-in?next={path}") for path in wanted]
    for path, tab in reversed([*zip(wanted, tabs, strict=True)]):
        back = browser.go("GET", browser.at_issuer(tab, "ada"))
        assert (back.status_code, back.headers["Location"]) == (303, path)
    assert list(browser.cookies) == ["__Host-session"]


def test_tabs_without_end_take_little_room_and_the_newest_stay(browser: Browser) -> None:
    tabs = [browser.to_issuer(f"/sign-in?next=/{'a' * 900}{tab}") for tab in range(12)]
    kept = {name: value for name, value in browser.cookies.items() if name.startswith(COOKIE)}
    assert 2 < len(kept) < 12
    assert sum(len(name) + len(value) for name, value in kept.items()) <= ROOM
    assert browser.go("GET", browser.at_issuer(tabs[0], "ada")).status_code == 400
    assert browser.go("GET", browser.at_issuer(tabs[-1], "ada")).status_code == 303


def test_what_a_browser_keeps_of_a_sign_in_says_nothing(browser: Browser) -> None:
    address = browser.to_issuer("/sign-in?next=/organizations%3Fsecret")
    (kept,) = (value for name, value in browser.cookies.items() if name.startswith(COOKIE))
    plain = base64.urlsafe_b64decode(kept + "==")
    nonce = parse_qs(urlsplit(address).query)["nonce"][0]
    assert nonce.encode() not in plain and b"secret" not in plain
    assert kept not in browser.server.log


OLD, NEW = bytes(32), bytes(range(32))
RING = Keyring({"k1": OLD})


def a_sign_in() -> SignIn:
    return login_state.begin("/organizations", again=False)


def test_a_sign_in_is_recalled_within_ten_minutes_and_across_a_change_of_keys() -> None:
    begun = a_sign_in()
    kept = {begun.cookie: login_state.seal(RING, begun)}
    assert login_state.recall(RING, kept, begun.state) == begun
    assert login_state.recall(Keyring({"k2": NEW, "k1": OLD}), kept, begun.state) == begun
    assert login_state.recall(Keyring({"k2": NEW}), kept, begun.state) is None
    late = replace(begun, begun_at=begun.begun_at - 601)
    assert login_state.recall(RING, {begun.cookie: login_state.seal(RING, late)}, begun.state) is None


def test_a_sign_in_that_was_made_up_changed_or_put_under_another_name_is_not_recalled() -> None:
    begun, other = a_sign_in(), a_sign_in()
    sealed = login_state.seal(RING, begun)
    turned = sealed[:-9] + ("A" if sealed[-9] != "A" else "B") + sealed[-8:]
    of_another_purpose = RING.encrypt(vars(begun), begun.cookie)
    for kept in (
        turned, sealed[:-1], sealed[:20], "", "=", "k1:", "ä", "x" * 5_000, login_state.seal(RING, other),
        base64.urlsafe_b64encode(of_another_purpose).decode(),
    ):  # fmt: skip
        assert login_state.recall(RING, {begun.cookie: kept}, begun.state) is None, kept
    assert login_state.recall(RING, {other.cookie: sealed}, other.state) is None
    assert login_state.recall(RING, {other.cookie: sealed}, begun.state) is None


def test_a_new_session_takes_the_place_of_the_old_one(browser: Browser) -> None:
    browser.cookies["__Host-session"] = "chosen-by-somebody-else"
    browser.sign_in("ada")
    first = browser.cookies["__Host-session"]
    assert first != "chosen-by-somebody-else"
    browser.sign_in("ada")
    stale = Browser(browser.server)
    stale.cookies["__Host-session"] = first
    assert stale.go("GET", "/organizations").status_code == 303


@pytest.mark.parametrize("how", ["nobody's", "an attacker's own", "under other names"])
def test_a_session_that_was_slipped_in_is_not_taken_over(browser: Browser, server: Server, how: str) -> None:
    eve = Browser(server)
    eve.sign_in("eve")
    slipped = eve.cookies["__Host-session"] if how == "an attacker's own" else "chosen-by-eve"
    names = ("session", "__Secure-session", "__host-session", "__Host-Session", "__Host-session ")
    browser.cookies |= dict.fromkeys(names if how == "under other names" else ("__Host-session",), slipped)
    browser.sign_in("ada")
    assert browser.cookies["__Host-session"] != slipped
    with server.database.reading() as session:
        assert session.get(SessionRow, digest(slipped)) is None, "it has ended, or never was"
        mine = session.get(SessionRow, digest(browser.cookies["__Host-session"]))
        assert mine is not None and mine.subject == "ada"
    eve.cookies["__Host-session"] = slipped
    assert eve.go("GET", "/organizations").status_code == 303
    eve.http.close()


def test_signing_out_ends_the_session_on_the_server(browser: Browser) -> None:
    browser.sign_in("ada")
    secret = browser.cookies["__Host-session"]
    assert browser.go("POST", "/sign-out").headers["Location"] == "/signed-out"
    browser.cookies["__Host-session"] = secret
    assert browser.go("GET", "/organizations").status_code == 303


def test_signing_out_everywhere_ends_all_of_them(browser: Browser, server: Server) -> None:
    other = Browser(server)
    other.sign_in("ada")
    browser.sign_in("ada")
    browser.go("POST", "/sign-out/everywhere")
    assert other.go("GET", "/organizations").status_code == 303


@pytest.mark.parametrize(
    "headers",
    [
        {"Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "same-site"},
        {"Sec-Fetch-Site": "none"},
        {"Sec-Fetch-Site": "", "Origin": "https://evil.example"},
        {"Sec-Fetch-Site": "", "Origin": "null"},
        {"Sec-Fetch-Site": ""},
    ],
)
@pytest.mark.parametrize("path", ["/organizations", "/v1/organizations", "/sign-out/everywhere"])
def test_other_sites_cannot_make_a_signed_in_browser_act(
    browser: Browser, path: str, headers: dict[str, str]
) -> None:
    browser.sign_in("ada")
    answer = browser.go("POST", path, headers=headers, data={"name": "Taken over"})
    assert answer.status_code == 403
    assert browser.go("GET", "/organizations").status_code == 200


def test_what_was_typed_when_the_session_ended_comes_back_after_signing_in(
    browser: Browser, organization: str
) -> None:
    browser.sign_in("ada")
    page = f"/organizations/{organization}/contracts/iap"
    with browser.server.database.transaction() as session:
        row = session.get(SessionRow, digest(browser.cookies["__Host-session"]))
        assert row is not None
        row.seen_at = real_now() - timedelta(hours=3)
    typed = {"_page": page, "typed_name": "Ada Unlost", "typed_title": "Boss"}
    sent = browser.go("POST", f"{page}/sign", data=typed)
    assert sent.status_code == 303
    with browser.server.database.reading() as session:
        assert b"Unlost" not in b"".join(row.fields for row in session.exec(select(ParkedFormRow)))
    back = browser.go("GET", browser.at_issuer(browser.to_issuer(sent.headers["Location"]), "ada"))
    assert back.headers["Location"].startswith(f"{page}?parked=")
    stranger = Browser(browser.server)
    stranger.sign_in("olga")
    assert "Ada Unlost" not in stranger.go("GET", back.headers["Location"]).text
    assert (
        back.status_code == 303
        and "You are signed in again" in browser.go("GET", back.headers["Location"]).text
    )


def test_what_was_typed_without_any_session_is_handed_back_and_taken_up_only_by_the_one_who_typed_it(
    browser: Browser, organization: str
) -> None:
    browser.sign_in("ada")
    page = f"/organizations/{organization}/games"
    shown = re.search(r'name="_by" value="([0-9a-f]+)"', browser.go("GET", page).text)
    assert shown
    browser.go("POST", "/sign-out")
    typed = {"_page": page, "_by": shown[1], "name": "Ada Unlost", "_key": "k" * 20}
    answer = browser.go("POST", page, data=typed)
    assert answer.status_code == 401 and 'name="name" value="Ada Unlost"' in answer.text
    assert answer.headers["Cache-Control"] == "no-store"
    assert browser.go("POST", "/kept", data=typed).status_code == 401
    browser.sign_in("ada")
    back = browser.go("POST", "/kept", data=typed)
    assert back.headers["Location"].startswith(f"{page}?parked=")
    assert "Ada Unlost" in browser.go("GET", back.headers["Location"]).text
    stranger = Browser(browser.server)
    stranger.sign_in("olga")
    assert stranger.go("POST", "/kept", data=typed).headers["Location"] == page


def test_another_sites_form_is_not_handed_back(browser: Browser, organization: str) -> None:
    page = f"/organizations/{organization}/contracts/iap"
    answer = browser.go(
        "POST", f"{page}/sign", {"Sec-Fetch-Site": "cross-site"}, data={"_page": page, "typed_name": "Eve"}
    )
    assert answer.status_code in (303, 403) and "Eve" not in answer.text


def test_pages_for_people_name_what_to_do_and_their_headers_are_strict(
    browser: Browser, organization: str
) -> None:
    browser.sign_in("max")
    answer = browser.go("GET", f"/organizations/{organization}")
    assert answer.status_code == 403 and "Ada Lovelace" in answer.text
    policy = answer.headers["Content-Security-Policy"]
    assert "unsafe" not in policy and "frame-ancestors 'none'" in policy and "default-src 'none'" in policy
    assert answer.headers["Cache-Control"] == "no-store"
    browser.sign_in("eve")
    assert browser.go("GET", f"/organizations/{organization}").status_code == 404
    assert browser.go("GET", "/organizations/org_doesnotexist").status_code == 404


def test_assets_may_be_kept_for_good_and_nothing_else_is_served(browser: Browser) -> None:
    browser.sign_in("ada")
    page = browser.go("GET", "/organizations").text
    for path in re.findall(r'(?:href|src)="(/static/[^"]+)"', page):
        answer = browser.go("GET", path, headers={"Accept-Encoding": "gzip"})
        assert answer.status_code == 200 and "immutable" in answer.headers["Cache-Control"]
    for path in ("/static/000000000000/console.css", "/static/x/../pages.py", "/static/x/%2e%2e/pages.py"):
        assert browser.go("GET", path).status_code == 404


def test_an_ended_session_cannot_fill_the_database(browser: Browser, organization: str) -> None:
    browser.sign_in("ada")
    page = f"/organizations/{organization}/contracts/iap"
    with browser.server.database.transaction() as session:
        row = session.get(SessionRow, digest(browser.cookies["__Host-session"]))
        assert row is not None
        row.seen_at = real_now() - timedelta(hours=3)
    for number in range(MOST_PARKED + 3):
        sent = browser.go("POST", f"{page}/sign", data={"_page": page, "typed_name": f"Ada {number}"})
        assert sent.status_code == 303 and "parked" in sent.headers["Location"]
    for long in ({"typed_name": "A" * 900_000}, {f"f{n}": "x" * 1_000 for n in range(290)}):
        sent = browser.go("POST", f"{page}/sign", data={"_page": page, **long})
        assert sent.status_code == 303 and "parked" not in sent.headers["Location"]
    with browser.server.database.reading() as session:
        kept = session.exec(select(ParkedFormRow).where(ParkedFormRow.subject == "ada")).all()
        assert len(kept) == MOST_PARKED
        assert sum(len(row.fields) for row in kept) < MOST_PARKED * LARGEST_PARKED
    back = browser.go("GET", browser.at_issuer(browser.to_issuer(sent.headers["Location"]), "ada"))
    assert back.status_code == 303, "signing in goes on without it"
