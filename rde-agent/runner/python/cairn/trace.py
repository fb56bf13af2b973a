"""
What one task runs and looks at, from before its first own import until its outputs are written (`rde-agent/protocol/trace.ts`).

A trace never fails a task: where something is not known it counts more (`widen`), and where nothing can be said there is no trace, so that
the result is not reused. Only for the one task of a process: what it puts in stays in.
"""

from __future__ import annotations

import platform
import sys
from collections.abc import Mapping
from types import CodeType
from typing import Any

from cairn import traceenviron, traceimports
from cairn.traceaudit import Audit
from cairn.tracelooks import Looks
from cairn.tracenative import Native
from cairn.tracenotes import Notes
from cairn.traceplaces import Places, list_sites, list_standard
from cairn.traceunits import Lost, to_units

# Of the rules and word lists below this file: a trace of another number proves nothing.
RULES = 1

_standard = list_standard()
_sites = list_sites()


def prepare() -> None:
    """In the parent of tasks, once its packages are imported: what all children need."""
    traceimports.read_names(_sites)


class Tracer:
    """Starts with its making."""

    def __init__(self, context: Mapping[str, Any]) -> None:
        self._code: Mapping[str, str] = context["code"]
        places = Places(dict(context), _standard, _sites)
        self._notes = notes = Notes(places)
        self._native = Native(notes, self._code)
        self._units = to_units(self._code, self.see)
        self._audit = Audit(notes, self._code, self._native.load)
        try:
            self._preloaded = traceimports.list_preloaded()
            self._native.start()
            sys.meta_path.insert(0, traceimports.Lookups(notes, context["root"]))
            Looks(notes).start()
            traceenviron.watch(notes)
            self._units.start()
            self._audit.start()
        except Exception as error:
            notes.lose(str(error) if isinstance(error, Lost) else f"the trace could not start: {type(error).__name__}: {error}")

    def see(self, code: CodeType) -> None:
        """Other code that runs for the first time."""

    def finish(self) -> dict[str, Any]:
        """`trace`, or `untraced` with the reason. Never raises for what the task has done."""
        notes = self._notes
        notes.quiet.on = True
        self._audit.stop()
        try:
            trace = self.to_trace()
        except Exception as error:
            notes.lose(str(error) if isinstance(error, Lost) else f"the trace could not be told: {type(error).__name__}: {error}")
        return {"trace": trace} if notes.lost is None else {"untraced": notes.lost}

    def to_trace(self) -> dict[str, Any]:
        notes, code = self._notes, self._code
        units = self._units.stop()
        self._native.stop()
        traceimports.add_known(notes, self._units.list_code(), self._preloaded)
        distributions = traceimports.to_distributions(notes, traceimports.list_files())
        return {
            "v": 1,
            "rules": RULES,
            "python": platform.python_version(),
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
