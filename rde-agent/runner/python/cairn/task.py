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

from cairn import imports, process, report, seeding, source, threads, trace
from cairn.failure import TaskFailure, to_failure
from cairn.forms import read_signature, to_form
from cairn.inputs import read_input
from cairn.outputs import write_outputs
from cairn.wire import Connection, encode

FIXED = frozenset({int, float, str, bool, type(None)})


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
        line = encode(method, params)
        # The agent waits for the end of what was printed: it comes before the answer, so that nothing is waited for after it.
        process.end_streams()
        control.send_line(line)
    except OSError:
        # Nobody is there to be told: what is left of this task is not wanted either.
        process.kill_group()


def perform(context: dict[str, Any], control: Connection, reporter: report.Reporter) -> dict[str, Any]:
    clock = Stopwatch()
    settle(context, control)
    tracer = trace.begin(context) if is_traced(context) else None
    call = Call(context)
    clock.lap("load")
    arguments = call.bind(context["params"], context["scratch"])
    clock.lap("read")
    gc.enable()
    returned = call.function(**arguments)
    clock.lap("run")
    outputs = call.write(returned, context["outputDir"])
    clock.lap("write")
    told = {} if tracer is None else tracer.finish()
    return {"outputs": outputs, "metrics": reporter.metrics, "timing": clock.laps, **told}


def is_traced(context: dict[str, Any]) -> bool:
    return context.get("trace") is True


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
    settle_module(context)
    use_scratch(context["scratch"])
    process.end_with(control)


def use_scratch(folder: str) -> None:
    os.environ["TMPDIR"] = folder
    # An import in the parent may have looked for the folder of temporary files already.
    tempfile.tempdir = None


def settle_module(context: dict[str, Any]) -> None:
    """The part of it that belongs to all tasks of one module."""
    try:
        os.environ.update(context["variables"])
        if "TZ" in context["variables"]:
            time.tzset()
        os.chdir(context["root"])
    except (OSError, ValueError) as error:
        raise TaskFailure("worker-start-failed", f"the task's folders or variables cannot be used: {error}") from error
    threads.allow(max(1, int(context["threads"])))
    seeding.seed_everything(None if context["seed"] is None else int(context["seed"]))
    imports.install(context["root"], context["code"], is_traced(context))
    sys.argv = [context["entry"]["file"]]
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


class Call:
    """The entry function of a context, with what can be known of it before there are values. Raises TaskFailure."""

    def __init__(self, context: dict[str, Any]) -> None:
        self._context = context
        self.function = load_function(context)
        self._signature = to_signature(self.function)
        self._names = getattr(inspect.unwrap(self.function), "__globals__", {})
        parameters = {} if self._signature is None else self._signature.parameters
        self._annotations = {name: to_form(one.annotation, self._names) for name, one in parameters.items()}
        self._checked: frozenset[str] | None = None
        self._fixed: dict[str, Any] = {}

    def use(self, context: dict[str, Any]) -> None:
        """Another context of the same module and entry: its inputs and outputs may be others."""
        self._context, self._checked, self._fixed = context, None, {}

    def bind(self, params: dict[str, Any], scratch: str) -> dict[str, Any]:
        """Inputs and parameters by name, in the form that the annotations ask for."""
        inputs = self._context["inputs"]
        self.check(frozenset(params))
        arguments = {name: to_parameter(value, self._signature, name, self._annotations) for name, value in params.items()}
        for entry in inputs:
            if entry["name"] in self._fixed:
                continue
            form = self._annotations.get(entry["name"]) or to_form(None, self._names)
            value = read_input(entry["name"], entry["value"], form, scratch)
            arguments[entry["name"]] = value
            # Nobody can change it, so whoever is called next with this context gets the same.
            if type(value) in FIXED:
                self._fixed[entry["name"]] = value
        arguments.update(self._fixed)
        return arguments

    def check(self, params: frozenset[str]) -> None:
        if params == self._checked or self._signature is None:
            return
        given = [entry["name"] for entry in self._context["inputs"]] + list(params)
        try:
            self._signature.bind(**dict.fromkeys(given))
        except TypeError as error:
            message = f"{self._context['entry']['function']}() does not take what module.yaml declares: {error}"
            raise TaskFailure("user-error", message, *self.to_place()) from error
        self._checked = params

    def write(self, returned: Any, folder: str) -> list[dict[str, Any]]:
        try:
            return write_outputs(returned, self._context["outputs"], folder, int(self._context["inlineBytes"]))
        except TaskFailure as error:
            # What is wrong was returned by this function; a closer place is not known.
            if error.file is None:
                error.file, error.line = self.to_place()
            raise
        except OSError as error:
            raise TaskFailure("store-failed", f"the outputs cannot be written: {error}") from error

    def to_place(self) -> tuple[str | None, int | None]:
        code = getattr(inspect.unwrap(self.function), "__code__", None)
        if isinstance(code, CodeType) and code.co_filename in self._context["code"]:
            return code.co_filename, code.co_firstlineno
        return None, None


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
