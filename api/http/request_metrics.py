"""Measures of the API for Prometheus: how many requests, with which answer, and how long they took."""

from prometheus_client import CollectorRegistry, Summary, disable_created_metrics, generate_latest

disable_created_metrics()  # type: ignore[no-untyped-call]


class RequestMetrics:
    """What is measured by method, route and status; the route is its template, so that no id becomes a label."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        self._requests = Summary(
            "monetization_api_request_seconds",
            "How long requests took.",
            ("method", "route", "status"),
            registry=self.registry,
        )

    def count(self, method: str, route: str, status: int, seconds: float) -> None:
        """Count one request."""
        self._requests.labels(method, route, status).observe(seconds)

    def text(self) -> str:
        """All measures in Prometheus' text format."""
        return generate_latest(self.registry).decode()
