"""
An interpreter that stays: runs tasks of one module one after another (`reuse: worker`).

What the module keeps in memory stays from task to task: that is what it is for. What belongs to a task does not: its folders are emptied,
variables, current directory and streams are put back. A task that leaves doubts about the interpreter (SystemExit, no memory, threads or
processes left behind) is answered, and then the interpreter leaves.
"""

from __future__ import annotations

import gc
import mmap
import os
import select
import shutil
import sys
import threading
import time
from _thread import _count as count_threads
from binascii import b2a_base64
from typing import Any, NoReturn

from cairn import process, report, seeding, task
from cairn.failure import TaskFailure, to_failure
from cairn.wire import TO_WORKER, Connection, WireError, encode, parse

# Seconds that answers gather while tasks follow one another, and while one takes longer.
GATHER = 0.002
WATCH = 0.02
# Seconds from which on the agent may have been told which task runs: then it has to be told where its output ends.
LONG = 0.005
# Milliseconds between two looks of the watcher while there is nothing to do.
IDLE = 1000
BAD_TASK = 65
# Above it, a number is written like any other value.
LARGE = 1 << 63
# Instead of a number: no task is running.
NOTHING = b"\xff\xff\xff\xff"
# After the number: tasks above the first and up to the second are not to be run any more.
NONE_RECALLED = NOTHING + bytes(4)


def stay(context: dict[str, Any], control: Connection, token: str, place: str) -> NoReturn:
    """Never returns: until the agent ends this process, or the process has a reason to leave. `place` = file for the number of the task."""
    interpreter = Interpreter(control, token, place)
    try:
        interpreter.settle(context)
        interpreter.run()
    except WireError as error:
        print(f"cairn: the agent sent no task: {error}", file=sys.stderr)
        process.leave(BAD_TASK)


class Answers:
    """What is still to be sent. Several threads add; lines go out in order."""

    def __init__(self, control: Connection) -> None:
        self._control = control
        self._lock = threading.Lock()
        self._entries: list[list[Any]] = []
        self.sent_at = 0.0

    def add(self, entry: list[Any]) -> None:
        with self._lock:
            self._entries.append(entry)

    def send(self, leaving: str | None = None) -> None:
        with self._lock:
            entries, self._entries = self._entries, []
            self.sent_at = time.perf_counter()
            if not entries and leaving is None:
                return
            params: dict[str, Any] = {"entries": entries} if leaving is None else {"entries": entries, "leaving": leaving}
            try:
                self._control.socket.sendall(encode("ran", params))
            except OSError:
                process.kill_group()


