"""What is dear to read, and may be a moment old: read anew only so often that it takes little of the database's time."""

import time
from collections.abc import Callable
from threading import Lock
from typing import Generic, TypeVar

T = TypeVar("T")

SHARE = 20
"""What took so long to read is kept for so many times as long."""


class Cached(Generic[T]):
    """The last answer of a reading; of many who ask at once one reads, and the others get what that one has read."""

    def __init__(self, read: Callable[[], T]) -> None:
        self._read = read
        self._turn = Lock()
        self._until = 0.0
        self._last: T

    def get(self) -> T:
        """The last answer, or a new one when that is too old."""
        with self._turn:
            began = time.monotonic()
            if began >= self._until:
                self._last = self._read()
                ended = time.monotonic()
                self._until = ended + SHARE * (ended - began)
            return self._last
