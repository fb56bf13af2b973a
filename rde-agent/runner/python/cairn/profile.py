"""What one version of a table looks like: rows, and of every column nulls, least, greatest and distinct values."""

from __future__ import annotations

import math
from typing import Any

from cairn.arrowtypes import to_type_text

# Longer text is cut: a profile is shown, not computed with.
TEXT = 200
# Beyond this a JSON number is not the same number for every reader.
EXACT = 2**53


def profile_table(table: Any) -> dict[str, Any]:
    """`TableProfile` of the protocol. The table is the output as it is stored."""
    columns = [profile_column(field.name, table.column(position)) for position, field in enumerate(table.schema)]
    return {"rows": table.num_rows, "columns": columns}


def profile_column(name: str, column: Any) -> dict[str, Any]:
    least, greatest = find_range(column)
    return {
        "name": name,
        "type": to_type_text(column.type),
        "nulls": column.null_count,
        "min": least,
        "max": greatest,
        "distinct": count_distinct(column),
    }


def find_range(column: Any) -> tuple[Any, Any]:
    """Both None where there is no order, or nothing to order."""
    import pyarrow as pa
    import pyarrow.compute as pc

    try:
        if pa.types.is_nested(column.type):
            return None, None
        ends = pc.min_max(column)
        return to_json(ends["min"], column.type), to_json(ends["max"], column.type)
    except (pa.ArrowNotImplementedError, pa.ArrowInvalid):
        return None, None  # a type that Arrow does not order


def count_distinct(column: Any) -> int | None:
    """Exact, without nulls. None where Arrow cannot compare such values (lists, structs)."""
    import pyarrow as pa
    import pyarrow.compute as pc

    try:
        return int(pc.count_distinct(column, mode="only_valid").as_py())
    except (pa.ArrowNotImplementedError, pa.ArrowInvalid):
        return None


def to_json(scalar: Any, arrow_type: Any) -> Any:
    """A number where it is the same number in JSON, else its text; times in ISO 8601."""
    import pyarrow as pa

    if not scalar.is_valid:
        return None
    if pa.types.is_temporal(arrow_type):
        return to_time(scalar, arrow_type)
    value = scalar.as_py()
    if isinstance(value, bool):
        return value
    if isinstance(value, int):
        return value if abs(value) <= EXACT else str(value)
    if isinstance(value, float):
        return value if math.isfinite(value) else str(value)
    return cut(value.hex() if isinstance(value, bytes) else str(value))


def to_time(scalar: Any, arrow_type: Any) -> str:
    """By Arrow itself: nanoseconds fit into no class of Python's."""
    import pyarrow as pa

    number = pa.array([scalar.value], pa.int64() if arrow_type.bit_width == 64 else pa.int32())
    text = str(number.cast(to_naive(arrow_type)).cast(pa.string())[0])
    zoned = pa.types.is_timestamp(arrow_type) and arrow_type.tz is not None
    return text.replace(" ", "T") + ("Z" if zoned else "")


def to_naive(arrow_type: Any) -> Any:
    import pyarrow as pa

    return pa.timestamp(arrow_type.unit) if pa.types.is_timestamp(arrow_type) else arrow_type


def cut(text: str) -> str:
    return text if len(text) <= TEXT else text[: TEXT - 1] + "…"
