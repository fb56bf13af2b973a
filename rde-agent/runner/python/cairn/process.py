"""What one worker process is given and what it may not keep: streams, death with its parent, memory limit."""

from __future__ import annotations

import _thread
import ctypes
import os
import select
import signal
import socket
import sys
from typing import Any, NoReturn

from cairn.wire import Connection, encode

# Loaded before any fork: in a child it took half a millisecond of every task.
try:
    import resource
except ImportError:
    resource = None  # type: ignore[assignment]

PR_SET_PDEATHSIG = 1
PR_SET_CHILD_SUBREAPER = 36
# What the zygote is started with in place of a token, and as long.
NO_TOKEN = "0" * 32
PAGE = os.sysconf("SC_PAGE_SIZE") if hasattr(os, "sysconf") else 4096

# Looked up before any fork: a child should not search libraries.
_libc = ctypes.CDLL(None, use_errno=True)
_prctl = getattr(_libc, "prctl", None)


def prepare_streams() -> None:
    """Standard input is empty; text goes out line by line and never fails for its characters. The bytes are the user's own."""
    null = os.open(os.devnull, os.O_RDONLY)
    if null != 0:
        os.dup2(null, 0)
        os.close(null)
    for stream in (sys.stdout, sys.stderr):
        stream.reconfigure(encoding="utf-8", errors="backslashreplace", newline="\n", line_buffering=True)  # type: ignore[union-attr]


def die_with(parent: int) -> None:
    """The system kills this process when its parent ends (Linux). It may have ended just before."""
    if sys.platform == "linux" and _prctl is not None:
        _prctl(PR_SET_PDEATHSIG, int(signal.SIGKILL), 0, 0, 0)
        if os.getppid() != parent:
            os._exit(1)


def adopt_orphans() -> None:
    """What a task's processes leave behind becomes a child of this process (Linux), so that it is seen."""
    if sys.platform == "linux" and _prctl is not None:
        _prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)


def has_children() -> bool:
    """True also for those that have ended and were not waited for."""
    try:
        os.waitid(os.P_ALL, 0, os.WEXITED | os.WNOHANG | os.WNOWAIT)
    except ChildProcessError:
        return False
    return True


def connect(path: str, token: str) -> Connection:
    """Introduces this process to the agent on three streams and puts two of them on 1 and 2. Raises OSError."""
    control, out, err = [introduce(path, token, stream) for stream in ("control", "out", "err")]
    os.dup2(out.fileno(), 1)
    os.dup2(err.fileno(), 2)
    out.close()
    err.close()
    return Connection(control)


def introduce(path: str, token: str, stream: str) -> socket.socket:
    connected = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    connected.connect(path)
    connected.sendall(encode("hello", {"token": token, "stream": stream, "pid": os.getpid(), "parent": os.getppid()}))
    return connected


def mark(token: str) -> None:
    """
    Writes the token over the placeholder in the environment that this process was started with, where the system shows it for this
    process and whatever it forks: so a task's detached children are found. Its `os.environ` carries it to what it executes.
    """
    os.environ["CAIRN_TASK"] = token
    if _placeholder is not None and len(token) == len(NO_TOKEN):
        ctypes.memmove(_placeholder, token.encode("ascii"), len(token))


def find_placeholder() -> int | None:
    """Address of the placeholder's bytes; they stay where they are, even when the variable is set anew."""
    getenv = _libc.getenv
    getenv.argtypes, getenv.restype = [ctypes.c_char_p], ctypes.c_void_p
    address = getenv(b"CAIRN_TASK")
    return address if address and ctypes.string_at(address) == NO_TOKEN.encode("ascii") else None


_placeholder = find_placeholder()


def end_with(connection: Connection) -> None:
    """Ends the process when the agent closes the control stream while a task runs. Nothing more is read from it by then."""
    _thread.start_new_thread(wait_for_end, (connection.socket.fileno(),))


def wait_for_end(descriptor: int) -> None:
    poll = select.poll()
    poll.register(descriptor, select.POLLIN)
    while True:
        poll.poll()
        try:
            if os.read(descriptor, 65_536) == b"":
                kill_group()
        except BlockingIOError:
            continue
        except OSError:
            kill_group()


def kill_group() -> NoReturn:
    """Ends this worker and what it started."""
    if os.getpgrp() == os.getpid():
        os.killpg(0, signal.SIGKILL)
    os._exit(1)


def limit_memory(above: int | None) -> None:
    """
    Allows so many bytes of data more than there are now. Best effort: not every system can. Address space is not limited:
    libraries reserve it by the gigabyte and never touch it.
    """
    if above is None or resource is None:
        return
    try:
        hard = resource.getrlimit(resource.RLIMIT_DATA)[1]
        wanted = read_data_bytes() + above
        resource.setrlimit(resource.RLIMIT_DATA, (wanted if hard == resource.RLIM_INFINITY else min(wanted, hard), hard))
    except (OSError, ValueError):
        return  # no such limit on this system; the agent's capabilities say so


def read_data_bytes() -> int:
    statm = os.open("/proc/self/statm", os.O_RDONLY)
    try:
        return int(os.read(statm, 256).split()[5]) * PAGE
    finally:
        os.close(statm)


def lift_memory_limit() -> None:
    """Gives back room to say that memory was short."""
    if resource is None:
        return
    try:
        hard = resource.getrlimit(resource.RLIMIT_DATA)[1]
        resource.setrlimit(resource.RLIMIT_DATA, (hard, hard))
    except (OSError, ValueError):
        return  # as it was: then the answer may fail, and the exit tells the agent


def flush_streams(*streams: Any) -> None:
    for stream in streams:
        try:
            stream.flush()
        except Exception:
            continue  # closed or replaced by the task
    _libc.fflush(None)


def end_streams() -> None:
    """The agent waits for their end, and taking down the memory of a large process takes longer than the task may."""
    flush_streams(sys.stdout, sys.stderr)
    os.closerange(1, 3)


def leave(status: int, control: Connection | None = None) -> NoReturn:
    """Ends at once, with what the task printed. Interpreter shutdown would run what belongs to the parent."""
    end_streams()
    if control is not None:
        try:
            # Closing would do nothing while a thread waits on it.
            control.socket.shutdown(socket.SHUT_WR)
        except OSError:
            pass  # closed by the task, or the agent is gone
    os._exit(status)
