"""Profiles of tables: rows, nulls, least, greatest and distinct values, as JSON that every reader takes."""

import datetime
import decimal
import json
import math

import pytest

pa = pytest.importorskip("pyarrow")

from cairn.profile import profile_column, profile_table  # noqa: E402


def look(values: list, kind: object = None) -> tuple:
    profile = profile_column("a", pa.chunked_array([pa.array(values, kind)]))
    json.dumps(profile, allow_nan=False)
    return profile["nulls"], profile["min"], profile["max"], profile["distinct"]


def test_rows_and_columns_in_order() -> None:
    table = pa.table({"b": [1, None, 1], "a": ["x", "y", "x"]})
    assert profile_table(table) == {
        "rows": 3,
        "columns": [
            {"name": "b", "type": "int64", "nulls": 1, "min": 1, "max": 1, "distinct": 1},
            {"name": "a", "type": "string", "nulls": 0, "min": "x", "max": "y", "distinct": 2},
        ],
    }


@pytest.mark.parametrize(
    ("values", "kind", "expected"),
    [
        ([], pa.int64(), (0, None, None, 0)),
        ([None, None], pa.string(), (2, None, None, 0)),
        ([True, False, None], None, (1, False, True, 2)),
        ([2**63 - 1, -(2**63)], None, (0, str(-(2**63)), str(2**63 - 1), 2)),
        ([0.5, math.nan, math.inf], None, (0, 0.5, "inf", 3)),
        ([decimal.Decimal("1.10"), decimal.Decimal("-2.05")], None, (0, "-2.05", "1.10", 2)),
        ([b"\x00", b"\xff"], None, (0, "00", "ff", 2)),
        ([datetime.date(2013, 1, 1), datetime.date(2013, 12, 31)], None, (0, "2013-01-01", "2013-12-31", 2)),
        ([[1], [1, 2], None], None, (1, None, None, None)),
        ([None], pa.null(), (1, None, None, None)),
    ],
)
def test_values_of_every_kind(values: list, kind: object, expected: tuple) -> None:
    assert look(values, kind) == expected


def test_times_keep_their_precision_and_say_their_zone() -> None:
    assert look([1, 1_000_000_001], pa.timestamp("ns", tz="Australia/Sydney"))[1:3] == (
        "1970-01-01T00:00:00.000000001Z",
        "1970-01-01T00:00:01.000000001Z",
    )
    assert look([1], pa.timestamp("ms"))[1] == "1970-01-01T00:00:00.001"
    assert look([1_000_001], pa.time64("us"))[1] == "00:00:01.000001"


def test_long_text_is_cut() -> None:
    assert look(["x" * 1000])[1] == "x" * 199 + "…"
