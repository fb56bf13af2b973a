"""
Source in, skeleton out: one JSON object a line on standard input, one on standard output, in order.

`{"id": 1, "source": "<base64>"}` → `{"id": 1, "skeleton": {...}}`. It ends with its input. Whatever the source is, there is an answer, or
the process has died of it: then the agent starts another and takes that source for one that does not parse.
"""

from __future__ import annotations

import base64
import gc
import json
import sys
import threading
import warnings
from typing import Any, BinaryIO

from cairn_analysis.skeleton import to_skeleton

# Deep trees recurse: the main thread's stack is not ours to choose.
STACK_BYTES = 512 * 1024 * 1024
DEPTH = 20_000


def serve() -> None:
    # Trees are thrown away as a whole after each file: a collector that looks through them only costs time.
    gc.disable()
    warnings.simplefilter("ignore")
    sys.setrecursionlimit(DEPTH)
    answers = sys.stdout.buffer
    say(answers, {"ready": f"{sys.version_info.major}.{sys.version_info.minor}"})
    for line in sys.stdin.buffer:
        request = json.loads(line)
        say(answers, {"id": request["id"], "skeleton": to_skeleton(base64.b64decode(request["source"]))})


def say(answers: BinaryIO, message: dict[str, Any]) -> None:
    answers.write(json.dumps(message, separators=(",", ":")).encode("ascii") + b"\n")
    answers.flush()


def main() -> None:
    threading.stack_size(STACK_BYTES)
    thread = threading.Thread(target=serve)
    thread.start()
    thread.join()


main()
