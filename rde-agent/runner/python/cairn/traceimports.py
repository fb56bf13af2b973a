"""Which modules were looked for, and which distributions they are of."""

from __future__ import annotations

import functools
import importlib
import opcode
import os
import re
import sys
from collections.abc import Callable, Iterable, Iterator, Mapping
from importlib.abc import MetaPathFinder
from types import CodeType
from typing import Any

from cairn.imports import PROTECTED
from cairn.tracenotes import Notes
from cairn.traceplaces import HERE, Places, resolve

IMPORT_NAME, EXTENDED_ARG = opcode.opmap["IMPORT_NAME"], opcode.opmap["EXTENDED_ARG"]
# What makes other interpreters, of which nothing is told; 3.13 raises no event.
INTERPRETERS = frozenset({"_interpreters", "_xxsubinterpreters"})

_names: dict[str, frozenset[str]] | None = None


class Lookups(MetaPathFinder):
    """First of all finders: finds nothing, and notes what is looked for."""

    def __init__(self, notes: Notes, code: Mapping[str, str], ask: Callable[[str], None]) -> None:
        self._notes = notes
        self._root = ""
        self._code = code
        self._ask = ask
        self._import_module = self.make_import_module()

    def start(self, root: str) -> None:
        self._root = root
        sys.meta_path.insert(0, self)
        importlib.import_module = self._import_module

    def find_spec(self, fullname: str, path: Any = None, target: Any = None) -> None:
        if fullname in INTERPRETERS:
            self._notes.widen("tree", None, "another interpreter in this process")
        if path is None and fullname in PROTECTED:
            return
        tail = fullname.rpartition(".")[2]
        if path is None:
            self._ask(fullname)
        for folder in sys.path if path is None else path:
            inside = self.to_relative(folder)
            if inside is not None:
                self._notes.imports.add((inside, tail))
                self.see_asker(inside, tail)

    def see_asker(self, folder: str, name: str) -> None:
        """A library that asks for a module of the task's by name may look at any name in it."""
        frame = sys._getframe(2)
        while frame.f_back is not None and is_between(frame.f_code.co_filename):
            frame = frame.f_back
        file = frame.f_code.co_filename
        # The runner asks for the entry, whose name is known.
        if not is_own(file, self._code) and not file.startswith(HERE):
            self.widen(folder, name, str(frame.f_globals.get("__name__", "a library")))

    def widen(self, folder: str, name: str, asker: str) -> None:
        path = f"{folder}/{name}" if folder else name
        for file in (f"{path}.py", f"{path}/__init__.py"):
            if file in self._code:
                self._notes.widen("names", file, f"{asker} imports it by name")

    def make_import_module(self) -> Any:
        """What is there already is found without asking the finders."""
        original = importlib.import_module

        @functools.wraps(original)
        def import_module(name: str, package: str | None = None) -> Any:
            caller = sys._getframe(1).f_code.co_filename
            if isinstance(name, str) and name in sys.modules and not is_own(caller, self._code) and not caller.startswith(HERE):
                self.widen("", name.replace(".", "/"), str(sys._getframe(1).f_globals.get("__name__", "a library")))
            return original(name, package)

        return import_module

    def to_relative(self, folder: Any) -> str | None:
        if not isinstance(folder, str):
            return None
        if folder == self._root:
            return ""
        return folder[len(self._root) + 1 :] if folder.startswith(self._root + "/") else None

    def find_distributions(self, context: Any = None) -> Iterable[Any]:
        """`importlib.metadata` asks every finder."""
        name = getattr(context, "name", None)
        if name is None:
            self._notes.all_distributions = True
        else:
            self._notes.distributions.add(normalise(str(name)))
        return ()


def is_own(file: str, code: Mapping[str, str]) -> bool:
    """Text that was compiled at run time is the task's, too: its words count."""
    return file in code or (file.startswith("<") and not file.startswith("<frozen"))


def is_between(file: str) -> bool:
    """Of the import system, and of what was put into it here."""
    return file.startswith(("<frozen importlib", f"{HERE}/trace")) or file.endswith("/importlib/__init__.py")


def list_loaded() -> set[str]:
    """First names of modules that are there already: an import finds these without asking anybody."""
    there = {name.partition(".")[0] for name in list_new()} - PROTECTED
    return there if _parent is None else there | _parent.tops


def list_packages(notes: Notes) -> set[str]:
    """First names of packages that are there before the task."""
    if _parent is None:
        names = {placed[1] for placed in map(notes.place, list_files()) if placed is not None and placed[0] == "site"}
    else:
        names = _parent.site_names
    return {name.partition(".")[0] for name in names}


def add_known(notes: Notes, ran: Iterable[CodeType], preloaded: set[str]) -> None:
    """Imports by code that ran of what was there: a file of that name in the module's folder would have come first."""
    for code in ran:
        tops = {name: name.partition(".")[0] for name in code.co_names}
        if not preloaded.isdisjoint(tops.values()):
            notes.imports |= {("", tops[name]) for name in list_imported(code) if tops[name] in preloaded}


