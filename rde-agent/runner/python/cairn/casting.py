"""Casts that lose nothing: what a column may be turned into to fit its declared type, and what is refused instead."""

from __future__ import annotations

from typing import Any

from cairn.arrowtypes import to_plain, to_type_text


class CastError(ValueError):
    """These values are not of the declared type, and no cast could keep all of them."""


# From family to family. A cast marked True can lose something that Arrow does not check, so it is checked by casting back.
ALLOWED = {
    ("integer", "integer"): False,
    ("integer", "float"): True,
    ("integer", "decimal"): False,
    ("float", "integer"): True,
    ("float", "float"): True,
    ("decimal", "decimal"): False,
    ("date", "date"): True,
    ("date", "timestamp"): True,
    ("timestamp", "date"): True,
    ("timestamp", "timestamp"): True,
    ("zoned timestamp", "zoned timestamp"): True,
    ("time", "time"): True,
    ("duration", "duration"): True,
    ("string", "string"): False,
    ("binary", "binary"): False,
    ("list", "list"): True,
    ("struct", "struct"): True,
}
# What the 32-bit offsets of a string array can reach.
STRING_BYTES = 2**31 - 1


def to_family(arrow_type: Any) -> str:
    import pyarrow as pa

    kinds = pa.types
    if kinds.is_timestamp(arrow_type):
        return "zoned timestamp" if arrow_type.tz is not None else "timestamp"
    families = {
        "integer": kinds.is_integer,
        "float": kinds.is_floating,
        "decimal": kinds.is_decimal,
        "date": kinds.is_date,
        "time": kinds.is_time,
        "duration": kinds.is_duration,
        "string": lambda one: kinds.is_string(one) or kinds.is_large_string(one),
        "binary": lambda one: kinds.is_binary(one) or kinds.is_large_binary(one) or kinds.is_fixed_size_binary(one),
        "list": lambda one: kinds.is_list(one) or kinds.is_large_list(one) or kinds.is_fixed_size_list(one),
        "struct": kinds.is_struct,
    }
    return next((name for name, holds in families.items() if holds(arrow_type)), to_type_text(arrow_type))


def cast(column: Any, wanted: Any) -> Any:
    """A chunked array of exactly the wanted type with the same values. Raises CastError saying what stands against it."""
    import pyarrow as pa

    if column.type == wanted:
        return column
    if pa.types.is_null(column.type) or len(column) == 0:
        # No values, so nothing that the type could be wrong for: empty lists and frames often have no better type.
        return pa.chunked_array([pa.nulls(len(column), wanted)])
    plain = decode(column)
    if plain.type == wanted:
        return plain
    checked = ALLOWED.get((to_family(plain.type), to_family(wanted)))
    if checked is None:
        raise CastError(f"is {to_type_text(plain.type)}")
    try:
        result = plain.cast(wanted, safe=True)
    except (pa.ArrowInvalid, pa.ArrowNotImplementedError) as error:
        raise CastError(f"is {to_type_text(plain.type)} with values that do not fit ({first_line(error)})") from error
    if checked and not is_same_after(result, plain):
        raise CastError(f"is {to_type_text(plain.type)} with values that would be changed")
    return result


def is_same_after(result: Any, original: Any) -> bool:
    """Whether the way back gives the original values; NaN counts as itself."""
    import pyarrow as pa

    try:
        back = result.cast(original.type, safe=False)
    except (pa.ArrowInvalid, pa.ArrowNotImplementedError):
        return False
    return bool(unify_nans(back).equals(unify_nans(original)))


def unify_nans(column: Any) -> Any:
    """NaN is unequal to itself: for a comparison it becomes null, where the nulls are compared as well."""
    import pyarrow as pa
    import pyarrow.compute as pc

    if not pa.types.is_floating(column.type) or pa.types.is_float16(column.type):
        return column
    return pc.if_else(pc.is_nan(column), pa.nulls(1, column.type)[0], column)


def decode(column: Any) -> Any:
    """The same values in their plain type (`to_plain`). Strings above two GiB are cut into chunks that fit."""
    plain = to_plain(column.type)
    if plain == column.type:
        return column
    return to_small_chunks(column).cast(plain)


def to_small_chunks(column: Any) -> Any:
    import pyarrow as pa

    chunks: list[Any] = []
    waiting = list(reversed(column.chunks))
    while waiting:
        chunk = waiting.pop()
        if chunk.nbytes <= STRING_BYTES or len(chunk) < 2:
            chunks.append(chunk)
        else:
            half = len(chunk) // 2
            waiting.extend([chunk.slice(half), chunk.slice(0, half)])
    return pa.chunked_array(chunks, column.type)


def first_line(error: Exception) -> str:
    return str(error).partition("\n")[0]
