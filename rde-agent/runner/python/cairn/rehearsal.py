"""
What a spare worker does while it waits: a task that does nothing, once through, traced.

A forked child shares its parent's memory until it writes, and Python writes to all that it looks at. Going through the hot path before
the task arrives takes these first touches out of the time that somebody waits for: they are two thirds of a small task. Everything is put
back as it was. The parent has gone through the most of it before its first fork: what Python makes at a first use, and what it specialises
in often run code, is then there for all children.
"""

from __future__ import annotations

import genericpath
import importlib
import marshal
import os
import posixpath
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from cairn import process, seeding, task
from cairn.code import compile_ahead, digest_of
from cairn.forms import read_signature, to_form
from cairn.inputs import read_input
from cairn.outputs import write_outputs
from cairn.rehearsed import run
from cairn.trace import Tracer
from cairn.traceaudit import Audit
from cairn.tracewatch import Watch
from cairn.wire import TO_WORKER, encode, parse

HERE = os.path.dirname(os.path.abspath(__file__))
FILE = "rehearsed.py"
INPUT = {"kind": "inline", "data": "e30=", "format": "json", "columns": None}
OUTPUT = {"name": "out", "type": {"kind": "json"}}
TASK: dict[str, Any] = {
    **dict.fromkeys(("run", "task", "module", "scratch", "outputDir"), ""),
    **dict.fromkeys(("seed", "nominalTime", "memory")),
    **dict.fromkeys(("attempt", "threads"), 1),
    # Nothing is written to a file.
    "inlineBytes": 65536,
    "root": HERE,
    "entry": {"file": FILE, "function": "run"},
    "code": {},
    "inputs": [{"name": "first", "type": {"kind": "json"}, "value": INPUT}],
    "params": {"second": 1},
    "outputs": [OUTPUT],
    "variables": {},
    "trace": True,
}
# So often Python runs code until it has specialised it.
PARENT_ROUNDS = 8
# Where a task and its trace put functions of their own.
PATCHED: tuple[Any, ...] = (os, posixpath, genericpath, importlib, marshal, Audit, Watch)
CAPABILITIES = (os.supports_dir_fd, os.supports_fd, os.supports_follow_symlinks, os.supports_effective_ids)


def rehearse_parent() -> None:
    """Before anything is imported for the user: of a library nothing is called here."""
    path = os.path.join(HERE, FILE)
    with open(path, "rb") as file:
        TASK["code"] = {FILE: digest_of(file.read())}
    compile_ahead(path, TASK["code"][FILE])
    for _ in range(PARENT_ROUNDS):
        rehearse_parts()


def rehearse() -> None:
    """In a spare that waits. What cannot be rehearsed only takes longer."""
    if not TASK["code"]:
        return  # a fresh interpreter, which shares no memory
    try:
        with everything_back():
            rehearse_task()
        rehearse_parts()
    except Exception:
        return


def rehearse_parts() -> None:
    seeding.seed_everything(None)
    parse(encode("task", TASK), TO_WORKER)
    signature = read_signature(run)
    form = to_form(signature.parameters["first"].annotation, run.__globals__)
    written = write_outputs(run(read_input("first", INPUT, form, os.sep)), [OUTPUT], os.sep, 1024)
    encode("succeeded", {"outputs": written, "metrics": {}, "timing": {"load": 0.0}})


def rehearse_task() -> None:
    if process.resource is not None:
        process.read_data_bytes()
    task.settle_module(TASK)
    task.use_scratch(HERE)
    # The one could not be taken away again, and to take the other away the kernel needs 20 ms.
    Audit.start = lambda audit: None  # type: ignore[method-assign]
    Watch.start = lambda watch: None  # type: ignore[method-assign]
    # Not the one that waits for the task.
    tracer = Tracer()
    tracer.begin(TASK)
    call = task.Call(TASK)
    written = call.write(call.function(**call.bind(TASK["params"], HERE)), HERE)
    encode("succeeded", {"outputs": written, **tracer.finish()})


@contextmanager
def everything_back() -> Iterator[None]:
    """Puts back what a task changes of its process."""
    accessor = getattr(sys.modules.get("pathlib"), "_NormalAccessor", None)
    names = [(one, dict(vars(one))) for one in (*PATCHED, accessor) if one is not None]
    sets = [(one, set(one)) for one in CAPABILITIES]
    lists = [(one, list(one)) for one in (sys.path, sys.meta_path)]
    modules, variables, classes = set(sys.modules), dict(os.environ), (os.environ.__class__, os.environb.__class__)
    folder, arguments = os.open(".", os.O_RDONLY), sys.argv
    try:
        yield
    finally:
        for one, values in names:
            put_back_names(one, values)
        for capabilities, kept in sets:
            capabilities &= kept
        for listed, before in lists:
            listed[:] = before
        os.environ.__class__, os.environb.__class__ = classes
        put_back_variables(variables)
        for name in set(sys.modules) - modules:
            del sys.modules[name]
        sys.path_importer_cache.pop(HERE, None)
        sys.argv = arguments
        os.fchdir(folder)
        os.close(folder)


def put_back_names(module: Any, values: dict[str, Any]) -> None:
    for name, value in values.items():
        if vars(module).get(name) is not value:
            setattr(module, name, value)


def put_back_variables(values: dict[str, str]) -> None:
    for name in set(os.environ) - set(values):
        del os.environ[name]
    for name, value in values.items():
        if os.environ.get(name) != value:
            os.environ[name] = value
