"""Logical digests against a second telling of their definition, and against all that may not matter."""

import datetime
import decimal
import hashlib
import json
import math
import struct

import pytest
from support.workplace import FIXTURES

pa = pytest.importorskip("pyarrow")

from cairn.arrowtypes import parse_type  # noqa: E402
from cairn.logical import NoLogicalDigest, digest_column, digest_table  # noqa: E402

FIXTURE = json.loads((FIXTURES / "logical.json").read_text(encoding="utf-8"))
NAN = float("nan")


def to_reference(type_text: str, values: list) -> str:
    """The definition in `cairn/logical.py`, over Python values, without Arrow."""
    text = b"cairn/column/v1\0" + type_text.encode() + b"\0" + to_values(type_text, values)
    return "sha256:" + hashlib.sha256(text).hexdigest()


def to_values(type_text: str, values: list) -> bytes:
    validity = b"\1" + bytes(value is not None for value in values) if None in values else b"\0"
    return struct.pack("<q", len(values)) + validity + to_data(type_text, values)


def to_data(type_text: str, values: list) -> bytes:
    if type_text.startswith("list<"):
        given = [value or [] for value in values]
        return to_ends([len(value) for value in given]) + to_values(type_text[5:-1], [item for value in given for item in value])
    if type_text in ("string", "binary"):
        given = [b"" if value is None else value.encode() if isinstance(value, str) else value for value in values]
        return to_ends([len(value) for value in given]) + b"".join(given)
    formats = {"int64": "q", "int32": "i", "uint8": "B", "float64": "d", "float32": "f", "bool": "B"}
    return struct.pack(f"<{len(values)}{formats[type_text]}", *[0 if value is None else value for value in values])


def to_ends(lengths: list) -> bytes:
    ends = [sum(lengths[: position + 1]) for position in range(len(lengths))]
    return struct.pack(f"<{len(ends)}q", *ends)


def digest(values: list, type_text: str) -> str:
    return digest_column(pa.chunked_array([pa.array(values, parse_type(type_text))]))


@pytest.mark.parametrize(
    ("type_text", "values"),
    [
        ("int64", [1, 2, 3]),
        ("int64", [1, None, -3]),
        ("int64", [None, None]),
        ("int64", []),
        ("int32", [1, None]),
        ("uint8", [255, 0]),
        ("float64", [0.1, -0.0, math.inf, None]),
        ("float64", [NAN, 1.0]),
        ("float32", [0.5, None, NAN]),
        ("bool", [True, False, None] * 5),
        ("string", ["a", "", None, "ü€", "a" * 1000]),
        ("string", []),
        ("binary", [b"\0", None, b"\xff"]),
        ("list<int64>", [[1, 2], [], None, [None, 3]]),
        ("list<string>", [["a"], None, ["b", None, ""]]),
    ],
)
def test_it_is_what_the_definition_says(type_text: str, values: list) -> None:
    assert digest(values, type_text) == to_reference(type_text, values)


@pytest.mark.parametrize("example", FIXTURE["columns"], ids=lambda example: example["note"])
def test_columns_of_the_fixture(example: dict) -> None:
    values = [
        {"NaN": NAN, "-0.0": -0.0}.get(value, value) if isinstance(value, str) and example["type"].startswith("float") else value
        for value in example["values"]
    ]
    assert digest(values, example["type"]) == example["digest"]


@pytest.mark.parametrize("example", FIXTURE["tables"], ids=lambda example: example["note"])
def test_tables_of_the_fixture(example: dict) -> None:
    columns = [(column["name"], column["type"], column["digest"]) for column in example["columns"]]
    assert digest_table(columns, example["rows"]) == example["logical"]


def test_chunks_offsets_and_dictionaries_do_not_matter() -> None:
    for type_text, values in [
        ("int64", [1, None, 3, 4, 5]),
        ("bool", [True, None, False, True, True]),
        ("string", ["a", None, "bb", "", "ccc"]),
        ("list<int64>", [[1], None, [], [2, 3], [4]]),
        ("float64", [NAN, None, 1.0, -0.0, 2.0]),
    ]:
        arrow_type = parse_type(type_text)
        whole = pa.array(values, arrow_type)
        padded = pa.array([*values[:2], *values, *values[:1]], arrow_type).slice(2, 5)
        for column in ([whole.slice(0, 2), whole.slice(2, 0), whole.slice(2)], [padded], [whole.slice(1, 4).slice(0, 0), whole]):
            assert digest_column(pa.chunked_array(column)) == digest(values, type_text), type_text
    strings = ["a", None, "bb", "a"]
    encoded = pa.array(strings).dictionary_encode()
    assert digest_column(pa.chunked_array([encoded])) == digest(strings, "string")
    assert digest_column(pa.chunked_array([pa.array(strings, pa.large_string())])) == digest(strings, "string")
    assert digest_column(pa.chunked_array([], pa.int64())) == digest([], "int64")


def test_what_lies_under_a_null_does_not_matter() -> None:
    validity = pa.py_buffer(b"\x05")
    hidden = pa.Array.from_buffers(pa.int64(), 3, [validity, pa.py_buffer(struct.pack("<3q", 1, 99, 3))])
    assert digest_column(pa.chunked_array([hidden])) == digest([1, None, 3], "int64")
    text = pa.Array.from_buffers(pa.string(), 3, [validity, pa.py_buffer(struct.pack("<4i", 0, 1, 3, 4)), pa.py_buffer(b"axxb")])
    assert digest_column(pa.chunked_array([text])) == digest(["a", None, "b"], "string")


def test_there_is_one_nan_and_two_zeros() -> None:
    odd = pa.Array.from_buffers(pa.float64(), 2, [None, pa.py_buffer(struct.pack("<2Q", 0xFFF8000000000001, 0x7FF0000000000001))])
    assert digest_column(pa.chunked_array([odd])) == digest([NAN, NAN], "float64")
    assert digest([0.0], "float64") != digest([-0.0], "float64")
    assert digest([NAN], "float64") != digest([None], "float64")


@pytest.mark.parametrize(
    ("type_text", "one", "other"),
    [
        ("timestamp[us]", datetime.datetime(2026, 1, 1), None),
        ("timestamp[us, tz=UTC]", datetime.datetime(2026, 1, 1, tzinfo=datetime.timezone.utc), None),
        ("date32", datetime.date(2026, 1, 1), None),
        ("date64", datetime.date(2026, 1, 1), None),
        ("time32[s]", datetime.time(1), None),
        ("time64[us]", datetime.time(1), None),
        ("duration[us]", datetime.timedelta(1), None),
        ("decimal128(5, 2)", decimal.Decimal("1.50"), None),
        ("fixed_size_binary[2]", b"ab", None),
        ("float16", 1.5, None),
        ("struct<a: int64, b: string>", {"a": 1, "b": None}, None),
    ],
)
def test_every_type_tells_values_apart(type_text: str, one: object, other: object) -> None:
    digests = {digest(values, type_text) for values in ([one], [other], [one, other], [other, one], [one, one], [])}
    assert len(digests) == 6


def test_the_type_counts() -> None:
    assert len({digest([1], name) for name in ("int8", "int16", "int32", "int64", "uint64", "float64")}) == 6


def test_what_has_no_canonical_form_is_refused() -> None:
    column = pa.chunked_array([pa.array([[("a", 1)]], pa.map_(pa.string(), pa.int64()))])
    with pytest.raises(NoLogicalDigest):
        digest_column(column)
