"""Runs one task with a trace, in a fork of a zygote (Linux) or in a fresh interpreter."""

from __future__ import annotations

import shutil
import sys
import unittest
from collections.abc import Mapping
from typing import Any

from support.runner_agent import Agent
from support.workplace import to_value

LINUX = sys.platform == "linux"
MONITORED = sys.version_info >= (3, 12)


def run_traced(files: Mapping[str, str] | str, *, fresh: bool = False, packages: list[str] | None = None, **options: Any) -> dict[str, Any]:
    """The answer. `environment` = variables of the whole worker, `make` = fills the module's folder; the rest: the context."""
    with Agent(options.pop("environment", None)) as agent:
        return run_on(agent, files, fresh=fresh, packages=packages, **options)


def run_on(
    agent: Agent, files: Mapping[str, str] | str, *, fresh: bool = False, packages: list[str] | None = None, **changes: Any
) -> dict[str, Any]:
    make = changes.pop("make", None)
    shutil.rmtree(agent.place.root)
    agent.place.root.mkdir()
    if make is not None:
        make(agent.place.root)
    context = agent.place.context(dict(files) if not isinstance(files, str) else files, trace=True)
    context["code"] = {path: digest for path, digest in context["code"].items() if path.endswith(".py")}
    if not fresh and LINUX and agent.zygote is None:
        agent.start_zygote(packages or [])
    worker = agent.spawn() if fresh or not LINUX else agent.fork()
    return worker.run({**context, **changes})


class Shared(unittest.TestCase):
    """Tests with one zygote, for the plain ones."""

    agent: Agent

    @classmethod
    def setUpClass(cls) -> None:
        cls.agent = Agent()

    @classmethod
    def tearDownClass(cls) -> None:
        cls.agent.__exit__()

    def run_traced(self, files: Mapping[str, str] | str, **changes: Any) -> dict[str, Any]:
        return run_on(self.agent, files, **changes)

    def trace_of(self, files: Mapping[str, str] | str, **changes: Any) -> dict[str, Any]:
        return to_trace(self.run_traced(files, **changes))


def trace_of(files: Mapping[str, str] | str, **options: Any) -> dict[str, Any]:
    """The trace of a task that succeeds with one."""
    return to_trace(run_traced(files, **options))


def to_trace(answer: dict[str, Any]) -> dict[str, Any]:
    assert answer["method"] == "succeeded", answer
    assert "trace" in answer, answer
    return answer["trace"]


def ran(trace: Mapping[str, Any], file: str = "main.py") -> list[str]:
    """Names of the units of a file that ran, in the order of their lines."""
    return [name for _line, name in trace["code"].get(file, {"ran": []})["ran"]]


def levels(trace: Mapping[str, Any]) -> set[str]:
    return {one["level"] for one in trace["widen"]}


def value_of(answer: Mapping[str, Any]) -> Any:
    assert answer["method"] == "succeeded", answer
    return to_value(answer["outputs"][0])
