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
from cairn.tracecalls import LOOKUPS, Calls

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
        traceflags.watch_marshal()

    def load(self, code: CodeType) -> None:
        """It has its flags already."""

    def watch(self, code: CodeType) -> None:
        """Nothing tells."""

    def listen(self) -> None:
        """Nothing tells."""

    def list_code(self) -> list[CodeType]:
        """First-party code objects that ran."""
        return traceflags.list_ran()

    def stop(self) -> dict[str, set[Unit]]:
        return {file: units for file, units in traceflags.collect().items() if file in self._code}


class Monitoring:
    """
    CPython 3.12 and later: only code that was loaded as the task's is asked for, so that libraries run as ever; unless some of them have to
    be heard too (`listen`): then of each code object `see` decides whether `hear` is told of its runs.
    """

    means = "monitoring"

    def __init__(self, code: Mapping[str, str], see: See, hear: Hear, calls: Calls) -> None:
        self._code = code
        self._calls = calls
        # By id, since equal code of two files is equal; held, so that an id stays its own.
        self._ran: dict[int, CodeType] = {}
        self._loaded: list[tuple[CodeType, int]] = []
        self._is_started = self._is_listening = False
        self._started = self.make_callback(see, hear)
        self._called = self.make_call_callback(calls)

    def make_call_callback(self, calls: Calls) -> Callable[..., Any]:
        """For code that names a lookup: a place that calls another function is asked no more."""
        lookups, look = LOOKUPS, calls.look
        disable = sys.monitoring.DISABLE  # type: ignore[attr-defined]

        def called(one: CodeType, offset: int, function: Any, value: Any) -> Any:
            name = lookups.get(id(function))
            if name is None:
                return disable
            look(name, value)
            return None

        return called

    def make_callback(self, see: See, hear: Hear) -> Callable[..., Any]:
        """A closure: where libraries are heard, this is called for every code object."""
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
        """Raises Lost when somebody else has the place. A generator is first resumed where it starts, so its start is enough."""
        monitoring = sys.monitoring  # type: ignore[attr-defined]
        try:
            monitoring.use_tool_id(TOOL, NAME)
        except ValueError as error:
            raise Lost(f"another tool has taken the place of the trace: {error}") from error
        monitoring.register_callback(TOOL, monitoring.events.PY_START, self._started)
        monitoring.register_callback(TOOL, monitoring.events.CALL, self._called)
        self._is_started = True

    def load(self, code: CodeType) -> None:
        """Code of the task's, before any of it runs."""
        monitoring = sys.monitoring  # type: ignore[attr-defined]
        if not self._is_started:
            return
        waiting = [code]
        while waiting:
            one = waiting.pop()
            events = monitoring.events.PY_START | (monitoring.events.CALL if self._calls.may_look(one) else 0)
            monitoring.set_local_events(TOOL, one, events)
            self._loaded.append((one, events))
            waiting += [inner for inner in one.co_consts if type(inner) is CodeType]

    def watch(self, code: CodeType) -> None:
        """One of a library's."""
        monitoring = sys.monitoring  # type: ignore[attr-defined]
        monitoring.set_local_events(TOOL, code, monitoring.events.PY_START)

    def listen(self) -> None:
        """From now on to everything that starts."""
        monitoring = sys.monitoring  # type: ignore[attr-defined]
        if self._is_started and not self._is_listening:
            self._is_listening = True
            monitoring.set_events(TOOL, monitoring.events.PY_START)

    def list_code(self) -> list[CodeType]:
        return list(self._ran.values())

    def stop(self) -> dict[str, set[Unit]]:
        """What ran, by file. Raises Lost when the task has meddled with it."""
        monitoring = sys.monitoring  # type: ignore[attr-defined]
        start = monitoring.events.PY_START
        if monitoring.get_tool(TOOL) != NAME or monitoring.get_events(TOOL) != (start if self._is_listening else 0):
            raise Lost("the task has stopped the monitoring of what runs")
        if any(monitoring.get_local_events(TOOL, one) != events for one, events in self._loaded):
            raise Lost("the task has stopped the monitoring of some of what runs")
        callbacks = ((start, self._started), (monitoring.events.CALL, self._called))
        if any(monitoring.register_callback(TOOL, event, None) is not callback for event, callback in callbacks):
            raise Lost("the task has replaced the monitoring of what runs")
        monitoring.set_events(TOOL, 0)
        monitoring.free_tool_id(TOOL)
        units: dict[str, set[Unit]] = {}
        for one in list(self._ran.values()):
            units.setdefault(one.co_filename, set()).add((one.co_firstlineno, one.co_name))
        return units


def to_units(code: Mapping[str, str], see: See, hear: Hear, calls: Calls) -> Monitoring | Flags:
    return Monitoring(code, see, hear, calls) if sys.version_info >= (3, 12) else Flags(code)
