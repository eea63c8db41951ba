"""What takes long has a queue with a share for each organization: nobody's work keeps the others from theirs."""

import asyncio
import time
import zlib
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from inspect import isasyncgenfunction, iscoroutinefunction
from pathlib import Path
from typing import Any

import httpx2
import pytest
from fastapi import Response
from fastapi.dependencies.models import Dependant
from fastapi.routing import APIRoute
from fastapi.security import HTTPBearer
from sqlalchemy import QueuePool

from api.app import create_app
from api.http.problems import Problem
from api.queues import HEALTH_THREADS, WEBHOOK_THREADS, Queue, Queues
from api.routes.earnings import game_metrics
from api.security.organization_access import make_in_turn, read_in_turn
from api.security.staff_access import work_in_turn
from api.security.turns import ask_in_turn
from cli.demo.papers import pdf as paper
from config.settings import Settings
from storage.database import connect
from tests.api.support.forms import image
from tests.api.support.server import Client, Server, problem
from tests.providers.invoice_reading.test_process import with_content
from tests.sandbox.box import ROOT, eventually
from words.voice import Sentence

MANY = 90


def a_queue(**other: Any) -> Queue:
    usual = {"at_once": 2, "of_one": 1, "spare": 0, "most_of_one": 3, "most": 5, "patience": 60}
    return Queue(Sentence("Reading"), **{**usual, **other})


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


async def test_a_full_queue_refuses_those_who_have_filled_it_and_nobody_else() -> None:
    visits = Visits(a_queue())
    for organization in "aabbc":
        visits.come(f"{organization}{len(visits.tasks)}", organization)
    await settle()
    with pytest.raises(Problem) as told:
        async with visits.queue.turn("b"):
            raise AssertionError
    assert (told.value.status_code, told.value.code) == (503, "busy")
    assert told.value.headers is not None and told.value.headers["Retry-After"]
    visits.come("d", "d")
    for name in ("a0", "c4"):
        visits.leave[name].set()
        await settle()
    visits.come("b", "b")
    for name in visits.leave:
        visits.leave[name].set()
    await asyncio.gather(*visits.tasks)
    assert {"b", "d"} < set(visits.order)


async def test_many_who_ask_for_much_leave_turns_to_those_who_ask_for_one() -> None:
    visits = Visits(a_queue(at_once=6, of_one=3, spare=3, most_of_one=20, most=100))
    for organization in "abcd":
        for number in range(5):
            visits.come(f"{organization}{number}", organization)
    await settle()
    assert visits.inside == {"a0", "a1", "a2", "b0", "c0", "d0"}
    for name in ("a0", "a1"):
        visits.leave[name].set()
    await settle()
    assert visits.queue.working == 4, "a free turn is kept for somebody who has none"
    visits.come("e", "e")
    await settle()
    assert "e" in visits.inside
    for name in visits.leave:
        visits.leave[name].set()
    await asyncio.gather(*visits.tasks)
    assert len(visits.order) == 21 and (visits.queue.working, visits.queue.waiting) == (0, 0)


async def test_a_free_turn_goes_to_whoever_had_none_for_longest() -> None:
    visits = Visits(a_queue(at_once=1, most_of_one=20, most=100))
    for organization in "aabbcc":
        visits.come(f"{organization}{len(visits.tasks)}", organization)
    await settle()
    visits.come("d", "d")
    for name in ("a0", "b2", "c4", "d", "a1", "b3", "c5"):
        await settle()
        assert visits.inside == {name}
        visits.leave[name].set()
    await asyncio.gather(*visits.tasks)


async def test_a_request_has_one_turn_at_a_time_however_its_steps_stand_in_each_other() -> None:
    queue = a_queue(at_once=1)
    with queue.visit("a") as visit:
        async with visit.turn(), visit.turn():
            assert (queue.working, queue.waiting) == (1, 0)
        assert queue.working == 0, "nobody is kept waiting between two steps"


