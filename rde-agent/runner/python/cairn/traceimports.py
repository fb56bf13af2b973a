"""Which modules were looked for, and which distributions they are of."""

from __future__ import annotations

import os
import re
import sys
from collections.abc import Iterable, Iterator, Mapping
from importlib.abc import MetaPathFinder
from types import CodeType
from typing import Any

from cairn.imports import PROTECTED
from cairn.tracenotes import Notes

# Distributions whose modules have other names, for modules that were looked for and are not there: once there, they would be found.
OTHER_NAMES = {
    "attr": "attrs", "bs4": "beautifulsoup4", "cv2": "opencv-python", "dateutil": "python-dateutil", "dotenv": "python-dotenv",
    "faiss": "faiss-cpu", "fitz": "pymupdf", "git": "gitpython", "google": "protobuf", "jwt": "pyjwt", "magic": "python-magic",
    "mpl_toolkits": "matplotlib", "mysqldb": "mysqlclient", "odf": "odfpy", "pil": "pillow", "pkg_resources": "setuptools",
    "psycopg2": "psycopg2-binary", "serial": "pyserial", "skimage": "scikit-image", "sklearn": "scikit-learn", "snappy": "python-snappy",
    "tables": "tables", "umap": "umap-learn", "usb": "pyusb", "yaml": "pyyaml", "zmq": "pyzmq",
}  # fmt: skip

_names: dict[str, frozenset[str]] | None = None


class Lookups(MetaPathFinder):
    """First of all finders: finds nothing, and notes what is looked for."""

    def __init__(self, notes: Notes, root: str) -> None:
        self._notes = notes
        self._root = root

    def find_spec(self, fullname: str, path: Any = None, target: Any = None) -> None:
        if path is None:
            if fullname not in PROTECTED:
                self._notes.imports.add(("", fullname))
            return
        tail = fullname.rpartition(".")[2]
        for folder in path:
            inside = self.to_relative(folder)
            if inside is not None:
                self._notes.imports.add((inside, tail))

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


def list_preloaded() -> set[str]:
    """First names of modules that are there already: an import finds these without asking anybody."""
    return {name.partition(".")[0] for name in list(sys.modules)} - PROTECTED


def add_known(notes: Notes, ran: Iterable[CodeType], preloaded: set[str]) -> None:
    """Imports by code that ran of what was there: a file of that name in the module's folder would have come first."""
    for code in ran:
        for name in code.co_names:
            top = name.partition(".")[0]
            if top in preloaded:
                notes.imports.add(("", top))


def to_present(notes: Notes, code: Mapping[str, str]) -> list[list[Any]]:
    folders = {file[:at] for file in code for at, letter in enumerate(file) if letter == "/"}
    found: list[list[Any]] = []
    for folder, name in sorted(notes.imports):
        path = f"{folder}/{name}" if folder else name
        present = f"{path}.py" in code or path in folders or os.path.isdir(f"{notes.places.root}/{path}")
        found.append([folder, name, present])
    return found


# ---------------------------------------------------------------- distributions


def to_distributions(notes: Notes, preloaded_files: Iterable[str]) -> str | list[str]:
    if notes.all_distributions:
        return "all"
    tops = {name for name in notes.site_names if name}
    for file in preloaded_files:
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
    for top in asked - set(list_preloaded()):
        found.add(normalise(OTHER_NAMES.get(top.lower(), top)))
    return sorted(found)


def list_files() -> Iterator[str]:
    for module in list(sys.modules.values()):
        file = getattr(module, "__dict__", {}).get("__file__")
        if isinstance(file, str):
            yield file


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
