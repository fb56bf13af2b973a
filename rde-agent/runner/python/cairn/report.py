"""Metrics and progress, reported to the agent while a task runs; harmless in a notebook or a test."""

from __future__ import annotations

import math
import operator
import os
import threading
import time
from collections.abc import Callable
from typing import Any

# People read progress: more than twenty a second only costs.
PROGRESS_INTERVAL = 0.05

Send = Callable[[str, "dict[str, Any]"], None]


def log_metric(name: str, value: float, step: int | None = None) -> None:
    """
    Reports one number. The last value of each name becomes the task's metric; with `step`, the values form a series.

    Raises TypeError or ValueError for a name that is not text, or a value that is not a finite number.
    """
    point = {"name": to_name(name), "value": to_number(name, value), "step": None if step is None else operator.index(step)}
    if _reporter is not None:
        _reporter.metric(point)


def progress(done: float, total: float | None = None, message: str = "") -> None:
    """
    Says how far the task is: `done` of `total` (without a total, `done` is what the task makes of it).

    May be called as often as wanted: what comes faster than people can read is left out, the last one never.
    """
    state = {"done": to_finite("done", done), "total": None if total is None else to_finite("total", total), "message": str(message)}
    if _reporter is not None:
        _reporter.progress(state)


def to_name(name: object) -> str:
    if not isinstance(name, str) or not name:
        raise TypeError(f"the name of a metric is text, not {name!r}")
    return name


def to_number(name: str, value: object) -> float:
    return to_finite(f"metric {name!r}", value)


def to_finite(what: str, value: object) -> float:
    """A float or int of Python, from any real number (numpy's scalars too)."""
    if isinstance(value, (str, bytes)):
        raise TypeError(f"{what} is a number, not {value!r}")
    try:
        number = value if type(value) is int else float(value)  # type: ignore[arg-type]
        finite = math.isfinite(number)
    except (TypeError, ValueError, OverflowError) as error:
        raise TypeError(f"{what} is a number, not {type(value).__name__}") from error
    if not finite:
        raise ValueError(f"{what} is {number}; only finite numbers can be reported")
    return number


class Reporter:
    """Where reports go while a task runs. One per process: a child that the task forks reports nothing."""

    def __init__(self, send: Send) -> None:
        self.metrics: dict[str, float] = {}
        self._send = send
        self._pid = os.getpid()
        self._lock = threading.Lock()
        self._pending: dict[str, Any] | None = None
        self._sent_at = -math.inf

    def metric(self, point: dict[str, Any]) -> None:
        if os.getpid() != self._pid:
            return
        with self._lock:
            self.metrics[point["name"]] = point["value"]
            self._send("metric", point)

    def progress(self, state: dict[str, Any]) -> None:
        if os.getpid() != self._pid:
            return
        with self._lock:
            now = time.monotonic()
            if now - self._sent_at < PROGRESS_INTERVAL:
                self._pending = state
                return
            self._pending, self._sent_at = None, now
            self._send("progress", state)

    def flush(self) -> None:
        """Sends the last progress if it was held back."""
        if self._pending is None:
            return
        with self._lock:
            if self._pending is not None:
                self._send("progress", self._pending)
                self._pending = None


_reporter: Reporter | None = None


def report_to(reporter: Reporter | None) -> None:
    """Connects `log_metric` and `progress` of this process. Called by the runner only."""
    global _reporter
    _reporter = reporter
