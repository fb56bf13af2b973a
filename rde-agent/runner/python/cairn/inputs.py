"""From what the agent hands over to what the function's parameter asks for."""

from __future__ import annotations

import base64
import json
import os
import pickle
from pathlib import Path
from typing import Any

from cairn.failure import TaskFailure
from cairn.forms import DEFAULT, Form
from cairn.table import Table
from cairn.tablefile import MissingColumn, TableFile


def read_input(port: str, value: dict[str, Any], form: Form, scratch: str) -> Any:
    """Raises TaskFailure `input-unreadable` naming the port."""
    if value["kind"] == "list":
        inner = form.item or DEFAULT
        return [read_input(f"{port}[{position}]", item, inner, scratch) for position, item in enumerate(value["items"])]
    if value["kind"] == "inlines":
        return read_inlines(port, value, form.item or DEFAULT, scratch)
    try:
        return READERS[value["format"]](port, value, form, scratch)
    except TaskFailure:
        raise
    except MissingColumn as error:
        raise TaskFailure("input-unreadable", f"input '{port}': {error}") from error
    except MemoryError:
        raise
    except Exception as error:
        raise to_unreadable(port, value["format"], error) from error


def read_inlines(port: str, value: dict[str, Any], form: Form, scratch: str) -> list[Any]:
    """A list whose items have all come with it. Thousands of JSON values are read in one go."""
    data = value["data"]
    if value["format"] == "json" and form.kind != "path":
        try:
            return json.loads(b"[" + b",".join(map(base64.b64decode, data)) + b"]")
        except ValueError as error:
            raise to_unreadable(port, "json", error) from error
    leaf = {"kind": "inline", "format": value["format"], "columns": value["columns"]}
    return [read_input(f"{port}[{position}]", {**leaf, "data": item}, form, scratch) for position, item in enumerate(data)]


def to_unreadable(port: str, stored: str, error: Exception) -> TaskFailure:
    if isinstance(error, ModuleNotFoundError) and stored == "parquet":
        return TaskFailure(
            "import-failed", f"input '{port}' is a table, which needs {error.name} in the module's environment: add it to its lock"
        )
    if isinstance(error, (ImportError, AttributeError)) and stored == "pickle":
        return TaskFailure(
            "input-unreadable",
            f"input '{port}' was pickled with a class or function that is not here ({error}): return plain values and objects of installed"
            " packages, or put the class into a package or library that both modules use",
        )
    return TaskFailure("input-unreadable", f"input '{port}' cannot be read as {stored}: {type(error).__name__}: {error}")


def read_parquet(port: str, value: dict[str, Any], form: Form, scratch: str) -> Any:
    table = TableFile(value["path"] if value["kind"] == "file" else read_bytes(value), value["columns"])
    if form.kind == "path":
        return Path(table.path or write_projection(table, os.path.join(scratch, f"{port}.parquet")))
    # The footer is looked at now, so that a missing column is found before the function runs.
    table.open()
    return to_table_form(Table(table), form.kind)


def to_table_form(table: Table, kind: str) -> Any:
    if kind == "pandas":
        return table.pandas()
    if kind == "polars":
        return table.polars()
    if kind == "arrow":
        return table.arrow()
    if kind == "list":
        return table.rows()
    return table.arrow().to_pydict() if kind == "dict" else table


def write_projection(table: TableFile, path: str) -> str:
    """A path shows the whole file, so a file of the declared columns is made."""
    import pyarrow.parquet as pq

    pq.write_table(table.read(), path)
    return path


def read_pickle(port: str, value: dict[str, Any], form: Form, scratch: str) -> Any:
    if form.kind == "path":
        return to_path(port, value, scratch, ".pickle")
    if value["kind"] == "inline":
        return pickle.loads(read_bytes(value))
    with open(value["path"], "rb") as file:
        return pickle.load(file)


def read_json(port: str, value: dict[str, Any], form: Form, scratch: str) -> Any:
    return to_path(port, value, scratch, ".json") if form.kind == "path" else json.loads(read_bytes(value))


def read_raw(port: str, value: dict[str, Any], form: Form, scratch: str) -> Path:
    return to_path(port, value, scratch, "")


def read_folder(port: str, value: dict[str, Any], form: Form, scratch: str) -> Path:
    if value["kind"] != "file" or not os.path.isdir(value["path"]):
        raise TaskFailure("input-unreadable", f"input '{port}' is a directory, and its folder is not there")
    return Path(value["path"])


READERS = {"parquet": read_parquet, "pickle": read_pickle, "json": read_json, "raw": read_raw, "manifest": read_folder}


def read_bytes(value: dict[str, Any]) -> bytes:
    if value["kind"] == "inline":
        return base64.b64decode(value["data"], validate=True)
    with open(value["path"], "rb") as file:
        return file.read()


def to_path(port: str, value: dict[str, Any], scratch: str, suffix: str) -> Path:
    """The stored file itself, or a copy of an inline value in the task's scratch folder."""
    if value["kind"] == "file":
        path = Path(value["path"])
        path.stat()
        return path
    # Several inline values of a list have the same port but for the position, which makes the names differ.
    path = Path(scratch, f"input-{port}{suffix}")
    path.write_bytes(read_bytes(value))
    return path
