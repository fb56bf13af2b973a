"""Fetched datasets: what is read of each format, and what is refused by name of column, expected and found type."""

import json
from pathlib import Path

import pytest
from support.runner_agent import Agent

pa = pytest.importorskip("pyarrow")
pq = pytest.importorskip("pyarrow.parquet")

from cairn import source  # noqa: E402
from cairn.failure import TaskFailure  # noqa: E402

FLIGHTS = pa.table({"carrier": ["UA", None, "NA"], "delay": [1.5, -0.0, None], "day": pa.array([1, 2, 3], pa.int32())})
DECLARED = {"carrier": "string", "delay": "float64", "day": "int64"}


def declare(columns: dict) -> list:
    return [{"name": name, "type": kind} for name, kind in columns.items()]


def read(path: Path, kind: str, columns: dict, types: dict | None = None, is_open: bool = False) -> list:
    return source.read(path, kind, declare(columns), types, is_open).to_pylist()


def refuse(path: Path, kind: str, columns: dict, types: dict | None = None) -> str:
    with pytest.raises(TaskFailure) as caught:
        read(path, kind, columns, types)
    assert caught.value.code == "schema-mismatch"
    return caught.value.message.partition(": correct ")[0]


def write(folder: Path, text: str) -> Path:
    path = folder / "content"
    path.write_text(text, encoding="utf-8")
    return path


def stored(folder: Path, kind: str) -> Path:
    path = folder / "content"
    if kind == "parquet":
        pq.write_table(FLIGHTS, path)
    elif kind in ("arrow file", "arrow stream"):
        make = pa.ipc.new_file if kind == "arrow file" else pa.ipc.new_stream
        with make(str(path), FLIGHTS.schema) as writer:
            writer.write_table(FLIGHTS)
    elif kind == "json lines":
        path.write_text("".join(json.dumps(row) + "\n" for row in FLIGHTS.to_pylist()))
    elif kind == "json array":
        path.write_text(json.dumps(FLIGHTS.to_pylist(), indent=1))
    else:
        path.write_text("carrier,delay,day\nUA,1.5,1\n,-0.0,2\nNA,NA,3\n")
    return path


@pytest.mark.parametrize("kind", ["parquet", "arrow file", "arrow stream", "csv", "json lines", "json array"])
def test_every_format_gives_the_same_table(tmp_path: Path, kind: str) -> None:
    path = stored(tmp_path, kind)
    table = source.read(path, kind.split()[0], declare(DECLARED))
    assert table.to_pylist() == FLIGHTS.to_pylist()
    assert [str(field.type) for field in table.schema] == ["string", "double", "int64"]


@pytest.mark.parametrize("kind", ["parquet", "arrow file", "csv", "json lines", "json array"])
def test_the_order_is_the_declared_one(tmp_path: Path, kind: str) -> None:
    path = stored(tmp_path, kind)
    columns = dict(reversed(DECLARED.items()))
    assert source.read(path, kind.split()[0], declare(columns)).column_names == ["day", "delay", "carrier"]


@pytest.mark.parametrize("kind", ["parquet", "arrow stream", "csv", "json lines", "json array"])
def test_a_missing_column_is_named_with_those_found(tmp_path: Path, kind: str) -> None:
    message = refuse(stored(tmp_path, kind), kind.split()[0], {**DECLARED, "tail": "string"})
    assert message == "column 'tail' is missing; found carrier, delay, day"


@pytest.mark.parametrize("kind", ["parquet", "arrow file", "csv", "json lines", "json array"])
def test_a_column_that_nobody_declared_is_refused_unless_open(tmp_path: Path, kind: str) -> None:
    path = stored(tmp_path, kind)
    assert refuse(path, kind.split()[0], {"carrier": "string", "delay": "float64"}) == "column 'day' is not declared"
    assert read(path, kind.split()[0], {"carrier": "string"}, is_open=True)[0].keys() == {"carrier", "delay", "day"}


@pytest.mark.parametrize(
    ("kind", "found"),
    [
        ("parquet", "double"),
        ("arrow file", "double"),
        ("csv", "invalid value '1.5'"),
        ("json lines", "JSON parse error: Column(/delay) changed from number to"),
        ("json array", "float64"),
    ],
)
def test_a_type_that_cannot_hold_the_values_is_named(tmp_path: Path, kind: str, found: str) -> None:
    message = refuse(stored(tmp_path, kind), kind.split()[0], {**DECLARED, "delay": "int64"})
    assert message.startswith("column 'delay': expected int64, found "), message


