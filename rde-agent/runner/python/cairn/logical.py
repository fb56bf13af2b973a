"""
Logical digests: equal for tables with equal columns, types and values, however they lie in memory or in a file.

**Table.** `sha256("cairn/table/v1\\0" ‖ canonical JSON of [columns, rows])`, where `columns` is the list of
`[name, type, digest]` in order and `rows` the number of rows: `[[["a","int64","sha256:…"]],3]`. So the digest of a projection follows from
the stored digests of its columns alone.

**Column.** `sha256("cairn/column/v1\\0" ‖ type ‖ "\\0" ‖ values)`; `type` is the short name (`arrowtypes.to_type_text`). `values`, all
numbers little-endian, lengths and offsets as 64-bit integers:

- the number of rows, then one byte: 0 = nothing is null, 1 = one byte per row follows, 1 where there is a value and 0 where there is none;
- fixed width (integers, floats, decimals, dates, times, timestamps, durations, fixed-size binary): the values; zero where null; every
  NaN is the quiet one without payload (`0x7ff8000000000000`); `-0.0` stays itself; float16 is written as float32;
- bool: one byte a row, 0 or 1, 0 where null;
- string, binary: offsets of each row's end from the start of the column, then the bytes; a null takes none;
- list: offsets of each row's end, then the elements as values of their own (rows, validity, values); a null takes none;
- struct: each field as values of its own, null where the struct is;
- null: nothing more.

Dictionaries are decoded first; how rows are chunked does not matter. `test/fixtures/runner/logical.json` holds examples.
"""

from __future__ import annotations

import hashlib
import math
import struct
from collections.abc import Sequence
from typing import Any

from cairn.arrowtypes import to_type_text
from cairn.canonical import to_canonical_json
from cairn.casting import decode

TABLE = b"cairn/table/v1\0"
COLUMN = b"cairn/column/v1\0"


class NoLogicalDigest(TypeError):
    """A type whose values have no canonical form here."""


def digest_table(columns: Sequence[tuple[str, str, str]], rows: int) -> str:
    """From names, short types and column digests in order."""
    text = to_canonical_json([[list(column) for column in columns], rows])
    return "sha256:" + hashlib.sha256(TABLE + text.encode("utf-8")).hexdigest()


def digest_column(column: Any) -> str:
    """Of a `pyarrow.ChunkedArray`. Raises NoLogicalDigest."""
    plain = decode(column)
    state = hashlib.sha256(COLUMN + to_type_text(plain.type).encode("utf-8") + b"\0")
    feed(state, to_one_array(plain))
    return "sha256:" + state.hexdigest()


def to_one_array(column: Any) -> Any:
    """One array of all chunks; with 64-bit offsets, as all strings together may need them."""
    import pyarrow as pa

    if pa.types.is_string(column.type):
        column = column.cast(pa.large_string())
    elif pa.types.is_binary(column.type):
        column = column.cast(pa.large_binary())
    if column.num_chunks == 1:
        return column.chunk(0)
    combined = column.combine_chunks()
    return combined.chunk(0) if isinstance(combined, pa.ChunkedArray) else combined


def feed(state: Any, array: Any) -> None:
    """Adds rows, validity and values of one array."""
    import pyarrow as pa

    state.update(struct.pack("<q", len(array)))
    feed_validity(state, array)
    kinds, arrow_type = pa.types, array.type
    if kinds.is_null(arrow_type) or (len(array) == 0 and not kinds.is_nested(arrow_type)):
        return
    if kinds.is_boolean(arrow_type):
        feed_fixed(state, to_bytes_array(array))
    elif kinds.is_large_string(arrow_type) or kinds.is_large_binary(arrow_type):
        feed_bytes(state, array)
    elif kinds.is_string(arrow_type) or kinds.is_binary(arrow_type):
        feed_bytes(state, array.cast(pa.large_string() if kinds.is_string(arrow_type) else pa.large_binary()))
    elif kinds.is_list(arrow_type) or kinds.is_large_list(arrow_type):
        feed_list(state, array)
    elif kinds.is_struct(arrow_type):
        for field in array.flatten():
            feed(state, field)
    elif kinds.is_primitive(arrow_type) or kinds.is_decimal(arrow_type) or kinds.is_fixed_size_binary(arrow_type):
        feed_fixed(state, array)
    else:
        raise NoLogicalDigest(f"{arrow_type} has no canonical form")


