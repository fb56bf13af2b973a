"""The SDK where no task runs: in a notebook, in a plain test."""

import subprocess
import sys
import unittest

import support

from cairn import Table, log_metric, progress


class Outside(unittest.TestCase):
    def test_reports_go_nowhere(self) -> None:
        log_metric("mae", 1.5)
        log_metric("loss", 1, step=3)
        progress(1, total=3, message="one")
        progress(0.5)

    def test_mistakes_are_found_all_the_same(self) -> None:
        for name, value in [("a", "1"), ("a", None), ("", 1), (None, 1), ("a", 1j)]:
            with self.assertRaises(TypeError):
                log_metric(name, value)
        for value in (float("nan"), float("inf")):
            with self.assertRaises(ValueError):
                log_metric("a", value)
            with self.assertRaises(ValueError):
                progress(value)
        with self.assertRaises(TypeError):
            log_metric("a", 1, step=1.5)
        with self.assertRaises(TypeError):
            progress(1, "message")

    def test_a_table_of_rows_needs_nothing_installed(self) -> None:
        table = Table([{"a": 1, "b": "x"}, {"a": 2, "b": "y"}])
        self.assertEqual((len(table), [row["a"] for row in table]), (2, [1, 2]))
        table.rows()[0]["a"] = 99
        self.assertEqual(table.rows()[0]["a"], 1)
        for wrong in (1, "a", [1], None):
            with self.assertRaises(TypeError):
                Table(wrong)

    def test_importing_it_imports_no_data_library(self) -> None:
        code = "import sys, cairn, cairn.zygote; print([n for n in ('numpy', 'pandas', 'pyarrow', 'polars') if n in sys.modules])"
        told = subprocess.run(
            [sys.executable, "-c", code], env={"PYTHONPATH": str(support.RUNNER)}, capture_output=True, text=True, check=True
        )
        self.assertEqual(told.stdout.strip(), "[]")


if __name__ == "__main__":
    unittest.main()
