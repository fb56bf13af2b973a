"""
Looks at files that raise no event: `os.stat` and its kin are replaced by functions that note the path. What was taken from `os` before
(`from os.path import exists` of a library) calls these all the same, since `genericpath` asks `os` each time.
"""

from __future__ import annotations

import functools
import genericpath
import os
import posixpath
import sys
from collections.abc import Callable, Iterator
from typing import Any

from cairn.tracenotes import Notes

KINDS = ("exists", "isfile", "isdir", "islink", "lexists", "ismount", "isjunction", "isdevdrive")
# Methods of paths that only ask what there is, and do so by `stat`.
ASKING = frozenset({"exists", "is_file", "is_dir", "is_symlink", "is_mount", "is_junction", "is_socket", "is_fifo", "resolve"})

# The import system asks by these, and what it looks for is noted by name.
KEEPING = frozenset({"os", "posix", "importlib._bootstrap_external", "_frozen_importlib_external"})


class Looks:
    """Made before the task, put in with `start`; they stay, as the process belongs to one task."""

    def __init__(self, notes: Notes) -> None:
        self._notes = notes
        self._made: list[tuple[Any, str, Any]] = []
        for name in ("stat", "lstat"):
            self.replace(os, name, self.stat(getattr(os, name)))
        for name in ("access", "readlink", "getxattr", "listxattr", "statvfs", "pathconf"):
            if hasattr(os, name):
                self.replace(os, name, self.of_path(getattr(os, name), notes.probe))
        self.replace(os, "open", self.open(os.open))
        self.replace(os, "scandir", self.scandir(os.scandir))
        for name in (*KINDS, "realpath"):
            if hasattr(posixpath, name):
                self.replace_path(name, self.of_path(getattr(posixpath, name), notes.probe))
        for name in ("getsize", "getmtime", "getatime", "getctime", "samefile"):
            self.replace_path(name, self.of_path(getattr(posixpath, name), notes.read))
        self.replace_old_paths()
        self.replace_taken()

    def start(self) -> None:
        for owner, name, watched in self._made:
            setattr(owner, name, watched)

    def replace(self, module: Any, name: str, watched: Any) -> None:
        self._made.append((module, name, watched))
        for capabilities in (os.supports_dir_fd, os.supports_fd, os.supports_follow_symlinks, os.supports_effective_ids):
            if getattr(module, name) in capabilities:
                capabilities.add(watched)

    def replace_path(self, name: str, watched: Any) -> None:
        self.replace(posixpath, name, watched)
        if hasattr(genericpath, name):
            self._made.append((genericpath, name, watched))

    def replace_taken(self) -> None:
        """Where a library has taken a function of C from `os` (`from os import stat`), it would never come by here."""
        watched = {id(getattr(owner, name)): one for owner, name, one in self._made if owner is os}
        for module in list(sys.modules.values()):
            if getattr(module, "__name__", "os") in KEEPING or str(getattr(module, "__name__", "")).startswith("cairn."):
                continue
            for name, value in list(getattr(module, "__dict__", {}).items()):
                if id(value) in watched:
                    self._made.append((module, name, watched[id(value)]))

    def replace_old_paths(self) -> None:
        """`pathlib` of 3.10 has kept the functions that it found."""
        accessor = getattr(sys.modules.get("pathlib"), "_NormalAccessor", None)
        found = {name: watched for owner, name, watched in self._made if owner in (os, posixpath)}
        for name in ("stat", "scandir", "readlink", "realpath") if accessor is not None else ():
            self._made.append((accessor, name, staticmethod(found[name])))

    # ------------------------------------------------------------ functions

    def of_path(self, original: Callable[..., Any], note: Callable[..., None]) -> Callable[..., Any]:
        quiet, lose = self._notes.quiet, self._notes.lose

        @functools.wraps(original)
        def look(path: Any, *args: Any, **options: Any) -> Any:
            if quiet.on:
                return original(path, *args, **options)
            path = to_plain(path)
            quiet.on = True
            try:
                note(path, options.get("dir_fd"))
                if args and original is samefile:
                    note(args[0])
            except Exception as error:
                lose(f"the trace broke at {original.__name__}: {type(error).__name__}: {error}")
            finally:
                quiet.on = False
            # Looks of its own (`realpath` asks for each folder) are of no more interest.
            return self.quietly(original, path, args, options) if original in INNER else original(path, *args, **options)

        return look

    def quietly(self, original: Callable[..., Any], path: Any, args: Any, options: Any) -> Any:
        quiet = self._notes.quiet
        quiet.on = True
        try:
            return original(path, *args, **options)
        finally:
            quiet.on = False

    def stat(self, original: Callable[..., Any]) -> Callable[..., Any]:
        notes, quiet = self._notes, self._notes.quiet

        @functools.wraps(original)
        def stat(path: Any, *args: Any, **options: Any) -> Any:
            if quiet.on or type(path) is int:
                return original(path, *args, **options)
            path = to_plain(path)
            quiet.on = True
            try:
                (notes.probe if is_asking() else notes.read)(path, options.get("dir_fd"))
            except Exception as error:
                notes.lose(f"the trace broke at stat: {type(error).__name__}: {error}")
            finally:
                quiet.on = False
            return original(path, *args, **options)

        return stat

    def open(self, original: Callable[..., Any]) -> Callable[..., Any]:
        """Only with a folder's descriptor: the event does not tell it."""
        notes, quiet = self._notes, self._notes.quiet

        @functools.wraps(original)
        def open(path: Any, flags: int, *args: Any, **options: Any) -> Any:
            folder = options.get("dir_fd")
            if quiet.on or folder is None:
                return original(path, flags, *args, **options)
            path = to_plain(path)
            quiet.on = True
            try:
                notes.read(path, folder)
            finally:
                quiet.on = False
            return self.quietly(original, path, (flags, *args), options)

        return open

    def scandir(self, original: Callable[..., Any]) -> Callable[..., Any]:
        notes = self._notes

        @functools.wraps(original)
        def scandir(path: Any = None) -> Any:
            entries = original() if path is None else original(path)
            if notes.quiet.on or isinstance(path, int):
                return entries
            placed = notes.place("." if path is None else path)
            return Entries(entries, notes) if placed is not None and placed[0] in ("tree", "outside") else entries

        return scandir