def list_imported(code: CodeType) -> set[str]:
    """Names in its import statements: elsewhere, a name of a module is something else (`frame.copy`)."""
    found: set[str] = set()
    data, argument = code.co_code, 0
    for at in range(0, len(data), 2):
        argument = argument << 8 | data[at + 1]
        if data[at] == IMPORT_NAME:
            found.add(code.co_names[argument])
        if data[at] != EXTENDED_ARG:
            argument = 0
    return found


def to_present(notes: Notes, code: Mapping[str, str]) -> list[list[Any]]:
    folders = {file[:at] for file in code for at, letter in enumerate(file) if letter == "/"}
    found: list[list[Any]] = []
    for folder, name in sorted(notes.imports):
        path = f"{folder}/{name}" if folder else name
        present = f"{path}.py" in code or path in folders or os.path.isdir(f"{notes.places.root}/{path}")
        found.append([folder, name, present])
    return found


# ---------------------------------------------------------------- distributions


def to_distributions(notes: Notes, files: Iterable[str]) -> str | list[str]:
    if notes.all_distributions:
        return "all"
    tops = {name for name in notes.site_names if name}
    if _parent is not None:
        tops |= _parent.site_names
    for file in files:
        placed = notes.place(file)
        if placed is not None and placed[0] == "site":
            tops.add(placed[1])
    asked = {top for folder, top in notes.imports if folder == ""} - sys.stdlib_module_names
    found = set(notes.distributions)
    names = read_names(notes.places.sites) if tops or asked else {}
    for top in tops:
        owners = names.get(top)
        if owners is None:
            return "all"
        found |= owners
    # What was looked for and is not there: any package that comes may bring it.
    found |= {normalise(top) for top in asked - list_loaded()}
    return sorted(found)


def list_files() -> Iterator[str]:
    """Files of modules that came after those of the parent, and of those of its modules that are of no distribution and not standard."""
    if _parent is not None:
        yield from _parent.foreign
    for name in list_new():
        file = getattr(sys.modules.get(name), "__dict__", {}).get("__file__")
        if isinstance(file, str):
            yield file


def list_new() -> list[str]:
    """Modules that came after those of the parent. To look at all of them would copy the memory that they are in."""
    if _parent is None:
        return list(sys.modules)
    found: list[str] = []
    try:
        for name in reversed(sys.modules):
            if name == _parent.last:
                return found
            found.append(name)
    except RuntimeError:
        pass  # another thread imports at the same moment
    return list(sys.modules)


class Parent:
    """What was loaded in the parent of tasks."""

    def __init__(self, standard: Iterable[str], sites: Iterable[str]) -> None:
        names = list(sys.modules)
        files = list(list_files())
        places = Places({"root": HERE, "scratch": "", "outputDir": "", "inputs": []}, standard, sites)
        placed = [places.sort(resolve(file)) for file in files]
        known = tuple(f"{folder}/" for folder in (*standard, *sites, HERE))
        self.last = names[-1]
        self.tops = {name.partition(".")[0] for name in names} - PROTECTED
        self.site_names = {name for kind, name in placed if kind == "site"}
        self.foreign = [file for file in files if not file.startswith(known)]


_parent: Parent | None = None


def prepare(standard: Iterable[str], sites: Iterable[str]) -> None:
    """In the parent, once for all children."""
    global _parent
    read_names(sites)
    _parent = None
    _parent = Parent(standard, sites)


def list_foreign(places: Places) -> list[str]:
    """
    Modules that are loaded already and were found neither among packages nor in the interpreter: edits to them would not be seen. A file
    of the interpreter may be a link to elsewhere, as `sitecustomize.py` is where Debian and Ubuntu keep it in /etc.
    """
    files = list_files() if _parent is None else _parent.foreign
    return [file for file in files if places.sort(os.path.realpath(file))[0] == "outside" and places.sort(file)[0] != "standard"]


def read_names(sites: Iterable[str]) -> dict[str, frozenset[str]]:
    """Distributions by the first name of what they have installed. Read once, in the parent of all tasks where there is one."""
    global _names
    if _names is None:
        found: dict[str, set[str]] = {}
        for site in sites:
            for folder in list_metadata(site):
                for top in list_tops(folder):
                    found.setdefault(top, set()).add(to_name(folder))
        _names = {top: frozenset(owners) for top, owners in found.items()}
    return _names


def list_metadata(site: str) -> list[str]:
    try:
        return [f"{site}/{name}" for name in os.listdir(site) if name.endswith((".dist-info", ".egg-info"))]
    except OSError:
        return []


def list_tops(folder: str) -> set[str]:
    """First names below the folder of packages, its own folder of metadata among them."""
    tops = {os.path.basename(folder)}
    for name in ("RECORD", "SOURCES.txt", "installed-files.txt"):
        try:
            with open(f"{folder}/{name}", encoding="utf-8", errors="surrogateescape") as lines:
                tops |= {line.strip('"').partition(",")[0].partition("/")[0].strip() for line in lines}
        except OSError:
            continue
    return tops - {"", ".."}


def to_name(folder: str) -> str:
    return normalise(os.path.basename(folder).rpartition(".")[0].partition("-")[0])


def normalise(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()
