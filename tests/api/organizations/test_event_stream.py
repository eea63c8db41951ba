"""News of an organization as server-sent events."""

import time
from collections.abc import Iterator
from contextlib import contextmanager

import httpx2
import pytest
from sqlmodel import col, delete

from models.tables import MemberRow
from tests.api.support.live import Live, Organization
from tests.api.support.server import Client


@contextmanager
def listening(client: Client, organization_id: str, last: str = "") -> Iterator[httpx2.Response]:
    headers = {"Authorization": f"Bearer {client.token}"} | ({"Last-Event-ID": last} if last else {})
    url = f"{client.server.url}/v1/organizations/{organization_id}/events"
    with (
        httpx2.Client(trust_env=False, timeout=120) as http,
        http.stream("GET", url, headers=headers) as answer,
    ):
        yield answer


def next_event(lines: Iterator[str]) -> str:
    return next(line for line in lines if line.startswith("event:"))


@pytest.fixture
def studio(live: Live) -> Organization:
    return live.organization()


def test_what_happens_is_told_and_missed_news_are_caught_up(studio: Organization) -> None:
    with listening(studio.admin, studio.id) as answer:
        assert answer.headers["content-type"].startswith("text/event-stream")
        lines = answer.iter_lines()
        newest = next(line for line in lines if line.startswith("id: ")).removeprefix("id: ")
        studio.post("/games", {"name": "Example Game", "features": ["iaa"]})
        assert next_event(lines) == "event: moved"
    with listening(studio.admin, studio.id, newest) as answer:
        assert next_event(answer.iter_lines()) == "event: moved"


def test_the_stream_ends_with_the_membership(studio: Organization) -> None:
    with listening(studio.admin, studio.id) as answer:
        lines = answer.iter_lines()
        next(lines)
        with studio.live.server.database.transaction() as session:
            session.execute(delete(MemberRow).where(col(MemberRow.organization_id) == studio.id))
        since = time.monotonic()
        assert next((line for line in lines if time.monotonic() - since > 60), None) is None
    with listening(studio.admin, studio.id) as answer:
        assert answer.status_code == 404


def test_one_person_may_listen_in_a_few_places_only(live: Live) -> None:
    crowd = live.organization("zoe")
    streams = [listening(crowd.admin, crowd.id) for _ in range(7)]
    answers = [stream.__enter__() for stream in streams]
    try:
        for answer in answers[:6]:
            next(answer.iter_lines())
        assert [answer.status_code for answer in answers] == [200] * 6 + [429]
    finally:
        for stream in streams:
            stream.__exit__(None, None, None)


def test_nobody_else_hears_anything(studio: Organization) -> None:
    stranger = studio.live.server.person("stranger")
    with listening(stranger, studio.id) as answer:
        assert answer.status_code == 404
