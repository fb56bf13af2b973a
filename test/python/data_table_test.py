"""Tables in every form: what is read, what is accepted, which casts are safe, and what the messages name."""

import datetime
import decimal
import subprocess
import sys
from pathlib import Path

import pytest
import support

np = pytest.importorskip("numpy")
pd = pytest.importorskip("pandas")
pa = pytest.importorskip("pyarrow")
pq = pytest.importorskip("pyarrow.parquet")
pl = pytest.importorskip("polars")

from cairn import Table  # noqa: E402
from cairn.convert import ColumnError, to_arrow  # noqa: E402
from cairn.failure import TaskFailure  # noqa: E402
from cairn.forms import Form  # noqa: E402
from cairn.inputs import read_input  # noqa: E402
from cairn.outputs import write_outputs  # noqa: E402
from cairn.tablefile import TableFile  # noqa: E402

PLAIN = {"a": [1, 2], "b": ["x", None]}


def declare(columns: dict, is_open: bool = False) -> list:
    listed = [{"name": name, "type": kind} for name, kind in columns.items()]
    return [{"name": "out", "type": {"kind": "table", "columns": listed, "open": is_open}}]


def write(value: object, columns: dict, folder: Path, is_open: bool = False, inline: int = 65_536) -> dict:
    return write_outputs({"out": value}, declare(columns, is_open), str(folder), inline)[0]


def refuse(value: object, columns: dict, folder: Path, is_open: bool = False) -> str:
    with pytest.raises(TaskFailure) as caught:
        write(value, columns, folder, is_open)
    assert caught.value.code == "output-wrong"
    assert caught.value.message.startswith("output 'out': "), caught.value.message
    return caught.value.message


def read_back(output: dict) -> object:
    import base64

    source = pa.BufferReader(base64.b64decode(output["data"])) if "data" in output else output["path"]
    return pq.read_table(source)


# ---------------------------------------------------------------- reading


@pytest.fixture
def stored(tmp_path: Path) -> Path:
    path = tmp_path / "stored"
    pq.write_table(pa.table({"a": [1, 2, 3], "secret": ["s", "e", "c"], "b": [0.5, None, 1.5]}), path)
    return path


def give(path: Path, columns: object, kind: str = "default", scratch: str = "/tmp") -> object:
    value = {"kind": "file", "path": str(path), "format": "parquet", "columns": columns}
    return read_input("flights", value, Form(kind), scratch)


def test_only_declared_columns_arrive_in_their_order(stored: Path) -> None:
    table = give(stored, ["b", "a"])
    assert isinstance(table, Table)
    assert table.columns == ["b", "a"]
    assert len(table) == 3
    assert table.arrow().column_names == ["b", "a"]
    assert list(table.pandas().columns) == ["b", "a"]
    assert table.polars().columns == ["b", "a"]
    assert table.rows()[0] == {"b": 0.5, "a": 1}
    assert [row["a"] for row in table] == [1, 2, 3]
    assert "secret" not in repr(table)


def test_nothing_but_the_declared_is_read_from_the_file(stored: Path) -> None:
    """The bytes of the other column are destroyed: whoever touched them would fail."""
    metadata = pq.ParquetFile(stored).metadata.row_group(0).column(1)
    assert metadata.path_in_schema == "secret"
    start = metadata.dictionary_page_offset or metadata.data_page_offset
    data = bytearray(stored.read_bytes())
    data[start : start + metadata.total_compressed_size] = b"\xff" * metadata.total_compressed_size
    stored.write_bytes(data)
    assert give(stored, ["a", "b"]).arrow().num_rows == 3
    with pytest.raises((OSError, pa.ArrowException)):
        give(stored, ["secret"]).arrow()


def test_a_projection_to_no_columns_keeps_the_rows(stored: Path) -> None:
    assert len(give(stored, [])) == 3


def test_nothing_is_read_before_it_is_asked_for(stored: Path) -> None:
    table = give(stored, ["a"])
    assert (table._arrow, len(table), table.columns, table._arrow) == (None, 3, ["a"], None)


