"""
Native code opens files and asks for variables without telling the interpreter.

Files of the module's folder: the kernel tells which are opened (inotify), whoever does it. Files elsewhere are not told: those have to be
inputs. Variables: a library that never calls `getenv` reads none; of those that do, the well-known read what always counts, and for any
other all variables count.
"""

from __future__ import annotations

import importlib.machinery
import os
import sys
from collections.abc import Iterable, Mapping

from cairn.tracenotes import Notes
from cairn.traceplaces import HERE
from cairn.tracewatch import Watch

SUFFIXES = tuple(importlib.machinery.EXTENSION_SUFFIXES)
# Modules of the standard library that open files in C.
READERS = frozenset({"_sqlite3", "_dbm", "_gdbm", "_ssl", "_tkinter"})
# What they ask for in C is on the list of names that always count (`rde-agent/analysis`).
KNOWN = frozenset(
    "numpy pandas pyarrow polars _polars_runtime_32 _polars_runtime_64 _polars_runtime_compat scipy sklearn threadpoolctl".split()
    + "torch matplotlib PIL lightgbm xgboost".split()
)
# They call any function of C that they are told to.
CALLING = frozenset({"_cffi_backend", "numba", "llvmlite"})
# They open their files in Python.
PYTHON_READERS = frozenset("numpy pandas scipy sklearn threadpoolctl".split())
VAIN = "native code may have looked for any file of the module's folder"
ASKING = (b"\0getenv\0", b"\0secure_getenv\0", b"\0environ\0", b"\0__environ\0", b"\0_environ\0")
OPENERS = tuple(f"\0{name}\0".encode() for name in "open open64 openat openat64 fopen fopen64 stat stat64 access opendir __xstat".split())
# A library that is bigger certainly asks for something.
LARGEST = 64 << 20

_symbols: dict[str, tuple[bool, bool]] = {}
_preloaded: frozenset[str] | None = None


def prepare(standard: Iterable[str], sites: Iterable[str]) -> None:
    """In the parent, once for all children: what is loaded, and whether it asks for variables."""
    global _preloaded
    _preloaded = frozenset(list_native(standard, sites))
    for path in _preloaded:
        is_asking(path, sites)


def list_native(standard: Iterable[str], sites: Iterable[str]) -> list[str]:
    """Files of native modules that may read anything."""
    files = [getattr(module, "__dict__", {}).get("__file__") for module in list(sys.modules.values())]
    return [file for file in files if isinstance(file, str) and is_reader(file, standard, sites)]


def is_reader(file: str, standard: Iterable[str], sites: Iterable[str]) -> bool:
    if not file.endswith(SUFFIXES):
        return False
    is_standard = file.startswith(tuple(standard)) and not file.startswith(tuple(sites))
    return not is_standard or os.path.basename(file).partition(".")[0] in READERS


def is_asking(path: str, sites: Iterable[str]) -> bool:
    top = to_top(path, sites)
    return top in CALLING or (top not in KNOWN and find_symbols(path)[0])


def is_opening(path: str) -> bool:
    """Whether it may open files, or look for them."""
    return find_symbols(path)[1]


def to_import(top: str) -> str:
    """The name that code uses; of the standard library it is sqlite that looks for other files."""
    return "sqlite3" if top == "" else "polars" if top.startswith("_polars") else top


def is_known(path: str, sites: Iterable[str]) -> bool:
    return to_top(path, sites) in KNOWN


def to_top(path: str, sites: Iterable[str]) -> str:
    """First name below the folder of packages."""
    inside = next((path[len(site) + 1 :] for site in sites if path.startswith(f"{site}/")), "")
    return inside.partition("/")[0].partition(".")[0]


def find_symbols(path: str) -> tuple[bool, bool]:
    """Whether a library imports what asks for variables, and what opens files. Looked up once, in the parent where there is one."""
    if path not in _symbols:
        try:
            with open(path, "rb") as file:
                data = file.read(LARGEST + 1)
        except OSError:
            data = b""
        whole = 0 < len(data) <= LARGEST
        _symbols[path] = tuple(not whole or any(symbol in data for symbol in symbols) for symbols in (ASKING, OPENERS))  # type: ignore[assignment]
    return _symbols[path]


class Native:
    """What a task's native code does, as far as it can be told."""

    def __init__(self, notes: Notes, code: Mapping[str, str], standard: Iterable[str], sites: Iterable[str]) -> None:
        self._notes = notes
        self._standard, self._sites = tuple(standard), tuple(sites)
        self._watch = Watch(notes, code)
        self._loaded: set[str] = set()

    def start(self) -> None:
        there = list_native(self._standard, self._sites) if _preloaded is None else _preloaded
        self._loaded.update(there)
        if there:
            self._watch.start()

    def load(self, file: str) -> None:
        """A native module is about to be loaded."""
        if is_reader(file, self._standard, self._sites):
            self._loaded.add(file)
            self._watch.start()

    def open_database(self) -> None:
        """`ATTACH` opens other files."""
        self._watch.start()

    def call(self, caller: str) -> None:
        """Somebody calls functions of a library by name (ctypes): it may ask for anything."""
        if is_known(caller, self._sites) or caller.startswith(HERE):
            return
        self._notes.all_variables = True
        self._notes.widen("data", "", VAIN)
        self._watch.start()

    def stop(self, texts: Iterable[str], names: Iterable[str]) -> None:
        """`texts` may be names of files elsewhere, which nobody tells of; `names` are those that the task's code uses."""
        self._watch.stop()
        if self.may_look(frozenset(names)):
            # The kernel tells of no file that was looked for in vain.
            self._notes.widen("data", "", VAIN)
        for text in sorted(texts) if self._loaded else ():
            if 1 < len(text) <= 4096 and text.startswith(("/", "~/")) and "\n" not in text:
                self.add_outside(os.path.expanduser(text))
        if not self._notes.all_variables and any(is_asking(path, self._sites) for path in self._loaded):
            self._notes.all_variables = True

    def may_look(self, names: frozenset[str]) -> bool:
        """A well-known reader that is only there for others (pandas, the writing of tables) is given open files."""
        return any(self.may_look_from(path, to_top(path, self._sites), names) for path in self._loaded)

    def may_look_from(self, path: str, top: str, names: frozenset[str]) -> bool:
        if top in PYTHON_READERS:
            return False
        if top in KNOWN or top == "":
            return to_import(top) in names
        return top in CALLING or is_opening(path)

    def add_outside(self, path: str) -> None:
        placed = self._notes.place(path)
        if placed is not None and placed[0] == "outside" and os.path.isfile(path):
            self._notes.read(path)
