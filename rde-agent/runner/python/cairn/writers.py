"""One writer for each kind of output. Each answers the fields of `WorkerOutput` that are its own, or raises Broken."""

from __future__ import annotations

import hashlib
import os
import pickle
import stat
import unicodedata
from collections.abc import Mapping
from typing import Any

from cairn.arrowtypes import parse_type, to_type_text
from cairn.canonical import NotJson, to_canonical_json
from cairn.convert import ColumnError, describe, is_table_like, to_arrow
from cairn.failure import TaskFailure
from cairn.logical import NoLogicalDigest, digest_column, digest_table
from cairn.report import to_number
from cairn.sink import Sink, to_place
from cairn.table import Table

CHUNK = 1 << 20


class Broken(ValueError):
    """A value that is not what its port declares; the sentence goes on after the name of the port."""


# ---------------------------------------------------------------- tables


def write_table(value: Any, port: Mapping[str, Any], path: str, inline: int) -> dict[str, Any]:
    table = fit_table(value, port)
    import pyarrow.parquet as pq

    sink = Sink(path, inline)
    # Fixed options and no metadata of who made it: equal tables give equal bytes with one version of pyarrow.
    pq.write_table(table.replace_schema_metadata(None), sink, compression="zstd", compression_level=1)
    sink.close()
    place = sink.to_place()
    return {"format": "parquet", **place, **to_logical(table, place["digest"]), "rows": table.num_rows}


def to_logical(table: Any, digest: str) -> dict[str, Any]:
    try:
        columns = [
            (field.name, to_type_text(field.type), digest_column(table.column(position))) for position, field in enumerate(table.schema)
        ]
    except NoLogicalDigest:
        return {"logical": digest, "exact": True}
    named = [dict(zip(("name", "type", "digest"), column)) for column in columns]
    return {"logical": digest_table(columns, table.num_rows), "exact": False, "columns": named}


def fit_table(value: Any, port: Mapping[str, Any]) -> Any:
    """An Arrow table of exactly the declared columns in order (an open port: and others after them)."""
    if not isinstance(value, Table) and not is_table_like(value):
        raise Broken(f"is {describe(value)}, not a table: return a data frame, an Arrow table, a list of dicts or a dict of lists")
    try:
        declared = {column["name"]: parse_type(column["type"]) for column in port["columns"]}
        table = to_arrow(to_data(value, declared), declared)
    except ColumnError as error:
        raise Broken(say_wanted(error, port)) from error
    except ModuleNotFoundError as error:
        message = f"a table output needs {error.name} in the module's environment: add it to its lock"
        raise TaskFailure("import-failed", message) from error
    missing = [name for name in declared if name not in table.column_names]
    if missing:
        raise Broken(f"column '{missing[0]}' is missing; there are {', '.join(table.column_names) or 'none'}")
    extra = [name for name in table.column_names if name not in declared]
    if extra and not port["open"]:
        raise Broken(f"column '{extra[0]}' is not declared{and_others(extra)}: declare it, drop it, or make the table `open: true`")
    return table.select([*declared, *extra])


def to_data(value: Any, declared: Mapping[str, Any]) -> Any:
    data = value.arrow() if isinstance(value, Table) else value
    # A list without rows cannot name its columns.
    nameless = not value.columns if isinstance(value, Table) else isinstance(data, list)
    return {name: [] for name in declared} if nameless and len(data) == 0 else data


def say_wanted(error: ColumnError, port: Mapping[str, Any]) -> str:
    wanted = next((column["type"] for column in port["columns"] if column["name"] == error.column), None)
    return str(error) if wanted is None else f"{error}, declared {wanted}"


def and_others(names: list[str]) -> str:
    return "" if len(names) == 1 else f" (nor {', '.join(repr(name) for name in names[1:])})"


# ---------------------------------------------------------------- values


def write_model(value: Any, port: Mapping[str, Any], path: str, inline: int) -> dict[str, Any]:
    sink = Sink(path, inline)
    try:
        pickle.Pickler(sink, protocol=5).dump(value)
    except MemoryError:
        raise
    except Exception as error:
        # What a class's own pickling code raises can be anything.
        raise Broken(f"cannot be pickled ({type(error).__name__}: {error})") from error
    finally:
        sink.close()
    return {"format": "pickle", **to_exact(sink.to_place())}


