"""`Table`: the rows of a table port, in whatever form the code likes to work with."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from cairn.convert import is_rows, is_table_like, to_arrow
from cairn.tablefile import TableFile

if TYPE_CHECKING:
    import pandas
    import polars
    import pyarrow


class Table:
    """
    A table that is read when it is first asked for; only the columns that the module declares are read at all.

    Also a way to return one: `Table(data)` takes a pandas or polars data frame, an Arrow table, a list of dicts or a dict of lists.
    Every method answers a copy or something immutable, so that nothing done to it changes the table.
    """

    def __init__(self, data: object) -> None:
        """Raises TypeError for what is no table. Values are looked at when they are needed."""
        if not isinstance(data, (Table, TableFile)) and not is_table_like(data):
            raise TypeError(
                f"a Table is made of a data frame, an Arrow table, a list of dicts or a dict of lists, not of {type(data).__name__}"
            )
        self._data = data._data if isinstance(data, Table) else data
        self._arrow: Any = data._arrow if isinstance(data, Table) else None

    @property
    def columns(self) -> list[str]:
        """Names in order, without reading a value of a stored table."""
        if isinstance(self._data, TableFile) and self._arrow is None:
            return self._data.columns()
        return list(self.arrow().column_names)

    def __len__(self) -> int:
        if isinstance(self._data, TableFile) and self._arrow is None:
            return self._data.rows()
        return len(self._data) if is_rows(self._data) else int(self.arrow().num_rows)  # type: ignore[arg-type]

    def __iter__(self) -> Iterator[dict[str, Any]]:
        """Row by row."""
        return iter(self.rows())

    def __repr__(self) -> str:
        return f"Table({len(self)} rows: {', '.join(self.columns)})"

    def arrow(self) -> pyarrow.Table:
        if self._arrow is None:
            self._arrow = self._data.read() if isinstance(self._data, TableFile) else to_arrow(self._data)
        return self._arrow

    def pandas(self) -> pandas.DataFrame:
        return self.arrow().to_pandas()

    def polars(self) -> polars.DataFrame:
        import polars

        frame = polars.from_arrow(self.arrow())
        assert isinstance(frame, polars.DataFrame)
        return frame

    def rows(self) -> list[dict[str, Any]]:
        """A list of dicts, by column name."""
        if is_rows(self._data):
            return [dict(row) for row in self._data]  # type: ignore[attr-defined]
        return self.arrow().to_pylist()
