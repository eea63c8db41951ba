"""Bad tokens are counted by where they come from; whoever brings a good one passes, and nobody can blame another."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager

import httpx2
import pytest
from pydantic import ValidationError

from api.http.problems import Problem
from api.security.rate_limits import RateLimits, neighbours
from config.settings import Settings
from tests.api.support.server import Client, Server
from tests.sandbox.box import Box

ME = "/v1/me"
Start = Callable[..., Server]


@pytest.fixture
def start(issuer: tuple[Box, int], tmp_path_factory: pytest.TempPathFactory) -> Iterator[Start]:
    """Starts an API that takes a single bad token a minute from an address."""
    running: list[Server] = []

    def begin(**extra: str) -> Server:
        settings = {"MONETIZATION_BAD_TOKENS_PER_MINUTE": "1"} | {
            f"MONETIZATION_{name.upper()}": value for name, value in extra.items()
        }
        running.append(Server(issuer[0], tmp_path_factory.mktemp("limits"), extra=settings).start())
        return running[0]

    yield begin
    for server in running:
        server.stop()


def guess(server: Server, **headers: str) -> httpx2.Response:
    """Try a bad token."""
    given = {name.replace("_", "-"): value for name, value in headers.items()}
    return server.call("GET", ME, headers={"Authorization": "Bearer mk_guess", **given})


def lock(server: Server, **headers: str) -> None:
    """Try bad tokens until no more are looked at."""
    assert any(guess(server, **headers).status_code == 429 for _ in range(10))


def test_whoever_brings_what_is_good_passes_however_many_bad_tokens_their_neighbours_try(
    start: Start,
) -> None:
    server = start()
    home = server.settled_organization()
    ada = server.person("ada")
    made = ada.try_post(f"/v1/organizations/{home}/api-keys", {"name": "Mine", "scopes": ["read"]}).json()
    lock(server)
    assert ada.get(ME)["subject"] == "ada"
    assert Client(server, "robot", made["token"]).get(f"/v1/organizations/{home}")["id"] == home
    assert server.call("GET", "/sign-in").status_code == 303
    assert server.call("GET", "/sign-in/callback?state=unknown").status_code == 400


def test_an_address_that_nobody_trusts_speaks_for_itself_only(start: Start) -> None:
    server = start()
    lock(server)
    for forged in ("198.51.100.7", "127.0.0.1, 198.51.100.8", "[2001:db8::1]:80", "unknown"):
        assert guess(server, X_Forwarded_For=forged).status_code == 429, forged


def test_a_trusted_proxy_says_whom_it_speaks_for(start: Start) -> None:
    server = start(trusted_proxies="127.0.0.1, 10.0.0.0/24")
    lock(server, X_Forwarded_For="198.51.100.7")
    assert guess(server, X_Forwarded_For="198.51.100.8").status_code == 401
    # What the guesser has written comes first, what the proxies have seen comes last.
    assert guess(server, X_Forwarded_For="203.0.113.9, 198.51.100.7").status_code == 429
    assert guess(server, X_Forwarded_For="203.0.113.9, 198.51.100.7, 10.0.0.5").status_code == 429
    lock(server, X_Forwarded_For="2001:db8:1:2::1")
    assert guess(server, X_Forwarded_For="2001:db8:1:2:ffff::9").status_code == 429
    assert guess(server, X_Forwarded_For="2001:db8:1:3::1").status_code == 401


@contextmanager
def told_to_wait() -> Iterator[None]:
    with pytest.raises(Problem) as raised:
        yield
    assert raised.value.status_code == 429


@pytest.mark.parametrize(
    ("address", "whose"),
    [
        ("198.51.100.7", "198.51.100.7"),
        ("2001:db8:1:2::1", "2001:db8:1:2::/64"),
        ("2001:db8:1:2:ffff::9", "2001:db8:1:2::/64"),
        ("::ffff:198.51.100.7", "198.51.100.7"),
        ("fe80::1%eth0", "fe80::/64"),
        ("", ""),
        ("a socket", "a socket"),
    ],
)
def test_an_ipv6_customer_is_counted_as_one(address: str, whose: str) -> None:
    assert neighbours(address) == whose


def test_only_failures_are_counted() -> None:
    limits = RateLimits(per_minute=0, bad_per_minute=1)
    limits.note_bad("2001:db8::1")
    with told_to_wait():
        limits.note_bad("2001:db8::2")
    limits.note_bad("2001:db8:0:1::1")
    limits.count("ada")


@pytest.mark.parametrize(
    "wrong", ["*", "0.0.0.0/0", "::/0", "balancer", "10.0.0.1/24", "10.0.0.0/33", "10.0.0.1;"]
)
def test_a_misspelt_proxy_is_refused_at_the_start(wrong: str) -> None:
    with pytest.raises(ValidationError):
        Settings(trusted_proxies=wrong)


def test_proxies_are_addresses_and_networks() -> None:
    assert Settings().trusted_proxies == ""
    assert Settings(trusted_proxies=" 10.0.0.7, fd00::/8,").trusted_proxies == "10.0.0.7,fd00::/8"


def test_all_keys_of_an_organization_share_one_limit(start: Start) -> None:
    server = start(requests_per_minute="5")
    home = server.settled_organization()
    ada = server.person("ada")
    path = f"/v1/organizations/{home}/api-keys"
    keys = [ada.try_post(path, {"name": "Mine", "scopes": ["read"]}).json()["token"] for _ in range(3)]
    answers = [
        Client(server, "robot", key).call("GET", f"/v1/organizations/{home}").status_code
        for _ in range(10)
        for key in keys
    ]
    assert answers[:5] == [200] * 5
    assert answers.count(200) < 10, "each key has requests of its own"
    assert ada.get(f"/v1/organizations/{home}")["id"] == home