async def test_what_was_begun_is_waited_for_however_long() -> None:
    visits = Visits(a_queue(at_once=1, patience=0.01))
    with visits.queue.visit("a") as visit:
        async with visit.turn():
            pass
        visits.come("b", "b")
        await settle()

        async def go_on() -> None:
            async with visit.turn():
                pass

        second = asyncio.create_task(go_on())
        with pytest.raises(Problem):
            async with visits.queue.turn("c"):
                raise AssertionError
        assert not second.done()
        visits.leave["b"].set()
        await asyncio.gather(second, *visits.tasks)


async def test_a_stream_that_outlives_its_request_still_has_its_turns() -> None:
    queue = a_queue()
    with queue.visit("a") as visit:
        pass
    async with visit.turn():
        assert queue.working == 1
    assert queue.working == 0


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
    own = {one.call for one in dependant.dependencies}
    return own.union(*(dependencies_of(one) for one in dependant.dependencies))


def all_apis() -> list[tuple[APIRoute, set[object]]]:
    app = create_app(Settings.model_construct())
    return [(route, dependencies_of(route.dependant)) for route in all_routes(app.routes)]


def all_routes(routes: Iterable[Any]) -> Iterator[APIRoute]:
    for route in routes:
        if isinstance(route, APIRoute):
            yield route
        else:
            inner = getattr(route, "original_router", None) or getattr(route, "router", None)
            yield from all_routes(getattr(inner or route, "routes", ()))


TURNS = {read_in_turn, work_in_turn, ask_in_turn}


def is_coroutine(call: object) -> bool:
    return iscoroutinefunction(call) or isasyncgenfunction(call) or isinstance(call, HTTPBearer)


def test_whatever_holds_a_shared_thread_has_its_turn() -> None:
    routes = [r for r in all_apis() if not iscoroutinefunction(r[0].endpoint)]
    assert len(routes) > 80
    assert [route.path for route, needed in routes if not needed & TURNS] == []


def test_nobody_holds_a_thread_on_the_way_to_the_turn() -> None:
    """FastAPI has plain functions on which a route depends done in the threads that all share."""
    plain = {call for _, needed in all_apis() for call in needed if not is_coroutine(call)}
    assert plain == {game_metrics.measure_for}, "which depends on its organization's turn"


def test_whatever_is_an_organizations_stands_in_a_queue() -> None:
    """Its coroutines take a turn for each step."""
    theirs = [r for r in all_apis() if "{organization_id}" in r[0].path]
    assert [route.path for route, needed in theirs if not needed & TURNS] == []


def test_only_queues_give_threads() -> None:
    found = [path.name for path in ROOT.joinpath("api").rglob("*.py") if "threadpool" in path.read_text()]
    given = [path.name for path in ROOT.joinpath("api").rglob("*.py") if "run_sync(" in path.read_text()]
    assert found == [] and sorted(given) == ["health.py", "provider_webhooks.py", "queues.py"]


@pytest.mark.parametrize(
    "url", ["postgresql+psycopg://nobody@127.0.0.1:1/none", "sqlite:///{folder}/none.db"]
)
def test_nobody_who_has_a_thread_waits_for_a_connection(url: str, tmp_path: Path) -> None:
    queues = Queues()
    holding = (queues.lookups, queues.sessions, queues.pages, queues.staff, queues.strangers_files)
    threads = sum(queue.at_once for queue in holding)
    threads += int(HEALTH_THREADS.total_tokens + WEBHOOK_THREADS.total_tokens)
    pool = connect(url.format(folder=tmp_path)).pool
    assert isinstance(pool, QueuePool)
    assert threads <= pool.size() + pool._max_overflow


def test_whatever_makes_a_file_has_its_turn() -> None:
    theirs = [r for r in all_apis() if "{organization_id}" in r[0].path and "operators" not in r[0].path]
    routes = [r for r in theirs if r[0].response_class is Response]
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
