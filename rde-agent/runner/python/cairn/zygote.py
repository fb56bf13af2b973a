"""
The parent of workers: imports an environment's packages once and forks a clean child for each task.

    python -m cairn.zygote --socket PATH          (control on descriptor 3)

Imports only, nothing is called; exactly one thread, or it does not fork. Whoever holds the other end of descriptor 3 owns it: at its end
of file the children are killed with all they started, and the zygote leaves.
"""

from __future__ import annotations

import gc
import importlib
import os
import platform
import select
import signal
import socket
import sys
import time
from collections import deque
from typing import Any, NoReturn

from cairn import process, threads, trace, worker
from cairn.code import compile_ahead
from cairn.rehearsal import rehearse_parent
from cairn.wire import TO_ZYGOTE, Connection, WireError, parse

CONTROL = 3
# A thread that an import started and ended may still be listed for a moment.
THREAD_END = 0.05
# Modules of pyarrow that every table needs: imported once here instead of in each child.
ARROW_MODULES = ("pyarrow.compute", "pyarrow.parquet")


class Zygote:
    """Owns the control connection and the children."""

    def __init__(self, control: Connection, socket_path: str) -> None:
        self._control = control
        self._socket_path = socket_path
        self._children: set[int] = set()
        self._to_compile: deque[tuple[str, str]] = deque()
        self._wake_read, self._wake_write = socket.socketpair()

    def run(self) -> NoReturn:
        self._wake_read.setblocking(False)
        self._wake_write.setblocking(False)
        signal.set_wakeup_fd(self._wake_write.fileno(), warn_on_full_buffer=False)
        # A handler has to be there for the wake-up to be written.
        signal.signal(signal.SIGCHLD, lambda number, frame: None)
        version = platform.python_version()
        self.send("ready", {"pid": os.getpid(), "python": version, "platform": f"{sys.platform}-{platform.machine()}"})
        poll = select.poll()
        poll.register(CONTROL, select.POLLIN)
        poll.register(self._wake_read, select.POLLIN)
        while True:
            self.step(poll)

    def step(self, poll: select.poll) -> None:
        ready = dict(poll.poll(0 if self._to_compile else None))
        if self._wake_read.fileno() in ready:
            self.drain_wakes()
            self.reap()
        if CONTROL in ready:
            self.take_messages()
        elif self._to_compile:
            compile_ahead(*self._to_compile.popleft())

    def drain_wakes(self) -> None:
        try:
            while self._wake_read.recv(4096):
                continue
        except BlockingIOError:
            return

    def take_messages(self) -> None:
        if not self._control.receive():
            self.leave(0)
        try:
            while (line := self._control.take_line()) is not None:
                self.obey(*parse(line, TO_ZYGOTE))
        except WireError as error:
            print(f"cairn: the agent sent {error}", file=sys.stderr)
            self.leave(65)

    def obey(self, method: str, params: dict[str, Any]) -> None:
        if method == "preload":
            self.preload(int(params["id"]), params["packages"])
        elif method == "compile":
            self._to_compile.extend((file["path"], file["digest"]) for file in params["files"])
        elif method == "fork":
            self.fork(params["token"])
        else:
            self.signal_child(int(params["pid"]), int(params["signal"]))

    def send(self, method: str, params: dict[str, Any]) -> None:
        try:
            self._control.send(method, params)
        except OSError:
            self.leave(0)

    # ------------------------------------------------------------ preload

    def preload(self, identifier: int, packages: list[str]) -> None:
        started = time.monotonic()
        imported: list[str] = []
        problems: list[dict[str, str]] = []
        for package in packages:
            problem = import_package(package)
            if problem is None:
                imported.append(package)
            else:
                problems.append({"package": package, "message": problem})
            if count_settled_threads() > 1:
                break
        if "pyarrow" in sys.modules:
            problems.extend({"package": name, "message": said} for name in ARROW_MODULES if (said := import_package(name)))
        threads.find_setters()
        trace.prepare()
        gc.collect()
        gc.freeze()
        count = count_settled_threads()
        if count > 1 and imported:
            problems.append({"package": imported[-1], "message": f"leaves {count} threads, so nothing can be forked after it"})
        seconds = time.monotonic() - started
        answer = {"id": identifier, "threads": count, "seconds": seconds, "imported": imported, "problems": problems}
        self.send("preloaded", answer)

    # ------------------------------------------------------------ children

    def fork(self, token: str) -> None:
        count = threads.count_threads()
        if count != 1:
            return self.send("forkFailed", {"token": token, "message": f"the zygote has {count} threads"})
        parent = os.getpid()
        sys.stdout.flush()
        sys.stderr.flush()
        try:
            pid = os.fork()
        except OSError as error:
            return self.send("forkFailed", {"token": token, "message": str(error)})
        if pid == 0:
            self.become_worker(parent, token)
        self._children.add(pid)
        self.send("forked", {"token": token, "pid": pid})

    def become_worker(self, parent: int, token: str) -> NoReturn:
        try:
            process.die_with(parent)
            os.setsid()
            signal.set_wakeup_fd(-1)
            signal.signal(signal.SIGCHLD, signal.SIG_DFL)
            signal.signal(signal.SIGTERM, signal.SIG_DFL)
            signal.signal(signal.SIGINT, signal.default_int_handler)
            self._wake_read.close()
            self._wake_write.close()
            self._control.socket.close()
            worker.work(self._socket_path, token)
        except BaseException as error:
            print(f"cairn: a worker could not start: {type(error).__name__}: {error}", file=sys.stderr)
        finally:
            # Whatever happens, a child never goes on as a second zygote.
            os._exit(70)

    def signal_child(self, pid: int, number: int) -> None:
        if pid not in self._children:
            return
        try:
            os.killpg(pid, number)
        except ProcessLookupError:
            # Just forked: it leads no group yet.
            os.kill(pid, number)
        except (OSError, ValueError, OverflowError) as error:
            print(f"cairn: signal {number} to {pid}: {error}", file=sys.stderr)

    def reap(self) -> None:
        while (pid := find_ended()) is not None:
            if pid in self._children:
                # While it is not reaped its id stays its own, so that the group is certainly the one meant.
                kill_group(pid)
            _, status, usage = os.wait4(pid, 0)
            if pid in self._children:
                self._children.discard(pid)
                self.send("exited", to_exit(pid, status, usage))

    def leave(self, status: int) -> NoReturn:
        for pid in self._children:
            kill_group(pid)
        for pid in self._children:
            try:
                os.waitpid(pid, 0)
            except ChildProcessError:
                continue
        os._exit(status)


