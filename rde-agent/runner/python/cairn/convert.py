"""From what a task returns, or gives to `Table`, to an Arrow table; column by column, so that an error can name its column."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from cairn.casting import CastError, cast, decode, first_line


class ColumnError(ValueError):
    """A table that cannot be taken as it is. `column` is None where the whole table is the matter."""

    def __init__(self, column: str | None, message: str) -> None:
        super().__init__(message if column is None else f"column {column!r} {message}")
        self.column = column


def library_of(value: object) -> tuple[str, str]:
    """Top package and class of a value: tells data frames apart without importing their libraries."""
    kind = type(value)
    return kind.__module__.partition(".")[0], kind.__name__


FRAMES = {("pandas", "DataFrame"), ("polars", "DataFrame"), ("polars", "LazyFrame"), ("pyarrow", "Table"), ("pyarrow", "RecordBatch")}


def is_frame(value: object) -> bool:
    return library_of(value) in FRAMES


def is_table_like(value: object) -> bool:
    return is_frame(value) or isinstance(value, Mapping) or is_rows(value)


def is_rows(value: object) -> bool:
    return isinstance(value, list) and all(isinstance(row, Mapping) for row in value)


def to_arrow(value: object, types: Mapping[str, Any] | None = None) -> Any:
    """
    A `pyarrow.Table` of the values in plain types. Columns named in `types` get exactly that type.

    Raises ColumnError, or ImportError where the environment has no pyarrow.
    """
    import pyarrow as pa

    names: list[str] = []
    columns: list[Any] = []
    for name, values in iterate_columns(value):
        if name in names:
            raise ColumnError(name, "is there twice")
        names.append(name)
        columns.append(to_column(name, values, None if types is None else types.get(name)))
    lengths = {name: len(column) for name, column in zip(names, columns)}
    if len(set(lengths.values())) > 1:
        told = ", ".join(f"{name} {length}" for name, length in lengths.items())
        raise ColumnError(None, f"its columns have different lengths: {told}")
    return pa.table(columns, names=names)


def iterate_columns(value: Any) -> Iterator[tuple[str, Any]]:
    library, kind = library_of(value)
    if library == "pandas" and kind == "DataFrame":
        return iterate_pandas(value)
    if library == "polars" and kind == "LazyFrame":
        value, kind = value.collect(), "DataFrame"
    if library == "polars" and kind == "DataFrame":
        value, library, kind = value.to_arrow(), "pyarrow", "Table"
    if library == "pyarrow" and kind in ("Table", "RecordBatch"):
        return zip(value.schema.names, value.columns)
    if isinstance(value, Mapping):
        return ((check_name(name), values) for name, values in value.items())
    if is_rows(value):
        return iterate_rows(value)
    raise ColumnError(None, f"{describe(value)} is no table; give a data frame, an Arrow table, a list of dicts or a dict of lists")


def describe(value: object) -> str:
    library, kind = library_of(value)
    return kind if library == "builtins" else f"{library}.{kind}"


def iterate_pandas(frame: Any) -> Iterator[tuple[str, Any]]:
    index = frame.index
    # Filtering, sorting and concatenating leave the numbers of the rows as they were: they say nothing, so they may go.
    if index.nlevels > 1 or index.name is not None or getattr(index.dtype, "kind", "O") not in "iu":
        label = "an index of its own" if index.name is None else f"the index {index.name!r}"
        raise ColumnError(
            None, f"the data frame has {label}, which is no column: keep it by .reset_index(), or leave it by .reset_index(drop=True)"
        )
    for position, name in enumerate(frame.columns):
        yield check_name(name), frame.iloc[:, position]


def check_name(name: object) -> str:
    if not isinstance(name, str):
        raise ColumnError(None, f"a column is named {name!r} ({type(name).__name__}); names are text")
    return name


def iterate_rows(rows: list[Mapping[Any, Any]]) -> Iterator[tuple[str, Any]]:
    names = list(rows[0]) if rows else []
    wanted = set(names)
    for position, row in enumerate(rows):
        if row.keys() != wanted:
            odd = sorted(map(str, wanted.symmetric_difference(row.keys())))[0]
            raise ColumnError(odd, f"is not in every row: row {position} and row 0 differ (use None for a missing value)")
    return ((check_name(name), [row[name] for row in rows]) for name in names)


def to_column(name: str, values: Any, wanted: Any) -> Any:
    """A chunked array. Raises ColumnError."""
    import pyarrow as pa

    try:
        column = to_chunked(values, wanted)
        return decode(column) if wanted is None else cast(column, wanted)
    except CastError as error:
        raise ColumnError(name, str(error)) from error
    except (pa.ArrowException, TypeError, ValueError, OverflowError) as error:
        raise ColumnError(name, f"holds values that Arrow cannot take as one type: {first_line(error)}") from error


def to_chunked(values: Any, wanted: Any) -> Any:
    import pyarrow as pa

    library, kind = library_of(values)
    if library == "pyarrow":
        return values if kind == "ChunkedArray" else pa.chunked_array([values])
    if library == "polars" and kind == "Series":
        return pa.chunked_array([values.to_arrow()])
    if library not in ("builtins", "pandas", "numpy", "collections"):
        raise CastError(f"is {describe(values)}, not a list of values")
    if isinstance(values, (str, bytes, Mapping)) or not hasattr(values, "__len__"):
        raise CastError(f"is {describe(values)}, not a list of values")
    return to_chunks(infer(values, wanted, from_pandas=library == "pandas"))


def infer(values: Any, wanted: Any, from_pandas: bool) -> Any:
    """
    The type is what the values say; only where they say nothing clear (integers beyond 64 bits, mixed decimals) the wanted type helps,
    because converting at once would let Arrow round.
    """
    import pyarrow as pa

    try:
        return pa.array(values, from_pandas=from_pandas)
    except (pa.ArrowException, OverflowError):
        if wanted is None or pa.types.is_floating(wanted):
            raise
        return pa.array(values, type=wanted, from_pandas=from_pandas)


def to_chunks(array: Any) -> Any:
    """`pa.array` answers in chunks by itself where one would be too large."""
    import pyarrow as pa

    return array if isinstance(array, pa.ChunkedArray) else pa.chunked_array([array])