class Interpreter:
    """The tasks of one kept process, and what is put back after each."""

    def __init__(self, control: Connection, token: str, place: str) -> None:
        self._control = control
        self._answers = Answers(control)
        self._reporter = report.Reporter(self.report)
        self._mark = b"\0" + token.encode("ascii")
        # Marks go where the agent listens, whatever a task does with descriptors 1 and 2.
        self._streams = [os.dup(1), os.dup(2)]
        # The agent reads it when this process has ended without an answer.
        self._at = open_place(place)
        self._written = open_written()
        self._count = -1
        self._number = 0
        self._busy = False
        self._call: task.Call | None = None
        self._problem: TaskFailure | None = None
        self._root = -1

    def settle(self, context: dict[str, Any]) -> None:
        """Once: everything that belongs to the module and not to the process that this one was forked from."""
        self._context = context
        try:
            task.settle_module(context)
            self._root = os.open(context["root"], os.O_RDONLY | os.O_DIRECTORY)
        except TaskFailure as error:
            self._problem = error
        report.report_to(self._reporter)
        process.adopt_orphans()
        threading.Thread(target=self.watch, name="cairn", daemon=True).start()
        self._threads = count_threads()
        self._stdout, self._stderr = sys.stdout, sys.stderr
        # The bytes behind os.environ: comparing these is a hundred times faster.
        self._live: Any = getattr(os.environ, "_data", os.environ)
        self._variables: dict[Any, Any] = {}
        self._scratch = ""
        gc.enable()

    def run(self) -> NoReturn:
        while True:
            line = self._control.take_line()
            if line is None:
                self.tell_nothing()
                line = self._control.read_line()
            if line is None:
                process.kill_group()
            method, params = parse(line, TO_WORKER)
            if method == "keep":
                self.use_context(params)
            elif method == "tasks":
                self.run_tasks(params)
            else:
                raise WireError(f"{method}, though this interpreter is kept")

    def use_context(self, context: dict[str, Any]) -> None:
        if self._call is not None and context["entry"] == self._context["entry"]:
            self._call.use(context)
        else:
            self._call = None
        self._context = context

    # ------------------------------------------------------------ tasks

    def run_tasks(self, params: dict[str, Any]) -> None:
        self.use_folders(params["scratch"])
        self._busy = True
        to_index = int(params["index"]) - int(params["first"])
        for number, one in enumerate(params["tasks"], int(params["first"])):
            if self._at[4:] != NONE_RECALLED and self.is_recalled(number):
                continue
            self._number = number
            self._at[:4] = number.to_bytes(4, "big")
            # Recalled meanwhile: then it must not be seen as the one that runs.
            if self._at[4:] != NONE_RECALLED and self.is_recalled(number):
                self.tell_nothing()
                continue
            doubt = self.run_task(one["params"], f"{params['outputDir']}/{number + to_index}")
            if doubt is not None:
                self._answers.send(doubt)
                process.leave(0, self._control)
        self._busy = False

    def tell_nothing(self) -> None:
        self._answers.send()
        # In this order: who reads that nothing runs finds everything answered.
        self._at[:4] = NOTHING

    def is_recalled(self, number: int) -> bool:
        """The agent has given it to somebody else, because the one before took long."""
        return int.from_bytes(self._at[4:8], "big") < number <= int.from_bytes(self._at[8:], "big")

    def run_task(self, params: dict[str, Any], folder: str) -> str | None:
        """Answers why the interpreter must not go on, if so."""
        began = time.perf_counter()
        self._reporter.metrics = {}
        doubt = None
        try:
            entry: list[Any] = ["ok", self._number, 0.0, False, self.perform(params, folder), self._reporter.metrics]
        except BaseException as error:
            doubt = self.to_doubt(error)
            entry = ["failed", self._number, 0.0, False, to_failure(error, self._context["code"])]
        self._reporter.flush()
        entry[3] = self.mark(time.perf_counter() - began >= LONG)
        doubt = doubt or self.put_back()
        now = time.perf_counter()
        entry[2] = now - began
        self._answers.add(entry)
        if now - self._answers.sent_at >= GATHER:
            self._answers.send()
        return doubt

    def perform(self, params: dict[str, Any], folder: str) -> list[dict[str, Any]]:
        if self._problem is not None:
            raise self._problem
        if self._call is None:
            self._call = task.Call(self._context)
        if self._context["seed"] is not None:
            seeding.seed_again(int(self._context["seed"]))
        call = self._call
        shared = self._context["params"]
        returned = call.function(**call.bind({**shared, **params} if shared else params, self._scratch))
        plain = write_plain(returned, self._context["outputs"])
        return [shorten(output) for output in call.write(returned, folder)] if plain is None else plain

    def to_doubt(self, error: BaseException) -> str | None:
        if isinstance(error, MemoryError):
            process.lift_memory_limit()
            return "memory ran out"
        if isinstance(error, Exception):
            # A module that was imported in part may not be imported whole by the next.
            return "its module could not be imported" if self._call is None else None
        return f"a task raised {type(error).__name__}"

    def report(self, method: str, params: dict[str, Any]) -> None:
        self._answers.add([method, self._number, *params.values()])

    # ------------------------------------------------------------ between tasks

    def use_folders(self, scratch: str) -> None:
        if scratch == self._scratch:
            return
        self._scratch = scratch
        task.use_scratch(scratch)
        clear(scratch)
        self._variables = dict(self._live)

    def mark(self, is_long: bool) -> bool:
        """What the task printed lies before its mark, in both streams. A short task that has written nothing anywhere needs none."""
        process.flush_streams(self._stdout, self._stderr)
        if not is_long and self._written is not None and read_written(self._written) == self._count:
            return False
        mark = self._mark + self._number.to_bytes(4, "big")
        try:
            for stream in self._streams:
                os.write(stream, mark)
        except OSError:
            process.kill_group()
        if self._written is not None:
            self._count = read_written(self._written)
        return True

    def put_back(self) -> str | None:
        if count_threads() > self._threads:
            return "a task left threads behind"
        if process.has_children():
            return "a task left processes behind"
        try:
            os.fchdir(self._root)
            if os.stat(self._scratch).st_mtime_ns != 0:
                clear(self._scratch)
        except OSError as error:
            return f"its folders cannot be used again: {error}"
        if self._live != self._variables:
            self.put_back_variables()
        sys.stdout, sys.stderr = self._stdout, self._stderr
        return None

    def put_back_variables(self) -> None:
        wanted = {os.fsdecode(name): os.fsdecode(value) for name, value in self._variables.items()}
        for name in [name for name in os.environ if name not in wanted]:
            del os.environ[name]
        os.environ.update(wanted)

    def watch(self) -> None:
        """Sends what waits while a task takes long, and ends this process when the agent is gone."""
        poll = select.poll()
        poll.register(self._control.socket.fileno(), select.POLLRDHUP)
        while not poll.poll(WATCH * 1000 if self._busy else IDLE):
            if self._busy:
                self._answers.send()
        process.kill_group()