def import_package(name: str) -> str | None:
    """What went wrong, or None. A package may do anything when imported, so anything is caught."""
    try:
        importlib.import_module(name)
    except BaseException as error:
        return f"{type(error).__name__}: {error}"
    return None


def count_settled_threads() -> int:
    deadline = time.monotonic() + THREAD_END
    while (count := threads.count_threads()) > 1 and time.monotonic() < deadline:
        time.sleep(0.001)
    return count


def find_ended() -> int | None:
    try:
        ended = os.waitid(os.P_ALL, 0, os.WEXITED | os.WNOHANG | os.WNOWAIT)
    except ChildProcessError:
        return None
    return None if ended is None else ended.si_pid


def kill_group(pid: int) -> None:
    for kill in (os.killpg, os.kill):
        try:
            kill(pid, signal.SIGKILL)
        except ProcessLookupError:
            continue


def to_exit(pid: int, status: int, usage: Any) -> dict[str, Any]:
    code = os.waitstatus_to_exitcode(status)
    unit = 1 if sys.platform == "darwin" else 1024
    return {
        "pid": pid,
        "status": code if code >= 0 else None,
        "signal": -code if code < 0 else None,
        "maxRss": usage.ru_maxrss * unit,
        "cpuSeconds": usage.ru_utime + usage.ru_stime,
    }


def main(arguments: list[str]) -> NoReturn:
    if len(arguments) != 2 or arguments[0] != "--socket":
        print("usage: python -m cairn.zygote --socket PATH   (control on descriptor 3)", file=sys.stderr)
        sys.exit(64)
    # Before anything is imported that makes a pool of threads.
    threads.keep_single()
    worker.drop_start_folder()
    process.prepare_streams()
    gc.disable()
    rehearse_parent()
    # Again after each import of packages; without any, this is the only time.
    trace.prepare()
    gc.freeze()
    os.set_blocking(CONTROL, True)
    os.set_inheritable(CONTROL, False)
    Zygote(Connection(socket.socket(fileno=CONTROL)), arguments[1]).run()


if __name__ == "__main__":
    main(sys.argv[1:])
