"""
One JSON text for one value: keys in the order of their UTF-16 code units, no spaces, UTF-8.

Numbers keep their type, since whoever reads them in Python shall get what was written: `1` and `1.0` are two texts, integers are exact at
any size. For text, truth, null and integers up to 2^53 this is the canonical form of the agent (`language/model/json.ts`).
"""

from __future__ import annotations

import json
import math
import re
from collections.abc import Mapping
from typing import Any

# Made once: `json.dumps` with options makes an encoder for every call.
_encode = json.JSONEncoder(ensure_ascii=False, allow_nan=False, separators=(",", ":")).encode
SURROGATE = re.compile("[\ud800-\udfff]")


class NotJson(ValueError):
    """A value without a JSON form; `place` says where: `$.scores[3]`."""

    def __init__(self, place: str, message: str) -> None:
        super().__init__(f"{place} {message}")
        self.place = place


def to_canonical_json(value: object) -> str:
    """Raises NotJson. Scalars of numpy count as the numbers that they are; tuples as lists."""
    try:
        plain = to_plain_json(value, "$")
        text = _encode(plain)
    except RecursionError as error:
        raise NotJson("$", "is nested too deep, or holds itself") from error
    return text if text.isascii() else SURROGATE.sub(lambda found: f"\\u{ord(found[0]):04x}", text)


def to_plain_json(value: Any, place: str) -> Any:
    if value is None or isinstance(value, (bool, str)):
        return value if type(value) in (bool, str, type(None)) else str.__str__(value)
    if isinstance(value, int):
        return int(value)
    if isinstance(value, float):
        if not math.isfinite(value):
            raise NotJson(place, f"is {float(value)}, which JSON cannot say; use None or leave it out")
        return float(value)
    if isinstance(value, Mapping):
        return to_plain_object(value, place)
    if isinstance(value, (list, tuple)):
        return [to_plain_json(item, f"{place}[{position}]") for position, item in enumerate(value)]
    scalar = to_scalar(value)
    if scalar is value:
        raise NotJson(place, f"is {type(value).__name__}, which JSON cannot say; make it a dict, list, text, number, bool or None")
    return to_plain_json(scalar, place)


def to_plain_object(value: Mapping[Any, Any], place: str) -> dict[str, Any]:
    for key in value:
        if not isinstance(key, str):
            raise NotJson(place, f"has the key {key!r} ({type(key).__name__}); keys are text")
    ordered = sorted(value, key=lambda key: key.encode("utf-16-be", "surrogatepass"))
    return {str.__str__(key): to_plain_json(value[key], f"{place}.{key}") for key in ordered}


def to_scalar(value: Any) -> Any:
    """The Python number in a numpy scalar (not in an array); anything else unchanged."""
    library = type(value).__module__.partition(".")[0]
    return value.item() if library == "numpy" and getattr(value, "shape", None) == () else value
