"""
The built-in entry of datasets that the agent fetches: reads the fetched file in its format into the declared columns.

The agent names the file in the `source` of the task, with its format and the types that the source itself has told. What arrives is checked
against the declaration here, once, so that everything below may trust it.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from cairn.arrowtypes import UnknownType, parse_type, to_type_text
from cairn.casting import CastError, cast, first_line
from cairn.failure import TaskFailure

if TYPE_CHECKING:
    import pyarrow

# The file as modules name it; no file of a user's.
ENTRY_FILE = "cairn/source.py"

# What stands for "no value" in a column that is no text. In text only an empty unquoted field does: `NA` may be a country.
ABSENT = ["", "NA", "N/A", "NULL", "null"]
TRUE = ["true", "True", "TRUE", "t", "T", "1"]
FALSE = ["false", "False", "FALSE", "f", "F", "0"]


class Mismatch(TaskFailure):
    """What arrived is not what is declared."""

    def __init__(self, message: str) -> None:
        super().__init__("schema-mismatch", f"{message}: correct `columns` of the dataset, or what the source delivers")


def read(
    source: Path,
    format: str,
    columns: list[dict[str, str]],
    types: dict[str, str] | None = None,
    open: bool = False,
) -> pyarrow.Table:
    """The table of exactly the declared columns (`open`: and others after them). Raises TaskFailure `schema-mismatch`."""
    declared = {column["name"]: to_declared(column) for column in columns}
    try:
        found = READERS[format](source, declared, types or {})
    except ModuleNotFoundError as error:
        message = f"a dataset needs {error.name} in its environment: add it to the lock of the environment that it names"
        raise TaskFailure("import-failed", message) from error
    check_names(found.column_names, declared, open)
    extra = [name for name in found.column_names if name not in declared]
    fitted = [fit(name, found.column(name), wanted) for name, wanted in declared.items()]
    import pyarrow as pa

    return pa.table([*fitted, *(found.column(name) for name in extra)], names=[*declared, *extra])


def to_reader(context: Mapping[str, Any]) -> Callable[[], Any]:
    """The function that a task of a fetched dataset calls: it takes nothing, its file and its columns are in the context."""
    given = context["source"]
    (output,) = context["outputs"]
    kind = output["type"]

    def read_source() -> Any:
        return read(Path(given["path"]), given["format"], kind["columns"], given.get("types"), kind["open"])

    return read_source


def to_declared(column: Mapping[str, str]) -> Any:
    try:
        return parse_type(column["type"])
    except UnknownType as error:
        raise Mismatch(f"column {column['name']!r}: {error}") from error


def check_names(found: Sequence[str], declared: Iterable[str], is_open: bool) -> None:
    wanted = list(declared)
    twice = [name for name in found if found.count(name) > 1] if len(set(found)) < len(found) else []
    if twice:
        raise Mismatch(f"column {twice[0]!r} is there twice")
    missing = [name for name in wanted if name not in found]
    if missing:
        raise Mismatch(f"column {missing[0]!r} is missing; found {', '.join(found) or 'none'}")
    extra = [name for name in found if name not in wanted]
    if extra and not is_open:
        told = f"column {extra[0]!r} is" if len(extra) == 1 else f"columns {', '.join(map(repr, extra))} are"
        raise Mismatch(f"{told} not declared")


def fit(name: str, column: Any, wanted: Any) -> Any:
    try:
        return cast(column, wanted)
    except CastError as error:
        raise Mismatch(f"column {name!r}: expected {to_type_text(wanted)}, found {str(error).removeprefix('is ')}") from error


# ---------------------------------------------------------------- formats


def read_parquet(source: Path, declared: Mapping[str, Any], types: Mapping[str, str]) -> Any:
    import pyarrow as pa
    import pyarrow.parquet as pq

    try:
        return pq.ParquetFile(source).read()
    except pa.ArrowInvalid as error:
        raise Mismatch(f"it is no Parquet file ({first_line(error)})") from error


def read_arrow(source: Path, declared: Mapping[str, Any], types: Mapping[str, str]) -> Any:
    import pyarrow as pa

    with pa.OSFile(str(source)) as file:
        try:
            return pa.ipc.open_file(file).read_all()
        except pa.ArrowInvalid:
            file.seek(0)  # no file with a footer, so a stream or nothing of Arrow's
        try:
            return pa.ipc.open_stream(file).read_all()
        except pa.ArrowInvalid as error:
            raise Mismatch(f"it is neither an Arrow file nor an Arrow stream ({first_line(error)})") from error


def read_csv(source: Path, declared: Mapping[str, Any], types: Mapping[str, str]) -> Any:
    """
    Text has no types: a column is read as what is declared, or as what the source has told, which is then cast. Where the source
    has told types, only an empty unquoted field is null (that is how a database writes it).
    """
    names = read_header(source)
    check_names(names, declared, is_open=True)
    wanted = {name: to_told(name, types) or declared.get(name) for name in names}
    texts = [name for name in names if not types and is_text(wanted[name])]
    others = [name for name in names if name not in texts]
    parts: dict[str, Any] = {}
    for group, absent in ((texts, [""]), (others, [""] if types else ABSENT)):
        if group:
            parts.update(read_csv_columns(source, names, {name: wanted[name] for name in group}, absent))
    import pyarrow as pa

    return pa.table([parts[name] for name in names], names=names)


def to_told(name: str, types: Mapping[str, str]) -> Any:
    return parse_type(types[name]) if name in types else None


def is_text(wanted: Any) -> bool:
    import pyarrow as pa

    return wanted is None or pa.types.is_string(wanted) or pa.types.is_large_string(wanted)


def read_header(source: Path) -> list[str]:
    import pyarrow as pa
    import pyarrow.csv

    try:
        with pa.csv.open_csv(source, parse_options=to_parsing(), read_options=pa.csv.ReadOptions(block_size=1 << 20)) as reader:
            names = list(reader.schema.names)
    except pa.ArrowInvalid as error:
        if source.stat().st_size == 0:
            raise Mismatch("the file is empty: it has no header that names the columns") from error
        raise Mismatch(f"it is no CSV with a header ({first_line(error)})") from error
    if len(set(names)) < len(names):
        check_names(names, [], is_open=True)
    return names


def to_parsing() -> Any:
    import pyarrow.csv

    return pyarrow.csv.ParseOptions(newlines_in_values=True)


def read_csv_columns(source: Path, names: Sequence[str], wanted: Mapping[str, Any], absent: list[str]) -> dict[str, Any]:
    import pyarrow as pa
    import pyarrow.csv

    readable = {name: to_readable(one) for name, one in wanted.items()}
    try:
        table = convert_csv(source, readable, absent)
    except pa.ArrowInvalid as error:
        raise find_culprit(source, readable, absent, error) from error
    return {name: restore(name, table.column(name), wanted[name]) for name in wanted}


def convert_csv(source: Path, wanted: Mapping[str, Any], absent: list[str]) -> Any:
    import pyarrow as pa
    import pyarrow.csv

    options = pa.csv.ConvertOptions(
        column_types=wanted,
        include_columns=list(wanted),
        null_values=absent,
        true_values=TRUE,
        false_values=FALSE,
        strings_can_be_null=True,
        quoted_strings_can_be_null=False,
    )
    return pa.csv.read_csv(source, parse_options=to_parsing(), convert_options=options)


def to_readable(wanted: Any) -> Any:
    """Bytes arrive as hexadecimal text, and nested values cannot be read from a field at all."""
    import pyarrow as pa

    unreadable = wanted is None or pa.types.is_nested(wanted) or pa.types.is_binary(wanted) or pa.types.is_large_binary(wanted)
    return pa.string() if unreadable else wanted


def restore(name: str, column: Any, wanted: Any) -> Any:
    import pyarrow as pa

    if wanted is None or not (pa.types.is_binary(wanted) or pa.types.is_large_binary(wanted)):
        return column
    try:
        values = [None if text is None else bytes.fromhex(text.removeprefix("\\x")) for text in column.to_pylist()]
    except ValueError as error:
        raise Mismatch(f"column {name!r}: expected {to_type_text(wanted)} as hexadecimal text, found something else ({error})") from error
    return pa.chunked_array([pa.array(values, wanted)])


def find_culprit(source: Path, wanted: Mapping[str, Any], absent: list[str], error: Exception) -> Mismatch:
    """Arrow names a column by its number in what it read; one by one, the name is certain."""
    import pyarrow as pa

    for name, one in wanted.items():
        try:
            convert_csv(source, {name: one}, absent)
        except pa.ArrowInvalid as found:
            told = first_line(found).rpartition("CSV conversion error to ")[2]
            return Mismatch(f"column {name!r}: expected {to_type_text(one)}, found {told.partition(': ')[2] or told}")
    return Mismatch(f"the CSV cannot be read ({first_line(error)})")


def read_json(source: Path, declared: Mapping[str, Any], types: Mapping[str, str]) -> Any:
    """One object a line, or one array of objects."""
    with source.open("rb") as file:
        start = file.read(4096).lstrip()
    return read_json_array(source, declared) if start.startswith(b"[") else read_json_lines(source, declared)


def read_json_lines(source: Path, declared: Mapping[str, Any]) -> Any:
    import pyarrow as pa
    import pyarrow.json

    options = pa.json.ParseOptions(explicit_schema=pa.schema(list(declared.items())), unexpected_field_behavior="infer")
    try:
        table = pa.json.read_json(source, parse_options=options)
    except pa.ArrowInvalid as error:
        return read_json_rows(read_lines(source, error), declared)
    absent = [name for name in declared if table.column(name).null_count == table.num_rows]
    if absent and table.num_rows > 0:
        # A declared column is there whether a line has it or not: look at what the lines themselves have.
        there = pa.json.read_json(source).column_names
        return table.drop_columns([name for name in absent if name not in there])
    return table


def read_lines(source: Path, error: Exception) -> list[Any]:
    """What Arrow's reader refused: as Python sees it, so that the message can name row and column."""
    rows = []
    with source.open("rb") as file:
        for number, line in enumerate(file, 1):
            try:
                if line.strip():
                    rows.append(json.loads(line))
            except ValueError as broken:
                raise Mismatch(f"line {number} is no JSON ({broken})") from error
    return rows


