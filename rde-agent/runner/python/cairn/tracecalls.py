"""
What a lookup by a name that is made at run time is applied to (CPython 3.12 and later): an instance is its own matter, a module may be
asked for anything that it binds, and the namespace of a class holds docstrings and lines.
"""

from __future__ import annotations

import sys
from collections.abc import Mapping
from types import CodeType, ModuleType
from typing import Any

from cairn.tracenotes import Notes

LOOKUPS = {id(one): one.__name__ for one in (getattr, hasattr, setattr, delattr, vars, dir)}
NAMES = frozenset(LOOKUPS.values())
# Since then the namespace of a class holds the line that it begins at.
HAS_LINES = sys.version_info >= (3, 13)


class Calls:
    """Told of each call of such a function by the task's own code, with its first argument."""

    def __init__(self, notes: Notes, code: Mapping[str, str]) -> None:
        self._notes = notes
        self._code = code

    def may_look(self, code: CodeType) -> bool:
        return not NAMES.isdisjoint(code.co_names)

    def look(self, name: str, value: Any) -> None:
        """Nothing of the task's is called to find out."""
        kind = type(value)
        try:
            if issubclass(kind, ModuleType):
                self.look_at_module(name, ModuleType.__getattribute__(value, "__dict__"))
            elif name == "vars" and issubclass(kind, type):
                self.look_at_class(type.__getattribute__(value, "__mro__"))
        except Exception as error:
            # It would be raised where the task has called the function.
            self._notes.lose(f"the trace broke at {name}: {type(error).__name__}: {error}")

    def look_at_module(self, name: str, space: dict[str, Any]) -> None:
        file = self.to_file(space)
        if file is None:
            return
        self._notes.widen("names", file, f"{name} on the module {file}")
        if name == "vars":
            self._notes.widen("docs", file, f"{name} on the module {file}")

    def to_file(self, space: dict[str, Any]) -> str | None:
        path, name = space.get("__file__"), space.get("__name__")
        placed = self._notes.place(path) if isinstance(path, str) else None
        if placed is not None and placed[0] == "tree":
            return placed[1]
        dotted = name.replace(".", "/") if isinstance(name, str) else ""
        return next((file for file in (f"{dotted}.py", f"{dotted}/__init__.py") if file in self._code), None)

    def look_at_class(self, line: tuple[type, ...]) -> None:
        modules = {type.__getattribute__(one, "__dict__").get("__module__") for one in line}
        own = [name for name in modules if isinstance(name, str) and self.to_file({"__name__": name}) is not None]
        if own or any(not isinstance(name, str) for name in modules):
            self._notes.widen("docs", None, "vars on a class")
            if HAS_LINES:
                self._notes.widen("positions", None, "vars on a class")