@pytest.mark.parametrize(
    ("kind", "wanted"),
    [("pandas", "DataFrame"), ("polars", "DataFrame"), ("arrow", "Table"), ("list", "list"), ("dict", "dict"), ("table", "Table")],
)
def test_the_form_follows_the_annotation(stored: Path, kind: str, wanted: str) -> None:
    value = give(stored, ["a"], kind)
    assert type(value).__name__ == wanted
    if kind == "list":
        assert value == [{"a": 1}, {"a": 2}, {"a": 3}]
    if kind == "dict":
        assert value == {"a": [1, 2, 3]}


def test_a_path_shows_only_the_declared_columns(stored: Path, tmp_path: Path) -> None:
    assert give(stored, None, "path") == stored
    assert give(stored, ["a", "secret", "b"], "path") == stored
    projected = give(stored, ["a"], "path", str(tmp_path))
    assert pq.read_table(projected).column_names == ["a"]


def test_lists_of_tables_have_the_form_of_their_elements(stored: Path) -> None:
    item = {"kind": "file", "path": str(stored), "format": "parquet", "columns": ["a"]}
    frames = read_input("all", {"kind": "list", "items": [item, item]}, Form("list", Form("pandas")), "/tmp")
    assert [type(frame).__name__ for frame in frames] == ["DataFrame", "DataFrame"]


@pytest.mark.parametrize(
    ("spoil", "message"),
    [
        (lambda path: path.unlink(), "cannot be read as parquet: FileNotFoundError"),
        (lambda path: path.write_bytes(b"PAR1 nonsense"), "cannot be read as parquet: ArrowInvalid"),
        (lambda path: path.write_bytes(b""), "cannot be read as parquet: ArrowInvalid"),
    ],
)
def test_an_unreadable_input_names_its_port(stored: Path, spoil: object, message: str) -> None:
    spoil(stored)
    with pytest.raises(TaskFailure) as caught:
        give(stored, ["a"])
    assert caught.value.code == "input-unreadable"
    assert caught.value.message.startswith("input 'flights' ")
    assert message in caught.value.message


def test_a_missing_column_of_an_input_is_named(stored: Path) -> None:
    with pytest.raises(TaskFailure) as caught:
        give(stored, ["a", "gone"])
    assert (caught.value.code, caught.value.message) == (
        "input-unreadable",
        "input 'flights': column 'gone' is missing; there are a, secret, b",
    )


# ---------------------------------------------------------------- making


@pytest.mark.parametrize(
    "data",
    [
        pd.DataFrame(PLAIN),
        pa.table(PLAIN),
        pa.RecordBatch.from_pydict(PLAIN),
        pl.DataFrame(PLAIN),
        pl.DataFrame(PLAIN).lazy(),
        PLAIN,
        {"a": np.array([1, 2]), "b": pd.Series(["x", None])},
        {"a": pl.Series([1, 2]), "b": ("x", None)},
        [{"a": 1, "b": "x"}, {"a": 2, "b": None}],
        Table(pd.DataFrame(PLAIN)),
    ],
    ids=lambda data: type(data).__module__.partition(".")[0] + "." + type(data).__name__,
)
def test_every_kind_of_table_gives_the_same(data: object, tmp_path: Path) -> None:
    output = write(data, {"a": "int64", "b": "string"}, tmp_path)
    expected = write(pa.table(PLAIN), {"a": "int64", "b": "string"}, tmp_path)
    assert output == expected
    assert output["rows"] == 2
    assert [(column["name"], column["type"]) for column in output["columns"]] == [("a", "int64"), ("b", "string")]
    assert Table(data).rows() == [{"a": 1, "b": "x"}, {"a": 2, "b": None}]


def test_bytes_and_digests_do_not_depend_on_memory(tmp_path: Path) -> None:
    columns = {"a": "int64", "b": "string"}
    whole = pa.table({"a": list(range(1000)), "b": [f"n{number % 7}" for number in range(1000)]})
    chunked = pa.concat_tables([whole.slice(0, 10), whole.slice(10)])
    encoded = whole.set_column(1, "b", whole["b"].dictionary_encode())
    noted = whole.replace_schema_metadata({"who": "me"})
    categories = whole.to_pandas().astype({"b": "category"})
    outputs = [write(one, columns, tmp_path) for one in (whole, chunked, encoded, noted, categories)]
    assert len({output["logical"] for output in outputs}) == 1
    assert len({output["digest"] for output in outputs}) == 1


