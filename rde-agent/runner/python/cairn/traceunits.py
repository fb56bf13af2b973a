"""
Which code units ran. CPython 3.12 and later tell it (`sys.monitoring`), once for each code object; before that the loader of first-party
files has them raise a flag (`traceflags.py`).
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping
from types import CodeType, FrameType
from typing import Any

from cairn import traceflags

# One that no debugger, coverage tool or profiler takes by convention.
TOOL = 4
NAME = "cairn"

Unit = tuple[int, str]
# Whether each of its runs is to be told, and who is told.
See = Callable[[CodeType], bool]
Hear = Callable[[CodeType, FrameType], None]


class Lost(Exception):
    """What ran is not known, with the reason."""


class Flags:
    """CPython 3.10 and 3.11: the code itself notes that it ran."""

    means = "flags"

    def __init__(self, code: Mapping[str, str]) -> None:
        self._code = code

    def start(self) -> None:
        traceflags.forget()

    def list_code(self) -> list[CodeType]:
        """First-party code objects that ran."""
        return traceflags.list_ran()

    def stop(self) -> dict[str, set[Unit]]:
        return {file: units for file, units in traceflags.collect().items() if file in self._code}


class Monitoring:
    """CPython 3.12 and later. Of code that is not the task's, `see` decides whether `hear` is told of its runs."""

    means = "monitoring"

    def __init__(self, code: Mapping[str, str], see: See, hear: Hear) -> None:
        self._code = code
        # By id, since equal code of two files is equal; held, so that an id stays its own.
        self._ran: dict[int, CodeType] = {}
        self._started = self.make_callback(see, hear)

    def make_callback(self, see: See, hear: Hear) -> Callable[..., Any]:
        """A closure: this is called for every code object of every library."""
        code, ran = self._code, self._ran
        disable = sys.monitoring.DISABLE  # type: ignore[attr-defined]

        def started(one: CodeType, offset: int) -> Any:
            if one.co_filename in code:
                ran[id(one)] = one
            elif see(one):
                hear(one, sys._getframe(1))
                return None
            return disable

        return started

    def start(self) -> None:
        """Raises Lost when somebody else has the place."""
        monitoring = sys.monitoring  # type: ignore[attr-defined]
        events = monitoring.events
        ran, code = self._ran, self._code

        def thrown(one: CodeType, offset: int, error: BaseException) -> None:
            # This event cannot be disabled.
            if one.co_filename in code:
                ran[id(one)] = one

        try:
            monitoring.use_tool_id(TOOL, NAME)
        except ValueError as error:
            raise Lost(f"another tool has taken the place of the trace: {error}") from error
        self._thrown = thrown
        monitoring.register_callback(TOOL, events.PY_START, self._started)
        monitoring.register_callback(TOOL, events.PY_RESUME, self._started)
        monitoring.register_callback(TOOL, events.PY_THROW, thrown)
        self._events = events.PY_START | events.PY_RESUME | events.PY_THROW
        monitoring.set_events(TOOL, self._events)

    def list_code(self) -> list[CodeType]:
        return list(self._ran.values())

    def stop(self) -> dict[str, set[Unit]]:
        """What ran, by file. Raises Lost when the task has meddled with it."""
        monitoring = sys.monitoring  # type: ignore[attr-defined]
        events = monitoring.events
        if monitoring.get_tool(TOOL) != NAME or monitoring.get_events(TOOL) != self._events:
            raise Lost("the task has stopped the monitoring of what runs")
        monitoring.set_events(TOOL, 0)
        for event, expected in ((events.PY_START, self._started), (events.PY_RESUME, self._started), (events.PY_THROW, self._thrown)):
            if monitoring.register_callback(TOOL, event, None) is not expected:
                raise Lost("the task has replaced the monitoring of what runs")
        monitoring.free_tool_id(TOOL)
        units: dict[str, set[Unit]] = {}
        for one in list(self._ran.values()):
            units.setdefault(one.co_filename, set()).add((one.co_firstlineno, one.co_name))
        return units


def to_units(code: Mapping[str, str], see: See, hear: Hear) -> Monitoring | Flags:
    return Monitoring(code, see, hear) if sys.version_info >= (3, 12) else Flags(code)
