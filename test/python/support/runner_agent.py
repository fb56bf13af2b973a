"""Plays the agent over real sockets: starts zygotes and fresh workers, gives them tasks, reads what they say."""

from __future__ import annotations

import json
import os
import select
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from support.wire_shapes import FROM_WORKER, FROM_ZYGOTE, check
from support.workplace import RUNNER, Place

DEADLINE = 60.0


def wait_until(condition: Callable[[], bool], what: str) -> None:
    """Polls; fails loudly instead of hanging."""
    deadline = time.monotonic() + DEADLINE
    while not condition():
        if time.monotonic() > deadline:
            raise AssertionError(f"never came: {what}")
        time.sleep(0.002)


def is_alive(pid: int) -> bool:
    """A zombie counts as dead: who is to reap it may be slow."""
    try:
        stat = Path(f"/proc/{pid}/stat").read_text()
    except (FileNotFoundError, ProcessLookupError):
        return False
    return stat.rpartition(")")[2].split()[0] not in ("Z", "X")


def read_all(stream: socket.socket) -> bytes:
    parts = []
    while chunk := stream.recv(65_536):
        parts.append(chunk)
    return b"".join(parts)


class Lines:
    """Messages from one socket, each checked against the contract's shape."""

    def __init__(self, connected: socket.socket, shapes: dict[str, Any]) -> None:
        self.socket = connected
        self.socket.settimeout(DEADLINE)
        self._file = connected.makefile("rb")
        self._shapes = shapes
        self._exits: list[dict[str, Any]] = []

    def read(self) -> dict[str, Any] | None:
        line = self._file.readline()
        if not line:
            return None
        message = json.loads(line)
        check(message, self._shapes)
        return message

    def expect(self, method: str) -> dict[str, Any]:
        """The parameters of the next message. Exits come when they come: they are kept for who expects one."""
        if method == "exited" and self._exits:
            return self._exits.pop(0)
        message = self.read()
        while message is not None and message["method"] == "exited" != method:
            self._exits.append(message["params"])
            message = self.read()
        assert message is not None and message["method"] == method, message
        return message["params"]

    def send(self, method: str, params: dict[str, Any]) -> None:
        self.socket.sendall(json.dumps({"v": 1, "method": method, "params": params}).encode() + b"\n")


class Worker:
    """One worker that has said hello on its three streams."""

    def __init__(self, hellos: dict[str, tuple[Lines, dict[str, Any]]]) -> None:
        self.control, hello = hellos["control"]
        self.out, self.err = hellos["out"][0].socket, hellos["err"][0].socket
        self._rest = {name: hellos[name][0]._file for name in ("out", "err")}
        self.pid: int = hello["pid"]
        self.parent: int = hello["parent"]
        self.messages: list[dict[str, Any]] = []

    def give(self, context: dict[str, Any]) -> None:
        self.control.send("task", context)

    def answer(self) -> dict[str, Any]:
        """The answer's parameters; earlier messages are kept."""
        while (message := self.control.read()) is not None:
            self.messages.append(message)
            if message["method"] in ("succeeded", "failed"):
                return {"method": message["method"], **message["params"]}
        raise AssertionError("the worker ended without an answer")

    def run(self, context: dict[str, Any]) -> dict[str, Any]:
        self.give(context)
        return self.answer()

    def output(self, stream: str) -> bytes:
        return self._rest[stream].read()

    def close(self) -> None:
        for file in self._rest.values():
            file.close()
        self.control._file.close()
        for one in (self.control.socket, self.out, self.err):
            one.close()


class Agent:
    """A listener in a private folder and the processes that were started for it. Use as a context manager."""

    def __init__(self, environment: dict[str, str] | None = None) -> None:
        self.folder = Path(tempfile.mkdtemp(prefix="cairn-py-"))
        self.path = str(self.folder / "s")
        self.listener = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self.listener.bind(self.path)
        self.listener.listen(64)
        self.listener.settimeout(DEADLINE)
        self.environment = environment or {}
        self.processes: list[subprocess.Popen[bytes]] = []
        self.zygote: Lines | None = None
        self.workers: list[Worker] = []
        self.place = Place(self.folder / "place")

    def __enter__(self) -> Agent:
        return self

    def __exit__(self, *_error: object) -> None:
        for worker in self.workers:
            worker.close()
        if self.zygote is not None:
            self.zygote._file.close()
            self.zygote.socket.close()
        for process in self.processes:
            try:
                process.wait(10)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()
            assert process.stderr is not None
            process.stderr.close()
        self.listener.close()
        shutil.rmtree(self.folder, ignore_errors=True)

    def to_environment(self) -> dict[str, str]:
        base = {"PATH": os.environ.get("PATH", ""), "HOME": str(self.folder), "LANG": "C.UTF-8", "PYTHONPATH": str(RUNNER)}
        return {**base, **self.environment}

    def start(self, arguments: list[str], **options: Any) -> subprocess.Popen[bytes]:
        process = subprocess.Popen(
            [sys.executable, *arguments],
            env=self.to_environment(),
            cwd=self.folder,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            **options,
        )
        self.processes.append(process)
        return process

    def start_zygote(self, packages: list[str] | None = None) -> dict[str, Any]:
        """Starts it with its control on descriptor 3; answers `ready`, or `preloaded` where packages are asked for."""
        ours, theirs = socket.socketpair()
        moved = theirs.detach()

        def to_three() -> None:
            os.dup2(moved, 3)

        self.start(["-m", "cairn.zygote", "--socket", self.path], preexec_fn=to_three, pass_fds=(3,))
        os.close(moved)
        self.zygote = Lines(ours, FROM_ZYGOTE)
        ready = self.zygote.expect("ready")
        return ready if packages is None else self.preload(packages)

    def preload(self, packages: list[str]) -> dict[str, Any]:
        assert self.zygote is not None
        self.zygote.send("preload", {"id": 1, "packages": packages})
        return self.zygote.expect("preloaded")

    def fork(self, token: str = "token") -> Worker:
        assert self.zygote is not None
        self.zygote.send("fork", {"token": token})
        forked = self.zygote.expect("forked")
        worker = self.accept(token)
        assert forked == {"token": token, "pid": worker.pid}
        return worker

    def spawn(self, token: str = "token") -> Worker:
        self.start(["-m", "cairn.worker", "--socket", self.path, "--token", token], start_new_session=True)
        return self.accept(token)

    def accept(self, token: str) -> Worker:
        hellos: dict[str, tuple[Lines, dict[str, Any]]] = {}
        while len(hellos) < 3:
            lines = Lines(self.listener.accept()[0], FROM_WORKER)
            hello = lines.expect("hello")
            assert hello["token"] == token
            hellos[hello["stream"]] = (lines, hello)
        worker = Worker(hellos)
        self.workers.append(worker)
        return worker

    def kill_zygote(self) -> None:
        self.processes[0].send_signal(signal.SIGKILL)

    def is_readable(self, lines: Lines) -> bool:
        return bool(select.select([lines.socket], [], [], 0)[0])
