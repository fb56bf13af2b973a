"""
Tests of a module, in an interpreter of its environment: found or run with pytest where the environment has it, else with unittest.

`python -m cairn.testing` reads one request (JSON) from its standard input and answers JSON lines on descriptor 3: `found` with the place
of each test, then `began` and `ended`, at last `done`. What tests print stays on stdout and stderr. A debugger, which gives neither input
nor descriptor, starts it with two files: `python -m cairn.testing REQUEST ANSWERS`.
"""

from __future__ import annotations

import importlib.util
import json
import os
import sys
from collections.abc import Iterable, Sequence
from importlib.abc import MetaPathFinder
from importlib.machinery import ModuleSpec
from types import ModuleType, TracebackType
from typing import Any

ANSWERS = 3
MESSAGE_CHARACTERS = 4000
TRACEBACK_CHARACTERS = 32_000
FILE_PATTERNS = ("test_*.py", "*_test.py")


class Answers:
    """Only the process that was started answers: a child that a test forks must not go on in its name."""

    def __init__(self, descriptor: int) -> None:
        # The number itself is given back, so that no test finds it open by chance; children by exec do not get it.
        self._file = os.dup(descriptor)
        os.close(descriptor)
        self._owner = os.getpid()

    def send(self, kind: str, **fields: Any) -> None:
        if os.getpid() != self._owner:
            return
        rest = memoryview((json.dumps({"kind": kind, **fields}) + "\n").encode("utf-8", "replace"))
        while rest:
            rest = rest[os.write(self._file, rest) :]


class Request:
    """What shall be found or run. `ids` None = all; `done` = ids that are not run again."""

    def __init__(self, given: dict[str, Any]) -> None:
        self.root: str = given["root"]
        self.folder: str = given["folder"]
        self.tests: str = given["tests"]
        self.discover: bool = given["discover"]
        self.done: frozenset[str] = frozenset(given["done"])
        ids = given["ids"]
        self.ids: frozenset[str] | None = None if ids is None else frozenset(ids)
        self.libraries: dict[str, str] = given["libraries"]

    @property
    def start(self) -> str:
        return os.path.normpath(os.path.join(self.folder, self.tests))

    def wants(self, test: str) -> bool:
        return test not in self.done and (self.ids is None or self.chooses(test))

    def chooses(self, test: str) -> bool:
        """By the id itself, or by that of its file, its class or its parametrized function."""
        ids = self.ids or frozenset()
        at = test
        while at:
            if at in ids:
                return True
            if at.endswith("]") and "[" in at:
                at = at[: at.index("[")]
            else:
                at = at.rpartition("::")[0]
        return False

    def to_place(self, path: str) -> str | None:
        """Relative to the workspace; None = no file, outside of it, or installed."""
        if path.startswith("<"):
            return None
        path = os.path.realpath(os.path.join(self.folder, path))
        root = os.path.realpath(self.root) + os.sep
        if not path.startswith(root) or f"{os.sep}site-packages{os.sep}" in path:
            return None
        return path[len(root) :].replace(os.sep, "/")


class LibraryFinder(MetaPathFinder):
    """The libraries that the module uses, under their import names, from where their source is."""

    def __init__(self, libraries: dict[str, str]) -> None:
        self._libraries = libraries

    def find_spec(self, fullname: str, path: Sequence[str] | None, target: ModuleType | None = None) -> ModuleSpec | None:
        folder = self._libraries.get(fullname) if path is None else None
        if folder is None:
            return None
        package = os.path.join(folder, "__init__.py")
        if os.path.isfile(package):
            return importlib.util.spec_from_file_location(fullname, package, submodule_search_locations=[folder])
        spec = ModuleSpec(fullname, None, is_package=True)
        spec.submodule_search_locations = [folder]
        return spec


