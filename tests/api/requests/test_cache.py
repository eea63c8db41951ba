"""What is dear to read is read once for many who ask, and anew when it has become old."""

import time
from concurrent.futures import ThreadPoolExecutor

import pytest

from api.cache import SHARE, Cached


class Counting:
    """A reading that takes a while, and counts how often it was made."""

    def __init__(self, seconds: float, fails: int = 0) -> None:
        self.seconds, self.fails, self.times = seconds, fails, 0

    def __call__(self) -> int:
        self.times += 1
        time.sleep(self.seconds)
        if self.times <= self.fails:
            raise ConnectionError("The database is away.")
        return self.times


def test_of_many_who_ask_at_once_one_reads() -> None:
    counting = Counting(0.5)
    recent = Cached(counting)
    with ThreadPoolExecutor(8) as many:
        assert set(many.map(lambda _: recent.get(), range(8))) == {1}
    assert counting.times == 1


def test_an_old_answer_is_read_anew() -> None:
    counting = Counting(0.001)
    recent = Cached(counting)
    assert recent.get() == 1
    deadline = time.monotonic() + 60
    while recent.get() == 1:
        assert time.monotonic() < deadline
        time.sleep(0.001 * SHARE)


def test_a_reading_that_failed_is_made_again() -> None:
    recent = Cached(Counting(0.5, fails=1))
    with pytest.raises(ConnectionError):
        recent.get()
    assert recent.get() == 2