def read_json_array(source: Path, declared: Mapping[str, Any]) -> Any:
    try:
        with source.open("rb") as file:
            rows = json.load(file)
    except ValueError as error:
        raise Mismatch(f"it is no JSON ({error})") from error
    return read_json_rows(rows, declared)


def read_json_rows(rows: list[Any], declared: Mapping[str, Any]) -> Any:
    import pyarrow as pa

    for position, row in enumerate(rows):
        if not isinstance(row, dict):
            raise Mismatch(f"row {position} is no object but {type(row).__name__}")
    names = list(dict.fromkeys(name for row in rows for name in row))
    if not rows:
        names = list(declared)
    return pa.table([to_json_column(name, rows, declared.get(name)) for name in names], names=names)


def to_json_column(name: str, rows: Sequence[Mapping[str, Any]], wanted: Any) -> Any:
    import pyarrow as pa

    values = [row.get(name) for row in rows]
    try:
        return pa.chunked_array([to_array(values, wanted)])
    except (pa.ArrowException, TypeError, ValueError, OverflowError) as error:
        expected = "one type" if wanted is None else to_type_text(wanted)
        raise Mismatch(f"column {name!r}: expected {expected}, found other values ({first_line(error)})") from error


def to_array(values: list[Any], wanted: Any) -> Any:
    """Times are text in JSON; every other value has the type that it shows."""
    import pyarrow as pa

    found = pa.array(values)
    temporal = wanted is not None and pa.types.is_temporal(wanted)
    return found.cast(wanted) if temporal and pa.types.is_string(found.type) else found


READERS = {"parquet": read_parquet, "arrow": read_arrow, "csv": read_csv, "json": read_json}
