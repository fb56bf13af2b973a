"""Where a path lies, as far as a trace is concerned."""

from __future__ import annotations

import os
import posixpath
import site
import sys
import sysconfig
from collections.abc import Iterable, Iterator
from typing import Any

# What the system makes up when it is asked is no content that could be compared.
MADE_UP = ("/proc", "/sys", "/dev")
SHARED_MEMORY = "/dev/shm"
HERE = os.path.dirname(os.path.abspath(__file__))

# The originals: a trace puts its own functions in their place, and must not hear of its own looks.
_readlink, _getcwd = os.readlink, os.getcwd


def list_standard() -> frozenset[str]:
    """Folders of the interpreter itself; installed packages that lie inside are told apart by `list_sites`."""
    paths = sysconfig.get_paths()
    found = {paths["stdlib"], paths["platstdlib"], sysconfig.get_config_var("DESTSHARED") or ""}
    found |= {os.path.realpath(path) for path in found if path}
    return frozenset(path for path in found if path)


def list_sites() -> frozenset[str]:
    """Folders of installed distributions."""
    paths = sysconfig.get_paths()
    found = {paths["purelib"], paths["platlib"], *site.getsitepackages(), *(path for path in sys.path if is_site(path))}
    found |= {os.path.realpath(path) for path in found}
    return frozenset(path for path in found if path)


def is_site(path: str) -> bool:
    return os.path.basename(path) in ("site-packages", "dist-packages")


def list_inputs(values: Iterable[dict[str, Any]]) -> Iterator[str]:
    for value in values:
        if value["kind"] == "list":
            yield from list_inputs(value["items"])
        elif value["kind"] == "file":
            yield value["path"]


class Places:
    """
    Sorts absolute paths: `tree` (with the path below the module's folder), `own` (nothing that another run could see, or another part of
    the key), `standard` (the interpreter), `site` (with the first name below the folder of packages), `made-up`, `outside`.
    """

    def __init__(self, context: dict[str, Any], standard: Iterable[str], sites: Iterable[str]) -> None:
        self.root = resolve(context["root"])
        own = [context["scratch"], context["outputDir"], *list_inputs(entry["value"] for entry in context["inputs"])]
        source = context.get("source")
        own += [source["path"]] if source is not None else []
        own = [path for path in own if path and path != "/"]
        self._own = tuple({*own, *map(resolve, own), HERE})
        self.sites = tuple(sites)
        self._standard = tuple(standard)
        self._prefix = self.root + "/"
        # Most of what an import opens: told by its beginning, without a look at the disk.
        self.plain = tuple(f"{path}/" for path in self._standard)

    def sort(self, path: str) -> tuple[str, str]:
        """Of an absolute path without links and dots."""
        if path == self.root:
            return "tree", ""
        if path.startswith(self._prefix):
            return "tree", path[len(self._prefix) :]
        if any(is_below(path, own) for own in self._own):
            return "own", ""
        for folder in self.sites:
            if is_below(path, folder):
                return "site", path[len(folder) + 1 :].partition("/")[0]
        if any(is_below(path, folder) for folder in self._standard):
            return "standard", ""
        if any(is_below(path, folder) for folder in MADE_UP) and not is_below(path, SHARED_MEMORY):
            return "made-up", ""
        return "outside", path


def is_below(path: str, folder: str) -> bool:
    return path == folder or path.startswith(f"{folder}/")


def to_text(path: Any) -> str | None:
    """None for what is no path: a descriptor, or what the call itself is going to refuse."""
    if isinstance(path, int) or path is None:
        return None
    try:
        return os.fsdecode(path)
    except (TypeError, ValueError):
        return None


def to_absolute(path: str, folder: int | None = None) -> str:
    """Absolute, dots and links resolved, like the system will. `folder` = descriptor that a relative path belongs to."""
    if not path.startswith("/"):
        path = f"{_getcwd() if folder is None else descriptor_path(folder)}/{path}"
    return resolve(path)


def descriptor_path(descriptor: int) -> str:
    """What an open descriptor stands for. Raises OSError."""
    return _readlink(f"/proc/self/fd/{descriptor}")


def resolve(path: str, links: int = 40) -> str:
    """`os.path.realpath`, which the trace itself watches; parts that are not there stay as they are."""
    done = ""
    waiting = path.split("/")[::-1]
    while waiting:
        part = waiting.pop()
        if part in ("", "."):
            continue
        if part == "..":
            done = posixpath.dirname(done) if done else ""
            done = "" if done == "/" else done
            continue
        there = f"{done}/{part}"
        try:
            target = _readlink(there)
        except (OSError, ValueError):
            done = there  # no link, or nothing is there
            continue
        links -= 1
        if links < 0:
            return path
        done = "" if target.startswith("/") else done
        waiting.extend(target.split("/")[::-1])
    return done or "/"
