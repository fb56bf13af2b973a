"""
Which files of the module's folder are opened by whom we cannot ask: the kernel tells (inotify). Other tasks in the same folder are heard
too, which at worst counts a file too many. Where the kernel cannot tell, every file that is no code counts.
"""

from __future__ import annotations

import ctypes
import os
import struct
import sys
from collections import Counter
from collections.abc import Mapping
from typing import Any

from cairn.tracenotes import Notes

IN_OPEN, IN_CLOSE_NOWRITE, IN_Q_OVERFLOW, IN_ISDIR, IN_ONLYDIR = 0x20, 0x10, 0x4000, 0x40000000, 0x01000000
NONBLOCK, CLOEXEC = os.O_NONBLOCK, getattr(os, "O_CLOEXEC", 0)
HEADER = struct.Struct("iIII")
# The kernel keeps so many folders for one user; a module has fewer.
MOST = 2048
SKIPPED = "native code may have read any file of the module's folder (this system does not tell which)"


def find_calls() -> tuple[Any, Any] | None:
    """Looked up before any fork."""
    if sys.platform != "linux":
        return None
    library = ctypes.CDLL(None, use_errno=True)
    init, add = getattr(library, "inotify_init1", None), getattr(library, "inotify_add_watch", None)
    return None if init is None or add is None else (init, add)


_calls = find_calls()
_read, _scandir = os.read, os.scandir


class Watch:
    """Starts when there is native code to be watched, and not before: most tasks need none."""

    def __init__(self, notes: Notes, code: Mapping[str, str]) -> None:
        self._notes = notes
        self._code = code
        self._descriptor: int | None = None
        self._folders: dict[int, str] = {}
        self._is_started = False
        # Folders that were listed through Python, since then: the kernel tells of these too.
        self._told: Counter[str] = Counter()

    def start(self) -> None:
        if self._is_started:
            return
        self._is_started = True
        before, self._notes.quiet.on = self._notes.quiet.on, True
        try:
            if _calls is None or not self.watch_all(*_calls):
                self._notes.widen("data", None, SKIPPED)
        finally:
            self._notes.quiet.on = before

    def watch_all(self, init: Any, add: Any) -> bool:
        descriptor = init(NONBLOCK | CLOEXEC)
        if descriptor < 0:
            return False
        self._descriptor = descriptor
        waiting = [""]
        while waiting:
            folder = waiting.pop()
            path = f"{self._notes.places.root}/{folder}"
            with _scandir(path) as entries:
                waiting += [f"{folder}{entry.name}/" for entry in entries if entry.is_dir(follow_symlinks=False)]
            number = add(descriptor, os.fsencode(path), IN_OPEN | IN_CLOSE_NOWRITE | IN_ONLYDIR)
            if number < 0 or len(self._folders) >= MOST:
                return False
            self._folders[number] = folder
        self._notes.opened = self._told
        return True

    def stop(self) -> None:
        if self._descriptor is None:
            return
        self._notes.opened = None
        opened: Counter[str] = Counter()
        files: set[str] = set()
        for number, mask, name in self.read_events():
            if mask & IN_Q_OVERFLOW:
                self._notes.widen("data", None, SKIPPED)
            elif mask & IN_OPEN and number in self._folders:
                folder = self._folders[number]
                if not mask & IN_ISDIR:
                    files.add(folder + name)
                elif name == "":
                    opened[folder.rstrip("/")] += 1
        # It is left open: the kernel takes 20 ms to close one, and this process ends when it has answered.
        for file in files - self._code.keys():
            self._notes.read(f"{self._notes.places.root}/{file}")
        for folder, count in opened.items():
            if count > self._told[folder]:
                self._notes.list(f"{self._notes.places.root}/{folder}")

    def read_events(self) -> list[tuple[int, int, str]]:
        assert self._descriptor is not None
        events = []
        while True:
            try:
                data = _read(self._descriptor, 65_536)
            except OSError:
                return events
            at = 0
            while at < len(data):
                number, mask, _cookie, length = HEADER.unpack_from(data, at)
                name = data[at + HEADER.size : at + HEADER.size + length].rstrip(b"\0")
                events.append((number, mask, os.fsdecode(name)))
                at += HEADER.size + length
