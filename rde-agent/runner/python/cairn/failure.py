"""Turns what went wrong in a task into the message that the agent shows: code, cause, place in the user's code."""

from __future__ import annotations

import sys
import traceback
from collections.abc import Iterable
from typing import Any

# Longer messages are cut: they travel in one line, are stored with the run, and nobody reads more.
MESSAGE_BYTES = 65_536


class TaskFailure(Exception):
    """
    An expected failure with its code (`TASK_ERROR_CODES` of the protocol): a broken contract, an unreadable input. `line` is a
    place in the user's `file`, relative to the module's folder.
    """

    def __init__(self, code: str, message: str, file: str | None = None, line: int | None = None) -> None:
        super().__init__(message)
        self.code = code
        self.message = message
        self.file = file
        self.line = line


def to_failure(error: BaseException, files: Iterable[str]) -> dict[str, Any]:
    """The parameters of `failed`. `files` are the first-party files: only their frames are shown."""
    own = frozenset(files)
    if isinstance(error, TaskFailure):
        return without_nones({"code": error.code, "message": cap(error.message), "file": error.file, "line": error.line})
    file, line = find_place(error, own)
    failure = {"code": to_code(error), "message": cap(to_message(error, own)), "file": file, "line": line}
    if file is not None:
        failure["traceback"] = cap(to_traceback(error, own))
    return without_nones(failure)


def to_code(error: BaseException) -> str:
    if isinstance(error, MemoryError):
        return "out-of-memory"
    return "import-failed" if isinstance(error, ImportError) else "user-error"


def to_message(error: BaseException, own: frozenset[str]) -> str:
    text = f"{type(error).__name__}: {to_text(error)}".rstrip(": ")
    if isinstance(error, SystemExit):
        return f"{text} (the function must return its outputs; sys.exit ends nothing here)"
    if isinstance(error, ModuleNotFoundError) and error.name and is_third_party(error.name, own):
        package = error.name.partition(".")[0]
        return f"{text}. The package is not in the module's environment: add {package!r} to its lock, or correct the import"
    return text


def is_third_party(name: str, own: frozenset[str]) -> bool:
    top = name.partition(".")[0]
    first_party = any(file == f"{top}.py" or file.startswith(f"{top}/") for file in own)
    return not first_party and top not in sys.stdlib_module_names


def to_text(error: BaseException) -> str:
    try:
        if isinstance(error, SyntaxError):
            return str(error.msg)
        return str(error)
    except Exception as broken:
        return f"<its message could not be made: {type(broken).__name__}>"


def find_place(error: BaseException, own: frozenset[str]) -> tuple[str | None, int | None]:
    """The innermost line of the user's code that the error passed, or the place of a syntax error."""
    if isinstance(error, SyntaxError) and error.filename in own:
        return error.filename, max(error.lineno or 1, 1)
    frames = [(frame.f_code.co_filename, line) for frame, line in traceback.walk_tb(error.__traceback__)]
    for file, line in reversed(frames):
        if file in own:
            return file, line
    return None, None


def to_traceback(error: BaseException, own: frozenset[str]) -> str:
    try:
        return "".join(trim(traceback.TracebackException.from_exception(error), own).format())
    except Exception as broken:
        return f"<the traceback could not be made: {type(broken).__name__}>"


def trim(report: traceback.TracebackException, own: frozenset[str]) -> traceback.TracebackException:
    """Leaves only the user's frames, in the error itself and in those that led to it."""
    waiting, seen = [report], set()
    while waiting:
        current = waiting.pop()
        if id(current) in seen:
            continue
        seen.add(id(current))
        current.stack = traceback.StackSummary.from_list([frame for frame in current.stack if frame.filename in own])
        related = [current.__cause__, current.__context__, *(getattr(current, "exceptions", None) or [])]
        waiting.extend(one for one in related if one is not None)
    return report


def cap(text: str, limit: int = MESSAGE_BYTES) -> str:
    data = text.encode("utf-8", "backslashreplace")
    if len(data) <= limit:
        return data.decode()
    note = f"… ({len(data)} bytes in all)"
    return data[: limit - len(note.encode())].decode("utf-8", "ignore") + note


def without_nones(fields: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in fields.items() if value is not None}
