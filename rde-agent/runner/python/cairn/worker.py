"""
One worker: connects, takes one task, answers, leaves; or stays, if it is told to (`kept.py`). Forked by the zygote, or started as a fresh
interpreter:

    python -m cairn.worker --socket PATH --token TOKEN
"""

from __future__ import annotations

import os
import sys
import types
from typing import NoReturn

from cairn import process, threads
from cairn.kept import stay
from cairn.rehearsal import rehearse
from cairn.task import run_task
from cairn.wire import TO_WORKER, WireError, parse

# Milliseconds without a task after which there is time to rehearse: that takes as long as a small task, and where one
# follows another the next has come before. The agent knows it too (`spares.ts`).
REST = 30
# Exit codes without an answer, for the agent's log.
NO_TASK = 0
BAD_TASK = 65
NO_AGENT = 69


def work(socket_path: str, token: str) -> NoReturn:
    """Never returns: the process belongs to the task from here on."""
    process.mark(token)
    try:
        control = process.connect(socket_path, token)
    except OSError as error:
        print(f"cairn: cannot reach the agent at {socket_path}: {error}", file=sys.stderr)
        process.leave(NO_AGENT)
    if not control.has_arrived(REST):
        rehearse()
    try:
        line = control.read_line()
        if line is None:
            process.leave(NO_TASK)
        method, context = parse(line, TO_WORKER)
        if method == "tasks":
            raise WireError("tasks, though there is no context for them yet")
    except WireError as error:
        print(f"cairn: the agent sent no task: {error}", file=sys.stderr)
        process.leave(BAD_TASK)
    # The task's own main module is empty, as in a worker nobody started by hand; nothing of the runner shows.
    sys.modules["__main__"] = types.ModuleType("__main__")
    if method == "keep":
        stay(context, control, token, f"{socket_path}.{token}")
    run_task(context, control)
    process.leave(0, control)


def main(arguments: list[str]) -> NoReturn:
    options = dict(zip(arguments[::2], arguments[1::2]))
    socket_path, token = options.get("--socket"), options.get("--token")
    if socket_path is None or token is None or len(options) != 2 or len(arguments) != 4:
        print("usage: python -m cairn.worker --socket PATH --token TOKEN", file=sys.stderr)
        sys.exit(64)
    parent = os.getppid()
    process.die_with(parent)
    if os.getpgrp() != os.getpid():
        os.setsid()
    process.prepare_streams()
    drop_start_folder()
    threads.set_defaults()
    work(socket_path, token)


def drop_start_folder() -> None:
    """`python -m` puts the folder it was started in first on the import path; it is nobody's."""
    if not getattr(sys.flags, "safe_path", False) and sys.path:
        del sys.path[0]


if __name__ == "__main__":
    main(sys.argv[1:])
