"""Which environment variables a task reads: `os.environ` and `os.environb` become objects that note it."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from typing import Any

from cairn.tracenotes import Notes

_Environ: Any = type(os.environ)
OS_FILE = os.getenv.__code__.co_filename

_notes: Notes | None = None
# Names that the task has set itself.
_own: set[str] = set()


class Watched(_Environ):
    """The same object with another class, so that whoever holds it is heard too."""

    def __getitem__(self, name: Any) -> Any:
        see(name)
        return super().__getitem__(name)

    def __contains__(self, name: object) -> bool:
        see(name)
        return super().__contains__(name)

    def __setitem__(self, name: Any, value: Any) -> None:
        super().__setitem__(name, value)
        own(name)

    def __delitem__(self, name: Any) -> None:
        see(name)
        super().__delitem__(name)
        own(name)

    def __iter__(self) -> Iterator[Any]:
        see_all()
        return super().__iter__()

    def __len__(self) -> int:
        see_all()
        return super().__len__()

    def __repr__(self) -> str:
        see_all()
        return super().__repr__()

    def __getattribute__(self, name: str) -> Any:
        # The bytes behind it, which some look at directly; `os` itself does it all the time.
        if name == "_data" and sys._getframe(1).f_code.co_filename != OS_FILE:
            see_all()
        return super().__getattribute__(name)


# Whoever looks sees what was there.
Watched.__name__, Watched.__qualname__, Watched.__module__ = _Environ.__name__, _Environ.__qualname__, _Environ.__module__


def watch(notes: Notes) -> None:
    global _notes
    _notes = notes
    _own.clear()
    os.environ.__class__ = Watched
    os.environb.__class__ = Watched


def see(name: Any) -> None:
    if _notes is None or _notes.quiet.on:
        return
    text = to_name(name)
    if text is not None and text not in _own:
        _notes.variables.add(text)


def see_all() -> None:
    if _notes is not None and not _notes.quiet.on:
        _notes.all_variables = True


def own(name: Any) -> None:
    text = to_name(name)
    if text is not None:
        _own.add(text)


def to_name(name: Any) -> str | None:
    if isinstance(name, str):
        return name
    return os.fsdecode(name) if isinstance(name, bytes) else None