def test_a_large_table_goes_by_file(tmp_path: Path) -> None:
    table = pa.table({"a": np.random.default_rng(0).integers(0, 1 << 60, 50_000)})
    output = write(table, {"a": "int64"}, tmp_path)
    assert Path(output["path"]).parent == tmp_path
    assert Path(output["path"]).stat().st_size == output["bytes"]
    assert read_back(output).equals(table)


SAFE = [
    ("int32 to int64", pa.array([1, None], pa.int32()), "int64"),
    ("int64 to int8 that fits", pa.array([1, -128]), "int8"),
    ("int to float", pa.array([1, 2]), "float64"),
    ("float to int, exact", pa.array([1.0, None, -3.0]), "int64"),
    ("float32 to float64", pa.array([0.1, float("nan")], pa.float32()), "float64"),
    ("float64 to float32, exact", pa.array([0.5, float("nan"), None]), "float32"),
    ("nothing but nulls", pa.nulls(3), "string"),
    ("large strings", pa.array(["a"], pa.large_string()), "string"),
    ("categories", pa.array(["a", None]).dictionary_encode(), "string"),
    ("seconds to microseconds", pa.array([1], pa.timestamp("s")), "timestamp[us]"),
    ("nanoseconds that are whole", pa.array([1000], pa.timestamp("ns")), "timestamp[us]"),
    ("dates to timestamps", pa.array([datetime.date(2026, 1, 1)]), "timestamp[us]"),
    ("midnights to dates", pa.array([datetime.datetime(2026, 1, 1)]), "date32"),
    ("zone to zone", pa.array([1], pa.timestamp("us", "Europe/Berlin")), "timestamp[us, tz=UTC]"),
    ("int to decimal", pa.array([1]), "decimal128(21, 2)"),
    ("list items", pa.array([[1], None], pa.list_(pa.int32())), "list<int64>"),
    ("binary", pa.array([b"a"], pa.large_binary()), "binary"),
]


@pytest.mark.parametrize(("values", "wanted"), [case[1:] for case in SAFE], ids=[case[0] for case in SAFE])
def test_casts_that_lose_nothing(values: object, wanted: str, tmp_path: Path) -> None:
    output = write(pa.table({"a": values}), {"a": wanted}, tmp_path)
    assert output["columns"][0]["type"] == wanted.replace("decimal128(21,2)", "decimal128(21, 2)")
    assert read_back(output)["a"].null_count == values.null_count


UNSAFE = [
    ("int to string", pa.array([1]), "string", "is int64"),
    ("string to int", pa.array(["1"]), "int64", "is string"),
    ("float to int", pa.array([1.5]), "int64", "is float64 with values that do not fit"),
    ("nan to int", pa.array([float("nan")]), "int64", "is float64 with values that"),
    ("too large", pa.array([300]), "int8", "is int64 with values that do not fit"),
    ("negative", pa.array([-1]), "uint64", "is int64 with values that do not fit"),
    ("float64 to float32", pa.array([0.1]), "float32", "is float64 with values that would be changed"),
    ("large int to float", pa.array([2**53 + 1]), "float64", "is int64 with values that"),
    ("bool to int", pa.array([True]), "int64", "is bool"),
    ("int to bool", pa.array([1]), "bool", "is int64"),
    ("a moment to a date", pa.array([datetime.datetime(2026, 1, 1, 1)]), "date32", "is timestamp[us] with values that"),
    ("nanoseconds", pa.array([1], pa.timestamp("ns")), "timestamp[us]", "is timestamp[ns] with values that"),
    ("no zone to a zone", pa.array([1], pa.timestamp("us")), "timestamp[us, tz=UTC]", "is timestamp[us]"),
    ("zone to none", pa.array([1], pa.timestamp("us", "UTC")), "timestamp[us]", "is timestamp[us, tz=UTC]"),
    ("int to timestamp", pa.array([1]), "timestamp[us]", "is int64"),
    ("string to binary", pa.array(["a"]), "binary", "is string"),
    ("decimals", pa.array([decimal.Decimal("1.25")]), "decimal128(5, 1)", "is decimal128(3, 2) with values that do not fit"),
    ("list items", pa.array([["a"]]), "list<int64>", "is list<string>"),
]


