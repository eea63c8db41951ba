"""Fixtures for the tests of the sandbox and of the adapters that speak to it."""

from collections.abc import Iterator

import pytest

from models.identity import new_id
from tests.sandbox.box import Box, Receiver


@pytest.fixture(scope="session")
def receiver() -> Iterator[Receiver]:
    receiver = Receiver()
    yield receiver
    receiver.close()


@pytest.fixture(scope="session")
def box(tmp_path_factory: pytest.TempPathFactory, receiver: Receiver) -> Iterator[Box]:
    """A sandbox where a day lasts a twentieth of a second, shared by all tests; each has an organization of its own."""
    box = Box(tmp_path_factory.mktemp("sandbox"), receiver.url).start()
    yield box
    box.stop()
    at = box.log.find("Traceback")
    assert at < 0, box.log[at : at + 9000].replace("\\n", "\n")[-4500:]
    assert '"exception"' not in box.log


@pytest.fixture
def organization() -> str:
    return new_id("org")