def test_a_cast_that_loses_nothing_is_made_and_another_refused(tmp_path: Path) -> None:
    path = tmp_path / "content"
    pq.write_table(pa.table({"a": [1, 2, 300]}), path)
    assert read(path, "parquet", {"a": "int16"}) == [{"a": 1}, {"a": 2}, {"a": 300}]
    assert "column 'a': expected int8, found int64 with values that do not fit" in refuse(path, "parquet", {"a": "int8"})
    assert refuse(path, "parquet", {"a": "string"}) == "column 'a': expected string, found int64"


def test_empty_text_is_told_from_none_in_csv(tmp_path: Path) -> None:
    path = write(tmp_path, 'a,b,n\n"",NA,1\n,"two\nlines",\nx,"q""q",null\n')
    assert read(path, "csv", {"a": "string", "b": "string", "n": "int8"}) == [
        {"a": "", "b": "NA", "n": 1},
        {"a": None, "b": "two\nlines", "n": None},
        {"a": "x", "b": 'q"q', "n": None},
    ]


def test_told_types_decide_how_csv_is_read_and_are_cast_to_the_declared_ones(tmp_path: Path) -> None:
    path = write(tmp_path, "i,n,b,t,x\n7,NaN,t,2020-01-02 03:04:05.000006+00,\\x00ff\n,,f,,\n")
    types = {"i": "int32", "n": "float64", "b": "bool", "t": "timestamp[us, tz=UTC]", "x": "binary"}
    columns = {"i": "int64", "n": "float64", "b": "bool", "t": "timestamp[us, tz=UTC]", "x": "binary"}
    first, second = read(path, "csv", columns, types)
    assert first["i"] == 7 and first["n"] != first["n"] and first["b"] is True and first["x"] == b"\x00\xff"
    assert first["t"].isoformat() == "2020-01-02T03:04:05.000006+00:00"
    assert second == {"i": None, "n": None, "b": False, "t": None, "x": None}
    assert refuse(path, "csv", {**columns, "i": "string"}, types) == "column 'i': expected string, found int32"


@pytest.mark.parametrize(
    ("kind", "text", "message"),
    [
        ("csv", "", "the file is empty: it has no header that names the columns"),
        ("csv", "a,a\n1,2\n", "column 'a' is there twice"),
        ("parquet", "no parquet", "it is no Parquet file ("),
        ("arrow", "no arrow at all", "it is neither an Arrow file nor an Arrow stream ("),
        ("json", '{"a": 1}\n{"a": \n', "line 2 is no JSON ("),
        ("json", "[1, 2]", "row 0 is no object but int"),
        ("json", "[{", "it is no JSON ("),
        ("json", '{"a": 1}\n{"a": "x"}\n', "column 'a': expected int64, found other values ("),
    ],
)
def test_what_is_not_of_its_format_says_so(tmp_path: Path, kind: str, text: str, message: str) -> None:
    assert refuse(write(tmp_path, text), kind, {"a": "int64"}).startswith(message)


def test_times_are_text_in_json_and_missing_members_are_none(tmp_path: Path) -> None:
    text = '{"t": "2020-01-02T03:04:05Z", "day": "2020-01-02"}\n{"day": null}\n'
    columns = {"t": "timestamp[us, tz=UTC]", "day": "date32"}
    lines = read(write(tmp_path, text), "json", columns)
    array = read(write(tmp_path, "[" + ",".join(text.splitlines()) + "]"), "json", columns)
    assert lines == array
    assert str(lines[0]["t"]) == "2020-01-02 03:04:05+00:00" and lines[1] == {"t": None, "day": None}


def test_no_rows_are_a_table_too(tmp_path: Path) -> None:
    assert read(write(tmp_path, "a,b\n"), "csv", {"a": "int64", "b": "string"}) == []
    assert read(write(tmp_path, "[]"), "json", {"a": "int64"}) == []
    assert read(write(tmp_path, ""), "json", {"a": "int64"}) == []


def test_a_worker_reads_a_fetched_dataset_and_profiles_it(tmp_path: Path) -> None:
    path = stored(tmp_path, "csv")
    output = {"name": "data", "type": {"kind": "table", "columns": declare(DECLARED), "open": False}, "profile": True}
    changes = {"entry": {"file": "cairn/source.py", "function": "read"}, "outputs": [output]}
    given = {"path": str(path), "format": "csv"}
    with Agent() as agent:
        (data,) = agent.spawn().run(agent.place.context({}, source=given, **changes))["outputs"]
        refused = agent.spawn().run(agent.place.context({}, source={**given, "format": "parquet"}, **changes))
    assert data["rows"] == 3 and [column["name"] for column in data["columns"]] == list(DECLARED)
    assert data["profile"]["columns"][1] == {"name": "delay", "type": "float64", "nulls": 1, "min": -0.0, "max": 1.5, "distinct": 2}
    assert refused["code"] == "schema-mismatch"
