"""Tests of a module with the pytest of its environment; what it writes for people is left as it is."""

from __future__ import annotations

import os
from collections.abc import Iterator
from typing import Any

import pytest

from cairn.testing import Reporter


def carry_out(reporter: Reporter) -> str | None:
    """Finds or runs what is asked for; answers a problem that left nothing to run."""
    request = reporter.request
    args = ["-p", "no:cacheprovider", "--rootdir", request.folder, "--continue-on-collection-errors"]
    if request.discover:
        args += ["--collect-only", "-q"]
    plugin = Plugin(reporter)
    status = pytest.main([*args, *list_targets(reporter)], plugins=[plugin])
    if status == pytest.ExitCode.USAGE_ERROR:
        return "pytest does not accept how it was called: see what it says about the options of its configuration"
    if status == pytest.ExitCode.INTERNAL_ERROR:
        return "pytest itself has failed: see what it says"
    if status == pytest.ExitCode.INTERRUPTED and plugin.began == 0 and not reporter.reported:
        return "pytest was interrupted before any test"
    return None


def list_targets(reporter: Reporter) -> list[str]:
    """Whole files: which of their tests are meant is decided by their ids. One that is not there any more has no tests."""
    request = reporter.request
    if request.ids is None:
        return [request.start]
    files = sorted({os.path.join(request.folder, test.partition("::")[0]) for test in request.ids})
    inside = os.path.realpath(request.start)
    return [file for file in files if os.path.exists(file) and os.path.realpath(file).startswith(inside)] or [request.start]


class Plugin:
    def __init__(self, reporter: Reporter) -> None:
        self._reporter = reporter
        self.began = 0
        self._errors: dict[str, BaseException] = {}
        self._told: dict[str, tuple[Any, ...]] = {}
        self._seconds: dict[str, float] = {}

    def to_id(self, item: Any) -> str:
        file = os.path.relpath(str(item.path if hasattr(item, "path") else item.fspath), self._reporter.request.folder)
        _, _, inside = item.nodeid.partition("::")
        return f"{file.replace(os.sep, '/')}::{inside}"

    @pytest.hookimpl(trylast=True)
    def pytest_collection_modifyitems(self, config: Any, items: list[Any]) -> None:
        request = self._reporter.request
        chosen = [item for item in items if request.wants(self.to_id(item))]
        left = [item for item in items if not request.wants(self.to_id(item))]
        if left:
            config.hook.pytest_deselected(items=left)
        items[:] = chosen
        for item in chosen:
            file, line, _ = item.reportinfo()
            self._reporter.found(self.to_id(item), str(file), (line or 0) + 1)

    @pytest.hookimpl(hookwrapper=True)
    def pytest_make_collect_report(self, collector: Any) -> Iterator[None]:
        outcome = yield
        report = outcome.get_result()
        call = getattr(report, "call", None)
        error = getattr(getattr(call, "excinfo", None), "value", None)
        path = str(getattr(collector, "path", None) or getattr(collector, "fspath", ""))
        file = os.path.relpath(path, self._reporter.request.folder).replace(os.sep, "/")
        if file in self._reporter.request.done:
            return
        if report.failed:
            # What pytest says of a file that cannot be imported is a text; the error itself is behind it.
            cause = error.__cause__ if error is not None and error.__cause__ is not None else error
            message = "" if cause is None else f"{type(cause).__name__}: {cause}"
            self._reporter.broken_file(path, cause, message, str(report.longrepr))
        elif report.skipped and os.path.isfile(path):
            self._reporter.found(file, path, 1)
            self._reporter.ended(file, "skipped", 0.0, to_reason(report))

    def pytest_runtest_logstart(self, nodeid: str, location: Any) -> None:
        self.began += 1

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtest_setup(self, item: Any) -> None:
        self._reporter.began(self.to_id(item))

    @pytest.hookimpl(hookwrapper=True)
    def pytest_runtest_makereport(self, item: Any, call: Any) -> Iterator[None]:
        outcome = yield
        report = outcome.get_result()
        test = self.to_id(item)
        self._seconds[test] = self._seconds.get(test, 0.0) + report.duration
        if report.failed and (test not in self._told or self._told[test][0] in ("passed", "skipped")):
            error = None if call.excinfo is None else call.excinfo.value
            at = None if error is None else self._reporter.to_failing_line(error)
            state = "failed" if report.when == "call" else "error"
            self._told[test] = (state, to_message(report, error), report.longreprtext, at)
        elif report.skipped and test not in self._told:
            self._told[test] = ("skipped", to_reason(report), None, None)
        elif report.when == "call" and report.passed:
            self._told.setdefault(test, ("passed", None, None, None))
        if report.when == "teardown":
            state, message, text, at = self._told.pop(test, ("passed", None, None, None))
            self._reporter.ended(test, state, self._seconds.pop(test, 0.0), message, text, at)


def to_message(report: Any, error: BaseException | None) -> str:
    crash = getattr(report.longrepr, "reprcrash", None)
    if crash is not None:
        return str(crash.message)
    return str(report.longrepr) if error is None else f"{type(error).__name__}: {error}"


def to_reason(report: Any) -> str:
    if hasattr(report, "wasxfail"):
        return f"expected to fail: {report.wasxfail}".rstrip(": ")
    reason = report.longrepr[2] if isinstance(report.longrepr, tuple) else str(report.longrepr)
    return str(reason).removeprefix("Skipped: ")