@pytest.mark.parametrize(("values", "wanted", "message"), [case[1:] for case in UNSAFE], ids=[case[0] for case in UNSAFE])
def test_casts_that_lose_something_are_refused(values: object, wanted: str, message: str, tmp_path: Path) -> None:
    said = refuse(pa.table({"fine": values, "a": values}), {"fine": str(values.type), "a": wanted}, tmp_path)
    assert f"column 'a' {message}" in said
    assert said.endswith(f"declared {wanted}")
    assert not list(tmp_path.iterdir())


def test_plain_values_are_not_rounded(tmp_path: Path) -> None:
    assert "column 'a' is float64" in refuse({"a": [1, 2.5]}, {"a": "int64"}, tmp_path)
    assert "column 'a' is bool" in refuse({"a": [True]}, {"a": "int64"}, tmp_path)
    assert "column 'a'" in refuse({"a": [2**53 + 1, 2**70]}, {"a": "float64"}, tmp_path)
    assert write({"a": [2**63 + 1]}, {"a": "uint64"}, tmp_path)["rows"] == 1
    assert write({"a": [1, 2.5]}, {"a": "float64"}, tmp_path)["rows"] == 2


@pytest.mark.parametrize(
    ("value", "is_open", "message"),
    [
        ({"a": [1]}, False, "column 'b' is missing; there are a"),
        ({}, False, "column 'a' is missing; there are none"),
        ({"a": [1], "b": ["x"], "c": [1], "d": [2]}, False, "column 'c' is not declared (nor 'd')"),
        ({"a": [1, 2], "b": ["x"]}, False, "its columns have different lengths: a 2, b 1"),
        ({"a": [1, "x"], "b": ["x", "y"]}, False, "column 'a' holds values that Arrow cannot take as one type"),
        ({"a": 1, "b": ["x"]}, False, "column 'a' is int, not a list of values"),
        ({"a": "text", "b": ["x"]}, False, "column 'a' is str, not a list of values"),
        ({1: [1]}, False, "a column is named 1 (int)"),
        ([{"a": 1, "b": "x"}, {"a": 2}], False, "column 'b' is not in every row: row 1 and row 0 differ"),
        ([1, 2], False, "is list, not a table"),
        ("text", False, "is str, not a table"),
        (np.zeros((2, 2)), False, "is numpy.ndarray, not a table"),
        (pd.Series([1]), False, "is pandas.Series, not a table"),
        ({"a": np.zeros((2, 2)), "b": ["x", "y"]}, False, "column 'a'"),
        (
            pd.DataFrame({"a": [1, 2], "b": ["x", "y"]}, index=["first", "second"]),
            False,
            "an index of its own, which is no column: keep it by .reset_index()",
        ),
        (pd.DataFrame({"a": [1], "b": ["x"]}).set_index("a"), False, "the index 'a'"),
        (pd.DataFrame([[1, 2]], columns=["a", "a"]), False, "column 'a' is there twice"),
        (pd.DataFrame({"a": [1], "b": [object()]}), False, "column 'b' holds values that Arrow cannot take"),
        (pa.table([[1], [2]], names=["a", "a"]), False, "column 'a' is there twice"),
    ],
)
def test_what_is_wrong_is_named(value: object, is_open: bool, message: str, tmp_path: Path) -> None:
    assert message in refuse(value, {"a": "int64", "b": "string"}, tmp_path, is_open)


def test_an_open_table_keeps_more_columns_after_the_declared(tmp_path: Path) -> None:
    output = write(pd.DataFrame({"x": [1], "a": [2], "y": pd.Categorical(["c"])}), {"a": "int64"}, tmp_path, is_open=True)
    assert [(column["name"], column["type"]) for column in output["columns"]] == [("a", "int64"), ("x", "int64"), ("y", "string")]


