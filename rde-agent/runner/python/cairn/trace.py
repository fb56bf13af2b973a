"""
What one task runs and looks at, from before its first own import until its outputs are written (`rde-agent/protocol/trace.ts`).

A trace never fails a task: where something is not known it counts more (`widen`), and where nothing can be said there is no trace, so that
the result is not reused. Only for the one task of a process: what it puts in stays in.
"""

from __future__ import annotations

import platform
from collections.abc import Iterable, Mapping
from types import CodeType
from typing import Any

from cairn import imports, traceenviron, traceimports, tracenative
from cairn.traceaudit import Audit
from cairn.tracecalls import Calls
from cairn.tracedocs import Docs
from cairn.tracelooks import Looks
from cairn.tracenative import Native
from cairn.tracenotes import Notes
from cairn.traceplaces import Places, list_sites, list_standard
from cairn.traceunits import Lost, to_units

# Of the rules and word lists below this file: a trace of another number proves nothing.
RULES = 2
PYTHON = platform.python_version()

_standard = list_standard()
_sites = list_sites()


_ready: Tracer | None = None


def prepare() -> None:
    """In the parent of tasks, once its packages are imported: what all children need."""
    global _ready
    traceimports.prepare(_standard, _sites)
    tracenative.prepare(_standard, _sites)
    _ready = Tracer()


def begin(context: Mapping[str, Any]) -> Tracer:
    """Before anything of the task's is imported. It never fails: then there will be no trace."""
    tracer = Tracer() if _ready is None else _ready
    tracer.begin(context)
    return tracer


class Tracer:
    """Made in the parent where there is one; nothing is watched before `begin`."""

    def __init__(self) -> None:
        self._code: dict[str, str] = {}
        self._params: Any = None
        self._preloaded: set[str] = set()
        self._notes = notes = Notes()
        self._docs = Docs(notes, self._code)
        self._units = to_units(self._code, self._docs.see, self._docs.hear, Calls(notes, self._code))
        self._native = Native(notes, self._code, _standard, _sites)
        self._lookups = traceimports.Lookups(notes, self._code, self.ask)
        self._looks = Looks(notes)
        self._audit = Audit(notes, self._code, self._native)

    def begin(self, context: Mapping[str, Any]) -> None:
        self._code.update(context["code"])
        self._params = context["params"]
        try:
            self._notes.places = places = Places(dict(context), _standard, _sites)
            if foreign := traceimports.list_foreign(places):
                raise Lost(f"{foreign[0]} was loaded before the task, from a folder that is not declared")
            self._preloaded = traceimports.list_loaded()
            self._units.start()
            self._docs.start(self._units.watch)
            imports.loaded = self._units.load
            self._native.start()
            self._lookups.start(context["root"])
            self._looks.start()
            traceenviron.watch(self._notes)
            if not all(map(self._docs.is_quiet, traceimports.list_packages(self._notes))):
                self._units.listen()
            self._audit.start()
        except Exception as error:
            self.lose("could not start", error)

    def ask(self, top: str) -> None:
        """A module of this first name is looked for."""
        if not self._docs.is_quiet(top) and f"{top}.py" not in self._code:
            self._units.listen()

    def lose(self, what: str, error: Exception) -> None:
        self._notes.lose(str(error) if isinstance(error, Lost) else f"the trace {what}: {type(error).__name__}: {error}")

    def finish(self) -> dict[str, Any]:
        """`trace`, or `untraced` with the reason. Never raises for what the task has done."""
        notes = self._notes
        notes.quiet.on = True
        imports.loaded = None
        self._audit.stop()
        try:
            trace = self.to_trace()
        except Exception as error:
            self.lose("could not be told", error)
        return {"trace": trace} if notes.lost is None else {"untraced": notes.lost}

    def to_trace(self) -> dict[str, Any]:
        notes, code = self._notes, self._code
        units = self._units.stop()
        ran = self._units.list_code()
        names = list_names(ran)
        self._native.stop(list_texts(self._params, ran), names)
        self._docs.add_loaded(names)
        for file in traceimports.list_files():
            self.add_source(file)
        traceimports.add_known(notes, ran, self._preloaded)
        distributions = traceimports.to_distributions(notes, traceimports.list_files())
        return {
            "v": 1,
            "rules": RULES,
            "python": PYTHON,
            "means": self._units.means,
            "code": {file: {"digest": code[file], "ran": [list(unit) for unit in sorted(ran)]} for file, ran in sorted(units.items())},
            "words": sorted(notes.words),
            "files": dict(sorted(notes.files.items())),
            "listings": {folder: None if names is None else list(names) for folder, names in sorted(notes.listings.items())},
            "outside": dict(sorted(notes.outside.items())),
            "imports": traceimports.to_present(notes, code),
            "variables": "all" if notes.all_variables else sorted(notes.variables),
            "distributions": distributions,
            "widen": [
                {"level": level, "file": file, "because": because}
                for level, file, because in sorted(notes.widened, key=lambda one: (one[0], one[1] or "", one[2]))
            ],
        }

    def add_source(self, file: str) -> None:
        """Of a module from elsewhere: what ran may have been a compiled copy."""
        placed = self._notes.place(file)
        if placed is not None and placed[0] == "outside":
            self._notes.read(file)


def list_texts(params: Any, ran: Iterable[CodeType]) -> set[str]:
    """Texts of code that ran and of the parameters."""
    found: set[str] = set()
    waiting: list[Any] = [params, *(code.co_consts for code in ran)]
    while waiting:
        one = waiting.pop()
        if isinstance(one, str):
            found.add(one)
        elif isinstance(one, (list, tuple, frozenset)):
            waiting.extend(one)
        elif type(one) is dict:
            waiting.extend(one.values())
    return found


def list_names(ran: Iterable[CodeType]) -> set[str]:
    return {part for code in ran for name in code.co_names for part in name.split(".")}
