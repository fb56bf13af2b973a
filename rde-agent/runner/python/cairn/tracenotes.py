"""What a trace has gathered so far; `rde-agent/protocol/trace.ts` says what each part means."""

from __future__ import annotations

import hashlib
import io
import os
import stat
import threading
from collections import Counter
from typing import Any

from cairn.traceplaces import Places, to_absolute, to_text

_stat, _scandir = os.stat, os.scandir

CHUNK = 1 << 20
FOLDER = "folder"
# There is a file, whatever it holds.
FILE = "file"


class Quiet(threading.local):
    """`on` while a thread does work of the trace itself: what it looks at then is not the task's doing."""

    on = False


class Notes:
    """Everything is added from any thread; sets and dicts of CPython take that."""

    places: Places

    def __init__(self) -> None:
        self.quiet = Quiet()
        self.files: dict[str, str | None] = {}
        self.listings: dict[str, tuple[str, ...] | None] = {}
        self.outside: dict[str, str | None] = {}
        self.imports: set[tuple[str, str]] = set()
        self.variables: set[str] = set()
        self.all_variables = False
        self.distributions: set[str] = set()
        self.all_distributions = False
        # First names below a folder of packages, whose distributions are found at the end.
        self.site_names: set[str] = set()
        self.words: set[str] = set()
        self.widened: set[tuple[str, str | None, str]] = set()
        self.lost: str | None = None
        # Folders of the tree that were opened through Python, while somebody counts.
        self.opened: Counter[str] | None = None
        self._written: set[str] = set()
        self._sorted: dict[str, tuple[str, str, str]] = {}

    def lose(self, reason: str) -> None:
        """There will be no trace."""
        if self.lost is None:
            self.lost = reason

    def widen(self, level: str, file: str | None, because: str) -> None:
        self.widened.add((level, file, because))

    # ------------------------------------------------------------ files

    def place(self, path: Any, folder: int | None = None) -> tuple[str, str, str] | None:
        """Kind and name of a path as the caller gave it, and the path itself; None when it is none."""
        text = to_text(path)
        if text is None or "\0" in text:
            return None
        if text.startswith(self.places.plain) and "/../" not in text and not text.startswith(self.places.sites):
            return "standard", "", text
        absolute = text.startswith("/")
        known = self._sorted.get(text) if absolute else None
        if known is None:
            try:
                real = to_absolute(text, folder)
            except OSError:
                return None
            kind, name = self.places.sort(real)
            # By the name that was asked for: a link outside may lead somewhere else tomorrow.
            name = text if kind == "outside" and absolute and "/." not in text else name
            known = (kind, name.rstrip("/") or "/" if kind == "outside" else name, real)
            if absolute:
                self._sorted[text] = known
        return known

    def forget_places(self) -> None:
        """A link was made or moved."""
        self._sorted.clear()

    def read(self, path: Any, folder: int | None = None) -> None:
        """Its content counts, or that it is not there."""
        self.look(path, folder, read_state)

    def probe(self, path: Any, folder: int | None = None) -> None:
        """Only counts whether there is a file, a folder or nothing."""
        self.look(path, folder, read_kind)

    def look(self, path: Any, folder: int | None, to_state: Any) -> None:
        placed = self.place(path, folder)
        if placed is None:
            return
        kind, name, real = placed
        if kind == "site":
            self.site_names.add(name)
        elif kind == "made-up":
            self.all_variables = self.all_variables or real.endswith("/environ")
        elif kind in ("tree", "outside") and real not in self._written:
            noted = self.files if kind == "tree" else self.outside
            if noted.get(name, FILE) == FILE:
                self.note(noted, name, real, to_state)

    def note(self, noted: dict[str, str | None], name: str, real: str, to_state: Any) -> None:
        if name in noted and to_state is read_kind:
            return
        before, self.quiet.on = self.quiet.on, True
        try:
            noted[name] = to_state(real)
        except OSError as error:
            # Neither read by the task, then, nor to be compared by anybody.
            self.lose(f"{real} was looked at and cannot be read: {error}")
        finally:
            self.quiet.on = before

    def write(self, path: Any, folder: int | None = None) -> None:
        """From now on its content is the task's own."""
        placed = self.place(path, folder)
        if placed is not None and placed[0] == "outside":
            self._written.add(placed[2])

    def open_folder(self, path: Any) -> None:
        if self.opened is not None:
            placed = self.place(path)
            if placed is not None and placed[0] == "tree":
                self.opened[placed[1]] += 1

    def list(self, path: Any, folder: int | None = None) -> None:
        placed = self.place(path, folder)
        if placed is None:
            return
        kind, name, real = placed
        if kind == "site":
            self.all_distributions = self.all_distributions or name == ""
            self.site_names.add(name)
        elif kind in ("tree", "outside") and real not in self._written:
            if kind == "tree" and name not in self.listings:
                # Which opens it once more.
                self.open_folder(real)
                self.listings[name] = read_names(real)
            elif kind == "outside" and f"{name}/" not in self.outside:
                self.outside[f"{name}/"] = digest_names(read_names(real))


def read_state(path: str) -> str | None:
    """Digest of a file, `folder`, or None. Raises OSError for what is there and cannot be read."""
    kind = read_kind(path)
    if kind != FILE:
        return kind
    if not stat.S_ISREG(_stat(path).st_mode):
        raise OSError("it is neither a file nor a folder")
    return read_digest(path)


def read_kind(path: str) -> str | None:
    try:
        mode = _stat(path).st_mode
    except (FileNotFoundError, NotADirectoryError):
        return None
    except OSError:
        # A name that is too long, a folder that is closed to us: there is nothing for the task either.
        return None
    return FOLDER if stat.S_ISDIR(mode) else FILE


def read_digest(path: str) -> str:
    state = hashlib.sha256()
    with io.FileIO(path) as file:
        while chunk := file.read(CHUNK):
            state.update(chunk)
    return f"sha256:{state.hexdigest()}"


def read_names(path: str) -> tuple[str, ...] | None:
    try:
        with _scandir(path) as entries:
            return tuple(sorted(entry.name for entry in entries))
    except OSError:
        return None


def digest_names(names: tuple[str, ...] | None) -> str | None:
    """Of a folder's names, each ended by a line break, in the order of their bytes."""
    if names is None:
        return None
    text = b"".join(sorted(os.fsencode(name) + b"\n" for name in names))
    return f"sha256:{hashlib.sha256(text).hexdigest()}"
