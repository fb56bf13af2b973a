"""Tests of a module with unittest alone: test cases, and plain functions `test_…` that ask for nothing."""

from __future__ import annotations

import importlib
import inspect
import os
import sys
import time
import traceback
import unittest
from collections.abc import Iterator
from types import ModuleType
from typing import Any

from cairn.testing import Reporter, list_files


def carry_out(reporter: Reporter) -> str | None:
    """Finds or runs what is asked for; answers a problem that left nothing to run."""
    tests = dict(collect(reporter))
    request = reporter.request
    if request.discover:
        for test, case in tests.items():
            reporter.found(test, *to_place(case))
        return None
    chosen = {test: case for test, case in tests.items() if request.wants(test)}
    for test, case in chosen.items():
        reporter.found(test, *to_place(case))
    result = Result(reporter, {id(case): test for test, case in chosen.items()})
    unittest.TestSuite(chosen.values()).run(result)
    for test in chosen:
        # Its class or its file could not be set up.
        reporter.ended(test, *result.without_run(test))
    return None


def collect(reporter: Reporter) -> Iterator[tuple[str, unittest.TestCase]]:
    loader = unittest.TestLoader()
    for path in list_files(reporter.request):
        file = os.path.relpath(path, reporter.request.folder).replace(os.sep, "/")
        if not concerns(reporter, file):
            continue
        try:
            module = load(path)
        except BaseException as error:
            # unittest.SkipTest of a whole file, SystemExit of a script, and whatever else a file may do when it is imported
            if isinstance(error, unittest.SkipTest):
                reporter.found(file, path, 1)
                reporter.ended(file, "skipped", 0.0, str(error))
            elif file not in reporter.request.done:
                reporter.broken_file(path, error, to_message(error), to_traceback(error))
            continue
        for case in flatten(loader.loadTestsFromModule(module)):
            yield f"{file}::{type(case).__name__}::{case.id().rpartition('.')[2]}", case
        for name, function in list(vars(module).items()):
            if name.startswith("test") and inspect.isfunction(function) and function.__module__ == module.__name__:
                yield f"{file}::{name}", PlainFunction(function)


def concerns(reporter: Reporter, file: str) -> bool:
    ids = reporter.request.ids
    return ids is None or any(test == file or test.startswith(f"{file}::") for test in ids)


def load(path: str) -> ModuleType:
    """As pytest does: from the first folder upwards that is no package, which is put on the path."""
    folder, file = os.path.split(path)
    name = file.removesuffix(".py")
    while os.path.isfile(os.path.join(folder, "__init__.py")):
        folder, package = os.path.split(folder)
        name = f"{package}.{name}"
    if folder not in sys.path:
        sys.path.insert(1, folder)
    known = sys.modules.get(name)
    if known is not None and os.path.realpath(known.__file__ or "") != os.path.realpath(path):
        raise ImportError(f"{name} is the name of {known.__file__} as well: give test files names of their own")
    return importlib.import_module(name)


def flatten(suite: unittest.TestSuite | unittest.TestCase) -> Iterator[unittest.TestCase]:
    if isinstance(suite, unittest.TestCase):
        yield suite
        return
    for inner in suite:
        yield from flatten(inner)


class PlainFunction(unittest.FunctionTestCase):
    def __init__(self, function: Any) -> None:
        super().__init__(function)
        self.function = function

    def runTest(self) -> None:
        if inspect.signature(self.function).parameters:
            raise unittest.SkipTest("it asks for fixtures, and the environment has no pytest")
        result = self.function()
        if inspect.iscoroutine(result):
            result.close()
            raise unittest.SkipTest("it is asynchronous: write it as a unittest.IsolatedAsyncioTestCase")


def to_place(case: unittest.TestCase) -> tuple[str, int]:
    function = getattr(case, "function", None) or getattr(case, case.id().rpartition(".")[2], None)
    code = getattr(inspect.unwrap(function), "__code__", None) if callable(function) else None
    if code is not None:
        return code.co_filename, code.co_firstlineno
    return inspect.getfile(type(case)), 1


class Result(unittest.TestResult):
    """Tells of each test as it ends. What failed in the setup of a class or a file is kept for the tests that it kept from running."""

    def __init__(self, reporter: Reporter, ids: dict[int, str]) -> None:
        super().__init__()
        self._reporter = reporter
        self._ids = ids
        self._started = 0.0
        self._setups: list[tuple[str, tuple[Any, ...]]] = []

    def startTest(self, test: unittest.TestCase) -> None:
        super().startTest(test)
        self._started = time.perf_counter()
        found = self._ids.get(id(test))
        if found is not None:
            self._reporter.began(found)

    def stopTest(self, test: unittest.TestCase) -> None:
        super().stopTest(test)
        # It is called on the way out of an interrupt as well.
        if sys.exc_info()[0] is None:
            self._tell(test, "passed")

    def addError(self, test: Any, error: Any) -> None:
        self._failed(test, "failed" if id(test) in self._ids else "error", error)

    def addFailure(self, test: Any, error: Any) -> None:
        self._failed(test, "failed", error)

    def addSubTest(self, test: unittest.TestCase, subtest: unittest.TestCase, error: Any) -> None:
        if error is not None:
            self._failed(test, "failed", error, f"{subtest._subDescription()}: ")  # type: ignore[attr-defined]

    def addSkip(self, test: Any, reason: str) -> None:
        if id(test) in self._ids:
            self._tell(test, "skipped", reason)
        else:
            self._setups.append((str(test), ("skipped", 0.0, reason)))

    def addExpectedFailure(self, test: unittest.TestCase, error: Any) -> None:
        self._tell(test, "passed")

    def addUnexpectedSuccess(self, test: unittest.TestCase) -> None:
        self._tell(test, "failed", "it passed, and was expected to fail")

    def without_run(self, test: str) -> tuple[Any, ...]:
        """The last setup that failed of its class or file; a test that nothing is known of was left out."""
        parts = test.split("::")
        names = {part.removesuffix(".py").rpartition("/")[2] for part in parts[:-1]}
        for where, told in reversed(self._setups):
            if any(name in where for name in names):
                return told
        return ("skipped", 0.0, "it was not run")

    def _failed(self, test: Any, state: str, error: Any, prefix: str = "") -> None:
        message = prefix + to_message(error[1])
        told = (state, 0.0, message, to_traceback(error[1]), self._reporter.to_failing_line(error[1]))
        if id(test) not in self._ids:
            self._setups.append((str(test), told))
            return
        self._tell(test, state, *told[2:])

    def _tell(self, test: Any, state: str, *more: Any) -> None:
        found = self._ids.get(id(test))
        if found is not None:
            self._reporter.ended(found, state, time.perf_counter() - self._started, *more)


def to_message(error: BaseException) -> str:
    return f"{type(error).__name__}: {error}".removesuffix(": ")


def to_traceback(error: BaseException) -> str:
    """Without the lines of unittest itself, and of this."""
    frame = error.__traceback__
    while frame is not None and "__unittest" not in frame.tb_frame.f_globals and frame.tb_frame.f_globals.get("__name__") == __name__:
        frame = frame.tb_next
    while frame is not None and "__unittest" in frame.tb_frame.f_globals:
        frame = frame.tb_next
    return "".join(traceback.format_exception(type(error), error, frame or error.__traceback__))