class Entries:
    """What `os.scandir` answers, with entries that note what is asked of them."""

    def __init__(self, entries: Any, notes: Notes) -> None:
        self._entries = entries
        self._notes = notes

    def __iter__(self) -> Iterator[Any]:
        return self

    def __next__(self) -> Any:
        return Entry(next(self._entries), self._notes)

    def __enter__(self) -> Entries:
        return self

    def __exit__(self, *_error: object) -> None:
        self.close()

    def close(self) -> None:
        self._entries.close()


class Entry(os.PathLike):  # type: ignore[type-arg]
    """An `os.DirEntry`, which nobody can derive from."""

    def __init__(self, entry: Any, notes: Notes) -> None:
        self._entry = entry
        self._notes = notes
        self.name = entry.name
        self.path = entry.path

    def note(self, how: Callable[[Any], None]) -> None:
        quiet = self._notes.quiet
        if quiet.on:
            return
        quiet.on = True
        try:
            how(os.path.abspath(self.path))
        finally:
            quiet.on = False

    def is_dir(self, *, follow_symlinks: bool = True) -> bool:
        self.note(self._notes.probe)
        return bool(self._entry.is_dir(follow_symlinks=follow_symlinks))

    def is_file(self, *, follow_symlinks: bool = True) -> bool:
        self.note(self._notes.probe)
        return bool(self._entry.is_file(follow_symlinks=follow_symlinks))

    def is_symlink(self) -> bool:
        self.note(self._notes.probe)
        return bool(self._entry.is_symlink())

    def is_junction(self) -> bool:
        return False

    def stat(self, *, follow_symlinks: bool = True) -> os.stat_result:
        self.note(self._notes.read)
        return self._entry.stat(follow_symlinks=follow_symlinks)

    def inode(self) -> int:
        return int(self._entry.inode())

    def __fspath__(self) -> Any:
        return self.path

    def __repr__(self) -> str:
        return f"<DirEntry {self.name!r}>"


samefile = posixpath.samefile
# They look at what they are given by functions that are watched too, more closely than need be.
INNER = frozenset({posixpath.realpath, samefile, *(getattr(posixpath, name) for name in KINDS if hasattr(posixpath, name))})


def to_plain(path: Any) -> Any:
    """Before the trace looks at it, since `__fspath__` may be the task's own code. What is no path is refused as ever."""
    return path if isinstance(path, (str, bytes, int)) or not hasattr(path, "__fspath__") else os.fspath(path)


def is_asking() -> bool:
    """`Path.exists` and its kin, which ask by `Path.stat`, which asks by `os.stat`."""
    frame = sys._getframe(2)
    code = frame.f_code
    if not is_pathlib(code.co_filename):
        return False
    if code.co_name in ("stat", "lstat") and frame.f_back is not None:
        code = frame.f_back.f_code
    return is_pathlib(code.co_filename) and code.co_name in ASKING


def is_pathlib(file: str) -> bool:
    return file.endswith("/pathlib.py") or "/pathlib/" in file
