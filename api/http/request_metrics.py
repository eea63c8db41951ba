"""Measures of the API for Prometheus: how many requests, with which answer, and how long they took."""

import threading
from collections import Counter

Labels = tuple[str, str, int]


class Measures:
    """Counters by method, route and status; the route is its template, so that no id becomes a label."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._requests: Counter[Labels] = Counter()
        self._seconds: Counter[Labels] = Counter()

    def count(self, method: str, route: str, status: int, seconds: float) -> None:
        """Count one request."""
        labels = (method, route, status)
        with self._lock:
            self._requests[labels] += 1
            self._seconds[labels] += seconds  # type: ignore[assignment]

    def text(self) -> str:
        """All measures in Prometheus' text format."""
        with self._lock:
            requests, seconds = dict(self._requests), dict(self._seconds)
        lines = ["# TYPE monetization_api_request_seconds summary"]
        for labels in sorted(requests):
            method, route, status = labels
            named = f'{{method="{method}",route="{route}",status="{status}"}}'
            lines.append(f"monetization_api_request_seconds_count{named} {requests[labels]}")
            lines.append(f"monetization_api_request_seconds_sum{named} {seconds[labels]:.6f}")
        return "\n".join(lines) + "\n"
