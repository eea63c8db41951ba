"""What takes long has a queue with a share for each organization: nobody's work keeps the others from theirs."""

import asyncio
import time
import zlib
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from inspect import iscoroutinefunction
from typing import Any

import httpx2
import pytest
from fastapi import Response
from fastapi.dependencies.models import Dependant
from fastapi.routing import APIRoute

from api.app import create_app
from api.http.problems import Problem
from api.queues import Queue
from api.security.identity import make_in_turn, read_in_turn
from cli.demo.papers import pdf as paper
from config.settings import Settings
from tests.api.support.forms import image
from tests.api.support.server import Client, Server, problem
from tests.providers.invoice_reading.test_process import with_content
from tests.sandbox.box import eventually

MANY = 90


def a_queue(**other: Any) -> Queue:
    usual = {"at_once": 2, "of_one": 1, "most_of_one": 3, "most": 5, "patience": 60}
    return Queue("Reading", **{**usual, **other})


async def settle() -> None:
    """Let everybody who can go on do so."""
    for _ in range(20):
        await asyncio.sleep(0)


class Visits:
    """Who has been let in, in order; each stays until told to leave."""

    def __init__(self, queue: Queue) -> None:
        self.queue, self.inside, self.order = queue, set[str](), list[str]()
        self.leave: dict[str, asyncio.Event] = {}
        self.tasks: list[asyncio.Task[None]] = []

    def come(self, name: str, organization: str) -> asyncio.Task[None]:
        self.leave[name] = asyncio.Event()
        self.tasks.append(asyncio.create_task(self._visit(name, organization)))
        return self.tasks[-1]

    async def _visit(self, name: str, organization: str) -> None:
        async with self.queue.turn(organization):
            self.inside.add(name)
            self.order.append(name)
            await self.leave[name].wait()
            self.inside.remove(name)


async def test_one_organization_has_its_share_and_the_others_are_let_in_past_it() -> None:
    visits = Visits(a_queue(most=20))
    for name in ("a1", "a2", "a3"):
        visits.come(name, "a")
    visits.come("b1", "b")
    await settle()
    assert visits.inside == {"a1", "b1"}
    visits.come("c1", "c")
    visits.leave["a1"].set()
    await settle()
    assert visits.inside == {"b1", "c1"}, "what asked first gets the place, a2 had not asked while a1 was in"
    for name in visits.leave:
        visits.leave[name].set()
    await asyncio.gather(*visits.tasks)
    assert sorted(visits.order) == ["a1", "a2", "a3", "b1", "c1"]


async def test_whoever_has_too_much_under_way_is_told_so_and_the_others_are_not() -> None:
    visits = Visits(a_queue())
    for number in range(3):
        visits.come(f"a{number}", "a")
    await settle()
    with pytest.raises(Problem) as told:
        async with visits.queue.turn("a"):
            raise AssertionError
    assert (told.value.status_code, told.value.code) == (429, "too_many_in_flight")
    assert told.value.headers is not None and told.value.headers["Retry-After"]
    visits.come("b", "b")
    await settle()
    assert "b" in visits.inside
    for name in visits.leave:
        visits.leave[name].set()
    await asyncio.gather(*visits.tasks)


async def test_a_full_queue_says_that_it_is_full_and_takes_more_when_it_is_not() -> None:
    visits = Visits(a_queue())
    for organization in "abcde":
        visits.come(organization, organization)
    await settle()
    with pytest.raises(Problem) as told:
        async with visits.queue.turn("f"):
            raise AssertionError
    assert (told.value.status_code, told.value.code) == (503, "busy")
    visits.leave["a"].set()
    await settle()
    visits.come("f", "f")
    for name in visits.leave:
        visits.leave[name].set()
    await asyncio.gather(*visits.tasks)
    assert visits.order[-1] == "f"


async def test_whoever_has_waited_too_long_or_goes_away_leaves_nothing_behind() -> None:
    visits = Visits(a_queue(patience=0.05, at_once=1))
    visits.come("a", "a")
    await settle()
    for organization in ("a", "b"):
        with pytest.raises(Problem) as told:
            async with visits.queue.turn(organization):
                raise AssertionError
        assert (told.value.status_code, told.value.code) == (503, "busy")
    gone = visits.come("c", "c")
    await settle()
    gone.cancel()
    visits.leave["a"].set()
    await asyncio.gather(*visits.tasks, return_exceptions=True)
    async with visits.queue.turn("c"):
        pass


async def test_work_is_done_in_a_thread_and_its_problem_is_told() -> None:
    queue = a_queue()
    assert await queue.run("a", lambda a, b: a + b, 1, 2) == 3

    def fail() -> None:
        raise ValueError("no")

    for _ in range(4):
        with pytest.raises(ValueError, match="no"):
            await queue.run("a", fail)


def dependencies_of(dependant: Dependant) -> set[object]:
    """All that a route depends on, however indirectly."""
    own = {dependant.call}
    return own.union(*(dependencies_of(one) for one in dependant.dependencies))


def routes_of_organizations() -> list[tuple[APIRoute, set[object]]]:
    app = create_app(Settings.model_construct())
    found = [r for r in all_routes(app.routes) if "{organization_id}" in r.path and "operators" not in r.path]
    return [(route, dependencies_of(route.dependant)) for route in found]


