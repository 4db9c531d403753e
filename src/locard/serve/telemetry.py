"""Metrics for Prometheus, and logs as JSON lines: identifiers and sizes, never content or names."""

from __future__ import annotations

import logging
import sys
from collections.abc import Callable

import structlog
from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest

from locard.serve.wire import State

log = structlog.get_logger("locard.serve")


def start_logs() -> None:
    """Write logs to standard error, a JSON object a line."""
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            structlog.processors.format_exc_info,
            structlog.processors.JSONRenderer(),
        ],
        wrapper_class=structlog.make_filtering_bound_logger(logging.INFO),
        # Looked up anew each time: whoever captures the stream may have closed the old one.
        logger_factory=lambda *names: structlog.PrintLogger(sys.stderr),
        cache_logger_on_first_use=False,
    )


class Telemetry:
    """The metrics of one service."""

    def __init__(self, waiting: Callable[[], int], running: Callable[[], int]) -> None:
        self._registry = CollectorRegistry()
        self._requests = Counter(
            "locard_requests", "Answered requests", ("method", "route", "status"),
            registry=self._registry,
        )  # fmt: skip
        self._seconds = Histogram(
            "locard_request_seconds", "Seconds until a request was answered", ("route",),
            registry=self._registry, buckets=(0.005, 0.02, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 10, 60),
        )  # fmt: skip
        self._accepted = Counter(
            "locard_uploads", "Pictures that were accepted", registry=self._registry
        )
        self._bytes = Counter(
            "locard_upload_bytes", "Bytes of pictures that were accepted", registry=self._registry
        )
        self._examined = Counter(
            "locard_examinations", "Ended examinations", ("state",), registry=self._registry
        )
        self._examination_seconds = Histogram(
            "locard_examination_seconds", "Seconds of an examination", registry=self._registry,
            buckets=(0.25, 0.5, 1, 2, 4, 8, 16, 32, 64, 128, 256),
        )  # fmt: skip
        Gauge("locard_waiting", "Examinations that wait", registry=self._registry).set_function(
            waiting
        )
        Gauge("locard_running", "Examinations that run", registry=self._registry).set_function(
            running
        )

    def answered(self, method: str, route: str, status: int, seconds: float) -> None:
        """Count a request."""
        self._requests.labels(method, route, str(status)).inc()
        self._seconds.labels(route).observe(seconds)

    def accepted(self, size: int) -> None:
        """Count a picture."""
        self._accepted.inc()
        self._bytes.inc(size)

    def examined(self, state: State, seconds: float) -> None:
        """Count an examination."""
        self._examined.labels(str(state)).inc()
        self._examination_seconds.observe(seconds)

    def text(self) -> bytes:
        """Return all metrics in Prometheus's text format."""
        return generate_latest(self._registry)
