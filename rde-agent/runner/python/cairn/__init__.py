"""
Cairn's SDK: what the author of a module imports, and what runs inside a worker.

Standard library only. Data libraries (pyarrow, pandas, polars) come from the module's environment and are imported when a
table is asked for in their form, never before. A module that imports nothing of Cairn works too.
"""

from cairn.report import log_metric, progress
from cairn.table import Table

__all__ = ["Table", "log_metric", "progress"]
