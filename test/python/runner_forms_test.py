"""What an annotation asks for, also as text and for what is not installed."""

import pathlib
import types
import typing
import unittest
from typing import Annotated, Any, Optional

import support  # noqa: F401  (makes cairn importable)

from cairn import Table
from cairn.forms import DEFAULT, Form, read_signature, to_form


def make_class(module: str, name: str) -> type:
    return type(name, (), {"__module__": module})


FRAME = make_class("pandas.core.frame", "DataFrame")
POLARS = make_class("polars.dataframe.frame", "DataFrame")
ARROW = make_class("pyarrow.lib", "Table")
PANDAS = types.ModuleType("pandas")
PANDAS.DataFrame = FRAME
# The older spelling, as modules still write it.
OPTIONAL_FRAME = Optional[FRAME]  # noqa: UP045
OPTIONAL_LIST = Optional[list[FRAME]]  # noqa: UP045
NAMES = {"pd": PANDAS, "Frame": FRAME, "Table": Table, "Path": pathlib.Path, "Alias": list[FRAME], "typing": typing, "text": "pd.DataFrame"}


class Forms(unittest.TestCase):
    def test_objects(self) -> None:
        for annotation, kind in [
            (FRAME, "pandas"),
            (POLARS, "polars"),
            (ARROW, "arrow"),
            (Table, "table"),
            (list, "list"),
            (dict, "dict"),
            (dict[str, list], "dict"),
            (pathlib.Path, "path"),
            (pathlib.PurePosixPath, "path"),
            (float, "float"),
            (OPTIONAL_FRAME, "pandas"),
            (FRAME | None, "pandas"),
            (Annotated[ARROW, "x"], "arrow"),
            (Any, "default"),
            (int, "default"),
            (None, "default"),
            (7, "default"),
            (read_signature(lambda a: a).parameters["a"].annotation, "default"),
        ]:
            with self.subTest(str(annotation)):
                self.assertEqual(to_form(annotation, NAMES).kind, kind)

    def test_text(self) -> None:
        for text, kind in [
            ("pd.DataFrame", "pandas"),
            ("Frame", "pandas"),
            ("Table", "table"),
            ("Path", "path"),
            ("list", "list"),
            ("dict[str, Any]", "dict"),
            ("pd.DataFrame | None", "pandas"),
            ("Optional[Frame]", "pandas"),
            ("typing.Union[None, 'Frame']", "pandas"),
            ("Annotated[Table, 1]", "table"),
            ("'Frame'", "pandas"),
            ("pandas.DataFrame", "pandas"),
            ("pl.DataFrame", "polars"),
            ("pa.Table", "arrow"),
            ("pathlib.Path", "path"),
            ("cairn.Table", "table"),
            ("float", "float"),
            ("text", "default"),
            ("Unknown", "default"),
            ("not python (", "default"),
            ("__import__('os').system('false')", "default"),
            ("(" * 500, "default"),
            ("", "default"),
        ]:
            with self.subTest(text):
                self.assertEqual(to_form(text, NAMES).kind, kind)

    def test_elements_of_lists(self) -> None:
        for annotation in (list[FRAME], "list[pd.DataFrame]", "List[Frame]", "Alias", OPTIONAL_LIST):
            with self.subTest(str(annotation)):
                self.assertEqual(to_form(annotation, NAMES), Form("list", Form("pandas")))
        self.assertEqual(to_form("list[list[Table]]", NAMES), Form("list", Form("list", Form("table"))))
        self.assertEqual(to_form(list[int], NAMES), Form("list", DEFAULT))

    def test_a_module_is_never_imported_by_a_look(self) -> None:
        lazy = types.ModuleType("lazy")
        lazy.__getattr__ = lambda name: self.fail("looked up")
        self.assertEqual(to_form("lazy.DataFrame", {"lazy": lazy}), DEFAULT)


if __name__ == "__main__":
    unittest.main()
