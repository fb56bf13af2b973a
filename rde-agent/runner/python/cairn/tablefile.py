"""A stored table of which only some columns are seen."""

from __future__ import annotations

from typing import Any


class MissingColumn(ValueError):
    """A declared column that the stored table does not have."""


class TableFile:
    """Parquet in a file or in memory, with the columns to read (None: all of them) in their order."""

    def __init__(self, source: str | bytes, columns: list[str] | None) -> None:
        self._source = source
        self._columns = columns
        self._opened: Any = None

    @property
    def path(self) -> str | None:
        """The file, where it is one and nothing of it is left out."""
        complete = self._columns is None or self._columns == self.open().schema_arrow.names
        return self._source if isinstance(self._source, str) and complete else None

    def open(self) -> Any:
        """The footer only. Raises MissingColumn, OSError, pyarrow.ArrowInvalid."""
        if self._opened is None:
            import pyarrow as pa
            import pyarrow.parquet as pq

            source = self._source if isinstance(self._source, str) else pa.BufferReader(self._source)
            opened = pq.ParquetFile(source)
            there = opened.schema_arrow.names
            missing = [name for name in self._columns or [] if name not in there]
            if missing:
                raise MissingColumn(f"column {missing[0]!r} is missing; there are {', '.join(there) or 'none'}")
            self._opened = opened
        return self._opened

    def columns(self) -> list[str]:
        return list(self.open().schema_arrow.names) if self._columns is None else list(self._columns)

    def rows(self) -> int:
        return int(self.open().metadata.num_rows)

    def read(self) -> Any:
        """The table of exactly the columns, in order; nothing else is taken from the file."""
        opened = self.open()
        if self._columns is None:
            return opened.read()
        if not self._columns:
            return opened.read(columns=[])
        # The file's order and columns nested under a like-named one are undone by the selection.
        return opened.read(columns=self._columns).select(self._columns)
