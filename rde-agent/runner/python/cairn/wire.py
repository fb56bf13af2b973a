"""
JSON lines between the agent and its Python processes; `rde-agent/protocol/runner.ts` is the contract.

`parse` answers a message that is certainly of the stated shape, or raises WireError: nothing of a bad message is acted upon.
"""

from __future__ import annotations

import json
import select
import socket
import threading
from collections.abc import Callable
from typing import Any

VERSION = 1
# A task carries its small inputs inside itself; more than this is not a task.
LINE_BYTES = 64 * 1024 * 1024

Check = Callable[[Any], bool]


# Made once: `json.dumps` with options makes an encoder for every call.
_encode = json.JSONEncoder(ensure_ascii=True, allow_nan=False, separators=(",", ":")).encode


class WireError(Exception):
    """A line that is no message of this wire, or of another version of it."""


def encode(method: str, params: dict[str, Any]) -> bytes:
    return _encode({"v": VERSION, "method": method, "params": params}).encode("ascii") + b"\n"


def parse(line: bytes, shapes: dict[str, Check]) -> tuple[str, dict[str, Any]]:
    """Method and parameters of one line. Raises WireError."""
    try:
        message = json.loads(line)
    except (ValueError, RecursionError) as error:
        raise WireError(f"not JSON: {error}") from error
    if not isinstance(message, dict) or message.get("v") != VERSION or isinstance(message.get("v"), bool):
        raise WireError(f"not a message of version {VERSION}")
    method, params = message.get("method"), message.get("params")
    check = shapes.get(method) if isinstance(method, str) else None
    if check is None:
        raise WireError(f"unknown method {method!r}")
    if not check(params):
        raise WireError(f"the parameters of {method} have another shape")
    return str(method), params


# ---------------------------------------------------------------- shapes


def text(value: Any) -> bool:
    return isinstance(value, str)


def whole(value: Any) -> bool:
    return (isinstance(value, int) and not isinstance(value, bool)) or (isinstance(value, float) and value.is_integer())


def truth(value: Any) -> bool:
    return isinstance(value, bool)


def anything(_value: Any) -> bool:
    return True


def optional(check: Check) -> Check:
    return lambda value: value is None or check(value)


def many(check: Check) -> Check:
    return lambda value: isinstance(value, list) and all(map(check, value))


def mapping(check: Check) -> Check:
    return lambda value: isinstance(value, dict) and all(map(check, value.values()))


def one_of(*choices: str) -> Check:
    return lambda value: isinstance(value, str) and value in choices


def record(**fields: Check) -> Check:
    """An object with at least these members: fields are only ever added, so more are allowed."""
    return lambda value: isinstance(value, dict) and all(name in value and check(value[name]) for name, check in fields.items())


def kinds(**shapes: Check) -> Check:
    """A union told apart by its `kind`."""
    return lambda value: isinstance(value, dict) and value.get("kind") in shapes and shapes[value["kind"]](value)


LEAF = {"format": one_of("parquet", "pickle", "json", "raw", "manifest"), "columns": optional(many(text))}
INPUT_VALUE = kinds(
    file=record(path=text, **LEAF),
    inline=record(data=text, **LEAF),
    list=record(items=many(lambda value: INPUT_VALUE(value))),
    inlines=record(data=many(text), **LEAF),
)
PORT_TYPE = kinds(
    table=record(columns=many(record(name=text, type=text)), open=truth),
    list=record(of=lambda value: PORT_TYPE(value)),
    **dict.fromkeys(("model", "file", "directory", "json", "metrics"), record()),
)
TASK = record(
    run=text,
    task=text,
    attempt=whole,
    module=text,
    root=text,
    entry=record(file=text, function=text),
    code=mapping(text),
    inputs=many(record(name=text, type=PORT_TYPE, value=INPUT_VALUE)),
    params=mapping(anything),
    outputs=many(record(name=text, type=PORT_TYPE)),
    seed=optional(whole),
    nominalTime=optional(text),
    scratch=text,
    outputDir=text,
    variables=mapping(text),
    threads=whole,
    memory=optional(whole),
    inlineBytes=whole,
)


def is_kept_task(value: Any) -> bool:
    """By hand, because thousands of them come at once."""
    return (
        isinstance(value, dict)
        and isinstance(value.get("task"), str)
        and whole(value.get("attempt"))
        and isinstance(value.get("params"), dict)
    )


KEPT_TASKS = record(run=text, first=whole, index=whole, scratch=text, outputDir=text, tasks=many(is_kept_task))

TO_WORKER: dict[str, Check] = {"task": TASK, "keep": TASK, "tasks": KEPT_TASKS}
TO_ZYGOTE: dict[str, Check] = {
    "preload": record(id=whole, packages=many(text)),
    "compile": record(files=many(record(path=text, digest=text))),
    "fork": record(token=text),
    "signal": record(pid=whole, signal=whole),
}


# ---------------------------------------------------------------- sockets


class Connection:
    """Lines over one socket. Sending is safe from several threads; receiving is for one."""

    def __init__(self, connected: socket.socket) -> None:
        self.socket = connected
        self._lock = threading.Lock()
        self._received = bytearray()
        # Up to here there is no end of a line: a long line is looked through once.
        self._searched = 0

    def send(self, method: str, params: dict[str, Any]) -> None:
        """Raises OSError when the other end is gone."""
        self.send_line(encode(method, params))

    def send_line(self, line: bytes) -> None:
        """The same for what is encoded already."""
        with self._lock:
            self.socket.sendall(line)

    def take_line(self) -> bytes | None:
        """A line that has arrived already, without waiting. Raises WireError for one above the limit."""
        end = self._received.find(b"\n", self._searched)
        if end < 0:
            self._searched = len(self._received)
            if len(self._received) > LINE_BYTES:
                raise WireError(f"a line of more than {LINE_BYTES} bytes")
            return None
        self._searched = 0
        line = bytes(self._received[:end])
        del self._received[: end + 1]
        return line

    def has_arrived(self, milliseconds: int) -> bool:
        """There is something to receive, or there is within this time."""
        poll = select.poll()
        poll.register(self.socket, select.POLLIN)
        return bool(poll.poll(milliseconds))

    def receive(self) -> bool:
        """Waits for bytes; False at the end of the stream."""
        try:
            chunk = self.socket.recv(262_144)
        except ConnectionError:
            return False
        self._received += chunk
        return bool(chunk)

    def read_line(self) -> bytes | None:
        """Waits for a line; None at the end of the stream."""
        while (line := self.take_line()) is None:
            if not self.receive():
                return None
        return line