def feed_validity(state: Any, array: Any) -> None:
    import pyarrow.compute as pc

    if array.null_count == 0:
        state.update(b"\0")
    else:
        state.update(b"\1")
        feed_fixed(state, to_bytes_array(pc.is_valid(array)))


def to_bytes_array(array: Any) -> Any:
    """Booleans as one byte each."""
    import pyarrow as pa

    return array.cast(pa.uint8())


def feed_fixed(state: Any, array: Any) -> None:
    array = to_one_nan(zero_nulls(widen_half(array)))
    width = array.type.bit_width // 8
    data = array.buffers()[1]
    if data is not None and len(array) > 0:
        state.update(memoryview(data)[array.offset * width : (array.offset + len(array)) * width])


def widen_half(array: Any) -> Any:
    """Exact in float32, whose functions every supported pyarrow has."""
    import pyarrow as pa

    return array.cast(pa.float32()) if pa.types.is_float16(array.type) else array


def zero_nulls(array: Any) -> Any:
    import pyarrow as pa
    import pyarrow.compute as pc

    if array.null_count == 0:
        return array
    kinds, arrow_type = pa.types, array.type
    plain = kinds.is_integer(arrow_type) or kinds.is_floating(arrow_type) or kinds.is_decimal(arrow_type)
    if not plain and not kinds.is_fixed_size_binary(arrow_type):
        array = array.view(pa.int64() if arrow_type.bit_width == 64 else pa.int32())
    return pc.fill_null(array, to_scalar(array.type, bytes(array.type.bit_width // 8)))


def to_scalar(arrow_type: Any, value: bytes) -> Any:
    """From its bytes: `pa.scalar` imports pandas where that is installed, for a second, to ask what kind of value it is given."""
    import pyarrow as pa

    return pa.Array.from_buffers(arrow_type, 1, [None, pa.py_buffer(value)])[0]


def to_one_nan(array: Any) -> Any:
    import pyarrow as pa
    import pyarrow.compute as pc

    if not pa.types.is_floating(array.type):
        return array
    nans = pc.is_nan(array)
    if not pc.any(nans).as_py():
        return array
    quiet = struct.pack("<d", math.nan) if array.type.bit_width == 64 else struct.pack("<f", math.nan)
    return pc.if_else(nans, to_scalar(array.type, quiet), array)


def feed_bytes(state: Any, array: Any) -> None:
    import pyarrow as pa
    import pyarrow.compute as pc

    if array.null_count:
        empty = pa.Array.from_buffers(array.type, 1, [None, pa.py_buffer(bytes(16)), pa.py_buffer(b"")])[0]
        array = pc.fill_null(array, empty)
    start, stop = feed_ends(state, pa.Array.from_buffers(pa.int64(), len(array) + 1, [None, array.buffers()[1]], offset=array.offset))
    data = array.buffers()[2]
    if data is not None and stop > start:
        state.update(memoryview(data)[start:stop])


def feed_ends(state: Any, offsets: Any) -> tuple[int, int]:
    """The end of each row, counted from the first; answers where the first begins and the last ends."""
    import pyarrow.compute as pc

    start, stop = offsets[0].as_py(), offsets[len(offsets) - 1].as_py()
    ends = offsets.slice(1)
    feed_fixed(state, ends if start == 0 else pc.subtract(ends, start))
    return start, stop


def feed_list(state: Any, array: Any) -> None:
    """`flatten` leaves out what lies under nulls and outside the rows, so lengths and elements say everything."""
    import pyarrow as pa
    import pyarrow.compute as pc

    lengths = zero_nulls(pc.list_value_length(array).cast(pa.int64()))
    feed_fixed(state, pc.cumulative_sum(lengths))
    feed(state, array.flatten())