def to_exact(place: dict[str, Any]) -> dict[str, Any]:
    return {**place, "logical": place["digest"], "exact": True}


def write_json(value: Any, port: Mapping[str, Any], path: str, inline: int) -> dict[str, Any]:
    try:
        text = to_canonical_json(value)
    except NotJson as error:
        raise Broken(str(error)) from error
    place = to_place(text.encode("utf-8"), path, inline)
    return {"format": "json", **place, "logical": place["digest"], "exact": False}


def write_metrics(value: Any, port: Mapping[str, Any], path: str, inline: int) -> dict[str, Any]:
    if not isinstance(value, Mapping):
        raise Broken(f"is {describe(value)}, not metrics: return a dict of names and numbers")
    for name, number in value.items():
        if not isinstance(name, str) or not name:
            raise Broken(f"has a metric named {name!r}; names are text")
        try:
            to_number(name, number)
        except (TypeError, ValueError) as error:
            raise Broken(str(error)) from error
    return write_json({name: to_number(name, number) for name, number in value.items()}, port, path, inline)


# ---------------------------------------------------------------- files


def write_file(value: Any, port: Mapping[str, Any], path: str, inline: int) -> dict[str, Any]:
    source = to_source(value)
    if not stat.S_ISREG(os.stat(source).st_mode):
        raise Broken(f"{source!r} is no regular file")
    sink = Sink(path, inline)
    with open(source, "rb") as file:
        while chunk := file.read(CHUNK):
            sink.write(chunk)
    sink.close()
    return {"format": "raw", **to_exact(sink.to_place())}


def to_source(value: Any) -> str:
    if not isinstance(value, (str, os.PathLike)):
        raise Broken(f"is {describe(value)}, not a path: write the file below $TMPDIR and return its path")
    source = os.fspath(value)
    if not isinstance(source, str) or not os.path.exists(source):
        raise Broken(f"there is nothing at {source!r}")
    return source


def write_directory(value: Any, port: Mapping[str, Any], path: str, inline: int) -> dict[str, Any]:
    """Copies the folder; its manifest lists path, mode, digest and size of every file in order."""
    source = to_source(value)
    if not os.path.isdir(source):
        raise Broken(f"{source!r} is no folder")
    files: list[dict[str, Any]] = []
    copy_folder(source, path, "", files)
    manifest = to_canonical_json({"v": 1, "files": sorted(files, key=lambda file: file["path"].encode("utf-16-be"))})
    sink = Sink(path, len(manifest.encode("utf-8")))
    sink.write(manifest.encode("utf-8"))
    sink.close()
    return {"format": "manifest", "path": path, **to_exact(sink.to_place())}


def copy_folder(source: str, target: str, inside: str, files: list[dict[str, Any]]) -> None:
    os.makedirs(target)
    with os.scandir(source) as entries:
        for entry in sorted(entries, key=lambda entry: entry.name):
            path = check_path(inside + entry.name)
            if entry.is_dir(follow_symlinks=False):
                copy_folder(entry.path, os.path.join(target, entry.name), path + "/", files)
            elif entry.is_file(follow_symlinks=False):
                files.append(copy_file(entry, os.path.join(target, entry.name), path))
            else:
                raise Broken(f"{path!r} is a link or a special file; only files and folders can be stored")


def check_path(path: str) -> str:
    if path.encode("utf-8", "replace").decode() != path or unicodedata.normalize("NFC", path) != path:
        raise Broken(f"the file name {path!r} is no NFC text in UTF-8")
    return path


def copy_file(entry: os.DirEntry[str], target: str, path: str) -> dict[str, Any]:
    state = hashlib.sha256()
    with open(entry.path, "rb") as source, open(target, "wb") as copy:
        while chunk := source.read(CHUNK):
            state.update(chunk)
            copy.write(chunk)
    mode = 0o755 if entry.stat().st_mode & 0o100 else 0o644
    os.chmod(target, mode)
    return {"path": path, "mode": mode, "digest": f"sha256:{state.hexdigest()}", "size": os.path.getsize(target)}


WRITERS = {
    "table": write_table,
    "model": write_model,
    "json": write_json,
    "metrics": write_metrics,
    "file": write_file,
    "directory": write_directory,
}