class Reporter:
    """Tells of tests by their ids: `tests/test_clean.py::CleanTest::test_drops_nulls`, relative to the module's folder."""

    def __init__(self, request: Request, answers: Answers) -> None:
        self.request = request
        self._answers = answers
        self.reported: set[str] = set()

    def found(self, test: str, file: str, line: int) -> None:
        place = self.request.to_place(file)
        name = test.rpartition("::")[2] if "::" in test else test
        self._answers.send("found", id=test, name=name, file=place or file, line=line)

    def began(self, test: str) -> None:
        self._answers.send("began", id=test)

    def ended(
        self,
        test: str,
        state: str,
        seconds: float = 0.0,
        message: str | None = None,
        traceback: str | None = None,
        at: tuple[str, int] | None = None,
    ) -> None:
        if test in self.reported:
            return
        self.reported.add(test)
        fields: dict[str, Any] = {"id": test, "state": state, "seconds": round(seconds, 6)}
        if message is not None:
            fields["message"] = cut(message, MESSAGE_CHARACTERS)
        if traceback is not None:
            fields["traceback"] = cut(traceback, TRACEBACK_CHARACTERS)
        if at is not None:
            fields["failedAt"] = {"file": at[0], "line": at[1]}
        self._answers.send("ended", **fields)

    def broken_file(self, path: str, error: BaseException | None, message: str, traceback: str) -> None:
        """A file that cannot be imported is a test of its own that has an error."""
        test = os.path.relpath(path, self.request.folder).replace(os.sep, "/")
        at = None if error is None else self.to_failing_line(error)
        line = at[1] if at is not None and at[0] == self.request.to_place(path) else 1
        self.found(test, path, line)
        self.ended(test, "error", 0.0, message, traceback, at)

    def to_failing_line(self, error: BaseException) -> tuple[str, int] | None:
        """The innermost line of the workspace that the error went through."""
        if isinstance(error, SyntaxError) and error.filename is not None:
            place = self.request.to_place(error.filename)
            if place is not None:
                return place, error.lineno or 1
        at: tuple[str, int] | None = None
        frame: TracebackType | None = error.__traceback__
        while frame is not None:
            place = self.request.to_place(frame.tb_frame.f_code.co_filename)
            if place is not None:
                at = (place, frame.tb_lineno)
            frame = frame.tb_next
        return at


def cut(text: str, limit: int) -> str:
    """The beginning and the end of a text that is too long."""
    text = text.encode("utf-8", "replace").decode("utf-8")
    if len(text) <= limit:
        return text
    half = limit // 2
    return f"{text[:half]}\n[{len(text) - 2 * half} characters left out]\n{text[-half:]}"


def list_files(request: Request) -> Iterable[str]:
    """Test files in order, by the names that pytest knows them by."""
    from fnmatch import fnmatch

    if os.path.isfile(request.start):
        yield request.start
        return
    for folder, folders, files in os.walk(request.start):
        folders[:] = sorted(name for name in folders if not name.startswith((".", "__pycache__")))
        for name in sorted(files):
            if any(fnmatch(name, pattern) for pattern in FILE_PATTERNS):
                yield os.path.join(folder, name)


def has_pytest() -> bool:
    return importlib.util.find_spec("pytest") is not None


def take_request() -> tuple[Request, Answers]:
    if len(sys.argv) < 3:
        return Request(json.loads(sys.stdin.buffer.read())), Answers(ANSWERS)
    asked, answers = sys.argv[1:3]
    del sys.argv[1:]
    with open(asked, "rb") as file:
        request = Request(json.loads(file.read()))
    return request, Answers(os.open(answers, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600))


def main() -> None:
    request, answers = take_request()
    nothing = os.open(os.devnull, os.O_RDONLY)
    os.dup2(nothing, 0)
    # As in a run: the module's folder first, and nothing of the folder that this was started in.
    started = os.getcwd()
    os.chdir(request.folder)
    sys.path[:] = [request.folder, *(folder for folder in sys.path if folder not in ("", started))]
    sys.meta_path.insert(0, LibraryFinder(request.libraries))
    reporter = Reporter(request, answers)
    if has_pytest():
        from cairn import testingpytest as tool
    else:
        from cairn import testingunittest as tool
    problem = tool.carry_out(reporter)
    if problem is not None:
        answers.send("problem", message=cut(problem, MESSAGE_CHARACTERS))
    sys.stdout.flush()
    sys.stderr.flush()
    answers.send("done")
    # Threads that a test has left running keep nobody waiting.
    os._exit(0)


if __name__ == "__main__":
    main()
