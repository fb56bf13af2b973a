"""Checks what the function returned against the declared outputs, and writes it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from cairn.convert import is_frame
from cairn.failure import TaskFailure
from cairn.profile import profile_table
from cairn.report import log_metric
from cairn.table import Table
from cairn.writers import WRITERS, Broken, fit_table

# A dict is a value of these kinds by itself, so a single output of them may be returned bare.
DICT_KINDS = frozenset({"table", "model", "json", "metrics"})


def write_outputs(returned: Any, declared: Sequence[Mapping[str, Any]], folder: str, inline: int) -> list[dict[str, Any]]:
    """Exactly the declared outputs in their order, or TaskFailure; nothing is answered of a result that is not whole."""
    values = match_outputs(returned, declared)
    return [write_output(output, values[output["name"]], folder, inline) for output in declared]


def match_outputs(returned: Any, declared: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    names = [output["name"] for output in declared]
    if is_by_name(returned, declared):
        return check_names(returned, names)
    if len(declared) == 1 and returned is not None:
        return {names[0]: returned}
    if not names and returned is None:
        return {}
    raise to_shape_failure(returned, names)


def is_by_name(returned: Any, declared: Sequence[Mapping[str, Any]]) -> bool:
    if not isinstance(returned, Mapping):
        return False
    if len(declared) != 1 or declared[0]["name"] in returned:
        return len(declared) != 1 or len(returned) == 1 or declared[0]["type"]["kind"] not in DICT_KINDS
    # A dict of columns is a table; a dict with a table in it is meant by name, with a wrong one.
    kind = declared[0]["type"]["kind"]
    return kind not in DICT_KINDS or (kind == "table" and any(is_frame(value) or isinstance(value, Table) for value in returned.values()))


def check_names(returned: Mapping[Any, Any], names: list[str]) -> dict[str, Any]:
    missing = [name for name in names if name not in returned]
    extra = [str(name) for name in returned if name not in names]
    if missing:
        there = f"it returned {', '.join(map(str, returned)) or 'an empty dict'}"
        raise TaskFailure("output-missing", f"output '{missing[0]}' is missing: the function has to return it by this name; {there}")
    if extra:
        raise TaskFailure("output-unexpected", f"output '{extra[0]}' is not declared: declare it in module.yaml, or do not return it")
    return {name: returned[name] for name in names}


def to_shape_failure(returned: Any, names: list[str]) -> TaskFailure:
    if not names:
        message = f"the module declares no outputs, but the function returned {type(returned).__name__}"
        return TaskFailure("output-unexpected", message)
    if returned is None:
        return TaskFailure("output-missing", f"output '{names[0]}' is missing: the function returned nothing")
    message = f"the function returned {type(returned).__name__}, not a dict with the outputs {', '.join(names)}"
    return TaskFailure("output-wrong", message)


def write_output(output: Mapping[str, Any], value: Any, folder: str, inline: int) -> dict[str, Any]:
    name, port = output["name"], output["type"]
    writer = WRITERS.get(port["kind"])
    if writer is None:
        raise TaskFailure("output-wrong", f"output '{name}': a {port['kind']} cannot be returned, only received")
    looked_at = port["kind"] == "table" and output.get("profile") is True
    try:
        value = fit_table(value, port) if looked_at else value
        written = writer(value, port, f"{folder}/{name}", inline)
    except Broken as error:
        raise TaskFailure("output-wrong", f"output '{name}': {error}") from error
    if port["kind"] == "metrics":
        for metric, number in value.items():
            log_metric(metric, number)
    if looked_at:
        written["profile"] = profile_table(value)
    return {"name": name, "type": port["kind"], **written}
