"""Native code: it opens files and asks for variables without telling the interpreter."""

from __future__ import annotations

import sys
from collections.abc import Mapping

from cairn.tracenotes import Notes


class Native:
    def __init__(self, notes: Notes, code: Mapping[str, str]) -> None:
        self._notes = notes
        self._code = code

    def start(self) -> None:
        """Looks for native modules that are there already."""
        for name, module in list(sys.modules.items()):
            pass

    def load(self, path: str) -> None:
        pass

    def stop(self) -> None:
        pass