def test_a_table_without_a_logical_digest_says_so(tmp_path: Path) -> None:
    output = write(
        pa.table({"a": [1], "m": pa.array([[("k", 1)]], pa.map_(pa.string(), pa.int64()))}), {"a": "int64"}, tmp_path, is_open=True
    )
    assert (output["exact"], output["logical"], "columns" in output) == (True, output["digest"], False)


def test_no_rows_is_a_table(tmp_path: Path) -> None:
    columns = {"a": "int64", "b": "timestamp[us]"}
    outputs = [write(one, columns, tmp_path) for one in ([], {"a": [], "b": []}, pd.DataFrame({"a": [], "b": []}), Table([]))]
    assert {output["logical"] for output in outputs} == {outputs[0]["logical"]}
    assert read_back(outputs[0]).schema.types == [pa.int64(), pa.timestamp("us")]


def test_a_range_index_is_no_column(tmp_path: Path) -> None:
    frame = pd.DataFrame({"a": [1, 2, 3]})
    assert write(frame.iloc[1:], {"a": "int64"}, tmp_path)["rows"] == 2


def test_a_named_output_with_another_name_is_missing(tmp_path: Path) -> None:
    with pytest.raises(TaskFailure) as caught:
        write_outputs({"feature": pd.DataFrame({"a": [1]})}, declare({"a": "int64"}), str(tmp_path), 10)
    assert caught.value.code == "output-missing"


def test_pandas_missing_values_are_null(tmp_path: Path) -> None:
    frame = pd.DataFrame({"a": [1.0, None], "b": ["x", None], "c": [pd.Timestamp("2026-01-01"), pd.NaT]})
    output = write(frame, {"a": "int64", "b": "string", "c": "timestamp[us]"}, tmp_path)
    assert [column.null_count for column in read_back(output).columns] == [1, 1, 1]


def test_what_a_method_answers_can_be_changed_without_harm() -> None:
    table = Table(pa.table({"a": [1, 2]}))
    frame = table.pandas()
    frame.loc[0, "a"] = 99
    assert table.rows() == [{"a": 1}, {"a": 2}]


def test_errors_of_a_table_name_the_column_without_a_task() -> None:
    with pytest.raises(ColumnError, match="column 'a' holds values"):
        Table({"a": [1, "x"]}).arrow()
    with pytest.raises(ColumnError):
        to_arrow({"a": [1], "b": [1, 2]})


def test_a_file_knows_its_rows_without_reading(stored: Path) -> None:
    file = TableFile(str(stored), ["a"])
    assert (file.rows(), file.columns()) == (3, ["a"])


def test_arrow_alone_does_not_bring_pandas(stored: Path, tmp_path: Path) -> None:
    """Importing pandas takes longer than most tasks, and pyarrow does it on many a harmless call."""
    code = f"""
import sys
sys.path.insert(0, {str(support.RUNNER)!r})
from cairn.forms import Form
from cairn.inputs import read_input
from cairn.outputs import write_outputs
value = {{"kind": "file", "path": {str(stored)!r}, "format": "parquet", "columns": None}}
table = read_input("t", value, Form("arrow"), "/tmp")
columns = [{{"name": n, "type": t}} for n, t in (("a", "float64"), ("secret", "string"), ("b", "float64"))]
write_outputs(table, [{{"name": "o", "type": {{"kind": "table", "columns": columns, "open": False}}}}], {str(tmp_path)!r}, 9999)
print("pandas" in sys.modules)
"""
    told = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert told.stdout.strip() == "False"


@pytest.mark.parametrize(
    "change",
    [
        lambda frame: frame[frame.a != 3],
        lambda frame: frame.sort_values("a", ascending=False),
        lambda frame: pd.concat([frame, frame]),
        lambda frame: frame.drop(index=[0, 2]),
    ],
)
def test_left_over_row_numbers_of_pandas_go(change: object, tmp_path: Path) -> None:
    frame = change(pd.DataFrame({"a": [1, 2, 3, 4], "b": ["x", "y", "z", "u"]}))
    written = read_back(write(frame, {"a": "int64", "b": "string"}, tmp_path))
    assert written.to_pydict() == {"a": frame.a.tolist(), "b": frame.b.tolist()}
