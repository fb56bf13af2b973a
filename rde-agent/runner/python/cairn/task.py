"""One attempt of a task: set the process up, import the user's code, read inputs, call, check and write outputs, answer."""

from __future__ import annotations

import gc
import inspect
import os
import sys
import tempfile
import time
from collections.abc import Callable
from types import CodeType
from typing import Any

from cairn import imports, process, report, seeding, source, threads
from cairn.failure import TaskFailure, to_failure
from cairn.forms import read_signature, to_form
from cairn.inputs import read_input
from cairn.outputs import write_outputs
from cairn.wire import Connection


def run_task(context: dict[str, Any], control: Connection) -> None:
    """Answers `succeeded` or `failed`, whatever the user's code does short of ending the process."""
    reporter = report.Reporter(control.send)
    report.report_to(reporter)
    try:
        answer = perform(context, control, reporter)
    except BaseException as error:
        if isinstance(error, MemoryError):
            process.lift_memory_limit()
        send_answer(control, reporter, "failed", to_failure(error, context["code"]))
    else:
        send_answer(control, reporter, "succeeded", answer)


def send_answer(control: Connection, reporter: report.Reporter, method: str, params: dict[str, Any]) -> None:
    try:
        reporter.flush()
        control.send(method, params)
    except OSError:
        # Nobody is there to be told: what is left of this task is not wanted either.
        process.kill_group()


def perform(context: dict[str, Any], control: Connection, reporter: report.Reporter) -> dict[str, Any]:
    clock = Stopwatch()
    settle(context, control)
    function = load_function(context)
    clock.lap("load")
    arguments = bind(function, context)
    clock.lap("read")
    gc.enable()
    returned = function(**arguments)
    clock.lap("run")
    outputs = write(returned, function, context)
    clock.lap("write")
    return {"outputs": outputs, "metrics": reporter.metrics, "timing": clock.laps}


class Stopwatch:
    """Seconds of each part."""

    def __init__(self) -> None:
        self.laps: dict[str, float] = {}
        self._since = time.perf_counter()

    def lap(self, name: str) -> None:
        now = time.perf_counter()
        self.laps[name] = now - self._since
        self._since = now


def settle(context: dict[str, Any], control: Connection) -> None:
    """Everything that belongs to this task and not to the interpreter it was forked from."""
    try:
        os.environ.update(context["variables"])
        os.environ["TMPDIR"] = context["scratch"]
        if "TZ" in context["variables"]:
            time.tzset()
        # An import in the parent may have looked for the folder of temporary files already.
        tempfile.tempdir = None
        os.chdir(context["root"])
    except (OSError, ValueError) as error:
        raise TaskFailure("worker-start-failed", f"the task's folders or variables cannot be used: {error}") from error
    threads.allow(max(1, int(context["threads"])))
    seeding.seed_everything(None if context["seed"] is None else int(context["seed"]))
    imports.install(context["root"], context["code"])
    sys.argv = [context["entry"]["file"]]
    process.end_with(control)
    process.limit_memory(None if context["memory"] is None else int(context["memory"]))


def load_function(context: dict[str, Any]) -> Callable[..., Any]:
    file, name = context["entry"]["file"], context["entry"]["function"]
    if file == source.ENTRY_FILE and context.get("source") is not None:
        return source.to_reader(context)
    module = imports.load_entry(file, context["code"])
    function = getattr(module, name, None)
    if function is None:
        there = [key for key, value in vars(module).items() if inspect.isfunction(value) and value.__module__ == module.__name__]
        raise TaskFailure("entry-missing", f"{file} has no function {name!r}; it has {', '.join(there) or 'none'}", file)
    if not callable(function):
        raise TaskFailure("entry-missing", f"{name!r} in {file} is {type(function).__name__}, not a function", file)
    return function


def bind(function: Callable[..., Any], context: dict[str, Any]) -> dict[str, Any]:
    """Inputs and parameters by name, in the form that the annotations ask for."""
    signature = to_signature(function)
    given = [entry["name"] for entry in context["inputs"]] + list(context["params"])
    try:
        if signature is not None:
            signature.bind(**dict.fromkeys(given))
    except TypeError as error:
        message = f"{context['entry']['function']}() does not take what module.yaml declares: {error}"
        raise TaskFailure("user-error", message, *to_place(function, context)) from error
    names = getattr(inspect.unwrap(function), "__globals__", {})
    annotations = {} if signature is None else {name: to_form(one.annotation, names) for name, one in signature.parameters.items()}
    arguments = {name: to_parameter(value, signature, name, annotations) for name, value in context["params"].items()}
    for entry in context["inputs"]:
        form = annotations.get(entry["name"], to_form(None, names))
        arguments[entry["name"]] = read_input(entry["name"], entry["value"], form, context["scratch"])
    return arguments


def to_signature(function: Callable[..., Any]) -> inspect.Signature | None:
    """None for a callable that does not tell; then it is called with what there is."""
    try:
        return read_signature(function)
    except (TypeError, ValueError):
        return None


def to_parameter(value: Any, signature: inspect.Signature | None, name: str, annotations: dict[str, Any]) -> Any:
    """JSON has one kind of number: `1` for a parameter of type float is 1.0 again."""
    if type(value) is not int or signature is None or name not in signature.parameters:
        return value
    wanted = annotations[name].kind == "float" or type(signature.parameters[name].default) is float
    return float(value) if wanted else value


def write(returned: Any, function: Callable[..., Any], context: dict[str, Any]) -> list[dict[str, Any]]:
    try:
        return write_outputs(returned, context["outputs"], context["outputDir"], int(context["inlineBytes"]))
    except TaskFailure as error:
        # What is wrong was returned by this function; a closer place is not known.
        if error.file is None:
            error.file, error.line = to_place(function, context)
        raise
    except OSError as error:
        raise TaskFailure("store-failed", f"the outputs cannot be written: {error}") from error


def to_place(function: Callable[..., Any], context: dict[str, Any]) -> tuple[str | None, int | None]:
    code = getattr(inspect.unwrap(function), "__code__", None)
    if isinstance(code, CodeType) and code.co_filename in context["code"]:
        return code.co_filename, code.co_firstlineno
    return None, None