def all_routes(routes: Iterable[Any]) -> Iterator[APIRoute]:
    for route in routes:
        if isinstance(route, APIRoute):
            yield route
        else:
            inner = getattr(route, "original_router", None) or getattr(route, "router", None)
            yield from all_routes(getattr(inner or route, "routes", ()))


def test_whatever_holds_a_shared_thread_for_an_organization_has_its_turn() -> None:
    routes = [r for r in routes_of_organizations() if not iscoroutinefunction(r[0].endpoint)]
    assert len(routes) > 50
    assert [route.path for route, needed in routes if read_in_turn not in needed] == []


def test_whatever_makes_a_file_has_its_turn() -> None:
    routes = [r for r in routes_of_organizations() if r[0].response_class is Response]
    assert len(routes) > 8
    assert [route.path for route, needed in routes if make_in_turn not in needed] == []


def endless(times: int = 300_000) -> bytes:
    """A PDF of a few kilobytes whose one page says the same again and again."""
    return with_content(zlib.compress(b"BT /F1 12 Tf " + b"(abc) Tj " * times + b"ET", 9), "/FlateDecode")


class Attack:
    """One admin who asks for the same again and again, all at once."""

    def __init__(self, pool: ThreadPoolExecutor, ask: Callable[[], httpx2.Response]) -> None:
        self.asked: list[Future[httpx2.Response]] = [pool.submit(ask) for _ in range(MANY)]

    def refused(self) -> int:
        return sum(one.done() and one.result().status_code == 429 for one in self.asked)

    def under_way(self) -> int:
        return sum(not one.done() for one in self.asked)


@contextmanager
def attacked(ask: Callable[[], httpx2.Response]) -> Iterator[Attack]:
    with ThreadPoolExecutor(MANY) as pool:
        attack = Attack(pool, ask)
        eventually(lambda: attack.refused() >= MANY // 2, 120)
        yield attack
        answers = [one.result() for one in attack.asked]
    assert {answer.status_code for answer in answers} <= {200, 201, 429, 503}
    for answer in answers:
        if answer.status_code in (429, 503):
            assert int(answer.headers["Retry-After"]) > 0 and answer.json()["detail"]


def kept(client: Client, organization: str, content: bytes) -> str:
    answer = client.upload(organization, content)
    assert answer.status_code == 201, answer.text
    return str(answer.json()["id"])


def draft(file_id: str) -> dict[str, Any]:
    return {
        "statement_ids": ["st_1"],
        "number": "INV-1",
        "date": time.strftime("%Y-%m-%d"),
        "amount": {"amount": 20_000, "currency": "USD"},
        "file_id": file_id,
    }


@pytest.fixture
def mallory(server: Server) -> Iterator[Client]:
    """Mallory has a connection for everything that she asks at once."""
    patient = httpx2.Limits(max_connections=2 * MANY)
    with httpx2.Client(timeout=600, trust_env=False, limits=patient) as http:
        own = Server(server.box, server.state_dir, port=server.port, http=http)
        yield own.person("ada")


@pytest.mark.timeout(1_200)  # sixteen such PDFs are read to their end, one by one
def test_pdfs_that_take_long_to_read_keep_only_their_senders_waiting(
    server: Server, ada: Client, mallory: Client
) -> None:
    theirs, mine = server.settled_organization(), server.settled_organization()
    hostile, plain = kept(ada, theirs, endless()), kept(ada, mine, paper("Invoice INV-1", "Total USD 200.00"))
    path = f"/v1/organizations/{theirs}/invoices/preflight"
    with attacked(lambda: mallory.try_post(path, draft(hostile))) as attack:
        found = ada.post(f"/v1/organizations/{mine}/invoices/preflight", draft(plain))
        assert {one["name"]: one["result"] for one in found["findings"]}["amount_on_pdf"] == "passed"
        assert attack.under_way(), "the other organization was let in past those who came before it"
        assert ada.get(f"/v1/organizations/{mine}/invoices")["data"] == []
        assert ada.get(f"/v1/organizations/{theirs}/invoices")["data"] == []
        assert server.call("GET", "/healthz").status_code == 200
        problem(server.call("GET", "/readyz"), 503, "not_ready")  # as ever: there is no Temporal here
        assert attack.under_way()


def test_uploads_keep_only_their_senders_waiting(server: Server, ada: Client, mallory: Client) -> None:
    theirs, mine = server.settled_organization(), server.settled_organization()
    large = image("PNG", 5_000, 5_000)
    with attacked(lambda: mallory.upload(theirs, large, "a.png", "image/png")) as attack:
        kept(ada, mine, paper("Hello"))
        assert attack.under_way()
        assert server.call("GET", "/healthz").status_code == 200


def test_files_that_are_made_keep_only_those_who_asked_waiting(
    server: Server, ada: Client, mallory: Client
) -> None:
    theirs, mine = server.settled_organization(), server.settled_organization()
    path = "/v1/organizations/{}/metrics.csv"
    with attacked(lambda: mallory.call("GET", path.format(theirs))):
        answer = ada.call("GET", path.format(mine))
        assert answer.status_code == 200 and answer.headers["content-type"].startswith("text/csv")
