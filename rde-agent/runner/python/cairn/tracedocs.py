"""
Libraries that read docstrings of the task's code: then an edit of one counts. CPython 3.12 and later tell which functions run; before, a
loaded library that is known for it is enough.
"""

from __future__ import annotations

import inspect  # noqa: F401  (there, so that it is watched)
import sys
from collections.abc import Callable, Mapping
from types import CodeType, FrameType, FunctionType, MethodType, ModuleType
from typing import Any

from cairn.tracenotes import Notes
from cairn.traceplaces import HERE

# Looked through: they only hand docstrings on.
QUIET = frozenset(
    "numpy pandas pyarrow polars _polars_runtime_32 scipy sklearn joblib threadpoolctl pytz dateutil six tzdata narwhals".split()
    + "cloudpickle cairn sitecustomize _distutils_hack _virtualenv".split()
)
# Modules of the standard library that show docstrings.
TELLING = frozenset({"inspect", "pydoc", "doctest", "cmd", "unittest", "unittest.case", "xmlrpc", "xmlrpc.server"})
# Of the standard library, these do more with a docstring than to hand it on to what they make.
STANDARD = ("/inspect.py", "/pydoc.py", "/doctest.py", "/cmd.py", "/argparse.py", "/optparse.py", "/unittest/", "/xmlrpc/", "/turtle")
# Before 3.12 nobody tells what of a library runs: loaded, these have read some.
READERS = frozenset("click typer fire docopt plac defopt sphinx numpydoc cyclopts tyro simple_parsing rich_click docstring_parser".split())


def list_readers(module: ModuleType) -> list[CodeType]:
    """Functions and methods of a module that mention docstrings."""
    found = list(vars(module).values())
    found += [one for owner in found if isinstance(owner, type) for one in vars(owner).values()]
    codes = {one.__code__ for one in found if isinstance(one, FunctionType)}
    return [code for code in codes if "__doc__" in code.co_names or "__doc__" in code.co_consts]


class Docs:
    """Told of code of libraries that mentions `__doc__`."""

    def __init__(self, notes: Notes, code: Mapping[str, str]) -> None:
        self._notes = notes
        self._code = code
        self._modules: set[str] = set()
        # Looked up in the parent; what is imported later is listened to.
        self._readers = [reader for name in sorted(TELLING & sys.modules.keys()) for reader in list_readers(sys.modules[name])]

    def start(self, watch: Callable[[CodeType], None]) -> None:
        self._modules = {file.removesuffix(".py").removesuffix("/__init__").replace("/", ".") for file in self._code}
        for code in self._readers:
            watch(code)

    def is_quiet(self, top: str) -> bool:
        """Whether a package never looks at docstrings that are not its own; nobody has to listen to those."""
        return top in QUIET or (top in sys.stdlib_module_names and top not in TELLING)

    def see(self, code: CodeType) -> bool:
        if "__doc__" not in code.co_names and "__doc__" not in code.co_consts:
            return False
        file = code.co_filename
        if code.co_name == "<module>" or file.startswith(("<", HERE)):
            return False
        return not self.is_standard(file) or any(part in file for part in STANDARD)

    def is_standard(self, file: str) -> bool:
        return file.startswith(self._notes.places.plain) and not file.startswith(self._notes.places.sites)

    def hear(self, code: CodeType, frame: FrameType) -> None:
        values = list(frame.f_locals.values())
        if any(map(self.is_own, values)):
            name = frame.f_globals.get("__name__", "a library")
            self._notes.widen("docs", None, f"{name}.{code.co_name} reads docstrings")

    def is_own(self, value: Any) -> bool:
        """Nothing of the task's is called to find out."""
        if type(value) in (tuple, list):
            return any(self.is_own(one) for one in value[:8])
        if isinstance(value, ModuleType):
            return value.__dict__.get("__name__") in self._modules
        if isinstance(value, MethodType):
            value = value.__func__
        if not isinstance(value, (FunctionType, type)):
            value = type(value)
        module = value.__module__ if isinstance(value, FunctionType) else type.__getattribute__(value, "__dict__").get("__module__")
        return isinstance(module, str) and module in self._modules

    def add_loaded(self, names: set[str]) -> None:
        """Before 3.12: what may have read some. `names` are those that the task's code uses."""
        if sys.version_info >= (3, 12):
            return
        for name in sorted((READERS & sys.modules.keys()) | ((TELLING | {"help"}) & names - {"inspect", "unittest"})):
            self._notes.widen("docs", None, f"{name} reads docstrings")