def open_place(path: str) -> mmap.mmap:
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
    os.ftruncate(descriptor, 12)
    place = mmap.mmap(descriptor, 12)
    place[:] = NOTHING + NONE_RECALLED
    os.close(descriptor)
    return place


def open_written() -> int | None:
    """Where the system tells how much this process and those that it has waited for have written; None = nowhere."""
    try:
        descriptor = os.open("/proc/self/io", os.O_RDONLY)
        read_written(descriptor)
    except (OSError, ValueError):
        return None
    return descriptor


def read_written(descriptor: int) -> int:
    """Bytes, of whatever is no socket message: our own answers do not count."""
    return int(os.pread(descriptor, 128, 0).split(b"\n", 2)[1].removeprefix(b"wchar: "))


def clear(folder: str) -> None:
    """Empties a folder and sets its time to nothing, so that whatever comes into it later shows in its time."""
    with os.scandir(folder) as entries:
        for entry in entries:
            if entry.is_dir(follow_symlinks=False):
                shutil.rmtree(entry.path)
            else:
                os.unlink(entry.path)
    os.utime(folder, ns=(0, 0))


def write_plain(returned: Any, declared: list[dict[str, Any]]) -> list[dict[str, Any]] | None:
    """What `Call.write` would answer, shortened, of numbers by their names; None = something is to be looked at closely."""
    if type(returned) is not dict or len(returned) != len(declared):
        return None
    outputs = []
    for output in declared:
        value = returned.get(output["name"])
        if type(value) is not int or not -LARGE < value < LARGE or output["type"]["kind"] != "json":
            return None
        text = b"%d" % value
        data = b2a_base64(text, newline=False).decode("ascii")
        outputs.append({"name": output["name"], "type": "json", "format": "json", "data": data, "bytes": len(text)})
    return outputs


def shorten(output: dict[str, Any]) -> dict[str, Any]:
    """Leaves out what the agent finds out itself from the bytes."""
    digest = output["digest"]
    if output["logical"] == digest:
        del output["logical"]
    if not output["exact"]:
        del output["exact"]
    if "data" in output and "path" not in output:
        del output["digest"]
    return output
