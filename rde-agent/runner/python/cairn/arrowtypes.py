"""Arrow types by the short names that contracts use: `float64`, `timestamp[us, tz=UTC]`, `list<string>`."""

from __future__ import annotations

import re
from typing import Any

# How pyarrow prints them, and how contracts do.
SHORT = {"double": "float64", "float": "float32", "halffloat": "float16", "date32[day]": "date32", "date64[ms]": "date64"}
ZONED = re.compile(r"timestamp\[(s|ms|us|ns),\s*(?:tz=)?([^\]\s]+)\]")
DECIMAL = re.compile(r"decimal(128|256)?\((\d+),\s*(\d+)\)")
NESTED = re.compile(r"(list|large_list|struct)<(.*)>", re.DOTALL)
BINARY = re.compile(r"fixed_size_binary\[(\d+)\]")


class UnknownType(ValueError):
    """A name that is no Arrow type of ours."""


def parse_type(text: str) -> Any:
    """The `pyarrow.DataType` of a short name. Raises UnknownType."""
    import pyarrow as pa

    text = text.strip()
    if match := ZONED.fullmatch(text):
        return pa.timestamp(match[1], tz=match[2])
    if match := DECIMAL.fullmatch(text):
        make = pa.decimal256 if match[1] == "256" else pa.decimal128
        return make(int(match[2]), int(match[3]))
    if match := BINARY.fullmatch(text):
        return pa.binary(int(match[1]))
    if match := NESTED.fullmatch(text):
        return parse_nested(match[1], match[2])
    try:
        return pa.type_for_alias(text)
    except ValueError as error:
        raise UnknownType(f"{text!r} is no Arrow type") from error


def parse_nested(outer: str, inside: str) -> Any:
    import pyarrow as pa

    parts = split_parts(inside)
    if outer in ("list", "large_list") and len(parts) == 1:
        item = parse_type(re.sub(r"^(item|element):\s*", "", parts[0]))
        return pa.list_(item) if outer == "list" else pa.large_list(item)
    if outer == "struct" and all(":" in part for part in parts):
        return pa.struct([(name.strip(), parse_type(rest)) for name, _, rest in (part.partition(":") for part in parts)])
    raise UnknownType(f"'{outer}<{inside}>' is no Arrow type")


def split_parts(text: str) -> list[str]:
    """Cuts at the commas that are not inside brackets."""
    parts, depth, start = [], 0, 0
    for position, character in enumerate(text):
        depth += (character in "<[(") - (character in ">])")
        if character == "," and depth == 0:
            parts.append(text[start:position])
            start = position + 1
    return [part.strip() for part in [*parts, text[start:]]]


def to_type_text(arrow_type: Any) -> str:
    """One short name for one type: what is stored, compared and part of a digest."""
    import pyarrow as pa

    kinds = pa.types
    if kinds.is_list(arrow_type):
        return f"list<{to_type_text(arrow_type.value_type)}>"
    if kinds.is_large_list(arrow_type):
        return f"large_list<{to_type_text(arrow_type.value_type)}>"
    if kinds.is_struct(arrow_type):
        fields = [arrow_type.field(position) for position in range(arrow_type.num_fields)]
        return f"struct<{', '.join(f'{field.name}: {to_type_text(field.type)}' for field in fields)}>"
    text = str(arrow_type)
    return SHORT.get(text, text)


def to_plain(arrow_type: Any) -> Any:
    """The same values without an encoding of memory: dictionaries decoded, one kind of string, binary and list."""
    import pyarrow as pa

    kinds = pa.types
    if kinds.is_dictionary(arrow_type) or str(arrow_type).startswith("run_end_encoded<"):
        return to_plain(arrow_type.value_type)
    if kinds.is_large_string(arrow_type) or is_view(arrow_type, "string_view"):
        return pa.string()
    if kinds.is_large_binary(arrow_type) or is_view(arrow_type, "binary_view"):
        return pa.binary()
    if kinds.is_list(arrow_type) or kinds.is_large_list(arrow_type):
        return pa.list_(to_plain(arrow_type.value_type))
    if kinds.is_struct(arrow_type):
        fields = [arrow_type.field(position) for position in range(arrow_type.num_fields)]
        return pa.struct([(field.name, to_plain(field.type)) for field in fields])
    return arrow_type


def is_view(arrow_type: Any, text: str) -> bool:
    """Views and run ends are younger than some supported pyarrow, so they are told by name."""
    return str(arrow_type) == text
