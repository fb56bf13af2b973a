"""
What a spare worker does while it waits: the steps of a task that do nothing, once through.

A forked child shares its parent's memory until it writes, and Python writes to all that it looks at. Going through the hot path before the
task arrives takes these first touches out of the time that somebody waits for. Nothing is left behind. The parent has gone through it
before its first fork: what Python makes at a first use, and what it specialises in often run code, is then there for all children.
"""

from __future__ import annotations

import os
from typing import Any

from cairn import seeding
from cairn.forms import read_signature, to_form
from cairn.inputs import read_input
from cairn.outputs import write_outputs
from cairn.wire import TO_WORKER, encode, parse

INPUT = {"kind": "inline", "data": "e30=", "format": "json", "columns": None}
OUTPUT = {"name": "out", "type": {"kind": "json"}}
TASK = {
    **dict.fromkeys(("run", "task", "module", "root", "scratch", "outputDir"), ""),
    **dict.fromkeys(("seed", "nominalTime", "memory")),
    **dict.fromkeys(("attempt", "threads", "inlineBytes"), 1),
    "entry": {"file": "a.py", "function": "run"},
    "code": {"a.py": ""},
    "inputs": [{"name": "first", "type": {"kind": "json"}, "value": INPUT}],
    "params": {"second": 1},
    "outputs": [OUTPUT],
    "variables": {},
}
# So often Python runs code until it has specialised it.
PARENT_ROUNDS = 8


def rehearse_parent() -> None:
    """Before anything is imported for the user: of a library nothing is called here."""
    for _ in range(PARENT_ROUNDS):
        rehearse()


def rehearse() -> None:
    seeding.seed_everything(None)
    parse(encode("task", TASK), TO_WORKER)
    signature = read_signature(sample)
    form = to_form(signature.parameters["first"].annotation, sample.__globals__)
    written = write_outputs(sample(read_input("first", INPUT, form, os.sep)), [OUTPUT], os.sep, 1024)
    encode("succeeded", {"outputs": written, "metrics": {}, "timing": {"load": 0.0}})


def sample(first: dict, second: int = 1) -> dict[str, Any]:
    return {"out": {"first": first, "second": second}}
