"""First-party imports: by digest, under the module's folder, before anything else on the path; then from its folders that code puts
there."""

from __future__ import annotations

import importlib
import importlib.machinery
import importlib.util
import linecache
import os
import sys
from collections.abc import Callable, Mapping, Sequence
from importlib.abc import Loader, MetaPathFinder
from types import CodeType, ModuleType
from typing import Any

from cairn.code import ChangedSource, load_code
from cairn.failure import TaskFailure

# Modules that keep the interpreter and this runner going: a user's file of the same name never replaces them.
PROTECTED = frozenset(sys.builtin_module_names) | {"__main__", "cairn", "codecs", "encodings", "importlib", "io", "os", "site"}

# Told of code before it runs, while there is a trace.
loaded: Callable[[CodeType], None] | None = None


class FirstParty(MetaPathFinder):
    """Finds the files of a module's artifact. Folders without `__init__.py` are left to the ordinary finder."""

    def __init__(self, root: str, code: Mapping[str, str], is_traced: bool = False) -> None:
        self._root = root
        self._code = code
        self._is_traced = is_traced

    def find_spec(
        self, fullname: str, path: Sequence[str] | None, target: ModuleType | None = None
    ) -> importlib.machinery.ModuleSpec | None:
        if path is None:
            if fullname in PROTECTED:
                return None
            return self.find_in("", fullname, fullname) or self.find_on_path(fullname)
        tail = fullname.rpartition(".")[2]
        for folder in path:
            inside = self.to_relative(folder)
            spec = None if inside is None else self.find_in(inside, tail, fullname)
            if spec is not None:
                return spec
        return None

    def find_on_path(self, name: str) -> importlib.machinery.ModuleSpec | None:
        """In folders of the module that its code has put on the path, unless something before them on the path has it."""
        for at, folder in enumerate(sys.path):
            inside = self.to_relative(folder) if isinstance(folder, str) else None
            spec = self.find_in(inside, name, name) if inside else None
            if spec is not None:
                other = importlib.machinery.PathFinder.find_spec(name, sys.path[:at])
                return spec if other is None or other.loader is None else None
        return None

    def to_relative(self, folder: str) -> str | None:
        """`""` for the root, `a/b/` for a folder below it, None for one elsewhere."""
        if folder == self._root:
            return ""
        prefix = self._root + os.sep
        return folder[len(prefix) :].replace(os.sep, "/") + "/" if folder.startswith(prefix) else None

    def find_in(self, folder: str, name: str, fullname: str) -> importlib.machinery.ModuleSpec | None:
        package = f"{folder}{name}/__init__.py"
        if package in self._code:
            return self.to_spec(fullname, package, is_package=True)
        file = f"{folder}{name}.py"
        return self.to_spec(fullname, file, is_package=False) if file in self._code else None

    def to_spec(self, fullname: str, file: str, is_package: bool) -> importlib.machinery.ModuleSpec:
        path = os.path.join(self._root, *file.split("/"))
        loader = DigestLoader(path, file, self._code[file], self._is_traced)
        spec = importlib.machinery.ModuleSpec(fullname, loader, origin=path, is_package=is_package)
        spec.has_location = True
        if is_package:
            spec.submodule_search_locations = [os.path.dirname(path)]
        return spec


class DigestLoader(Loader):
    """Loads one file whose content is known by digest."""

    def __init__(self, path: str, file: str, digest: str, is_traced: bool = False) -> None:
        self._path = path
        self._file = file
        self._digest = digest
        self._is_traced = is_traced

    def create_module(self, spec: importlib.machinery.ModuleSpec) -> ModuleType | None:
        return None

    def get_code(self, fullname: str) -> CodeType:
        try:
            code = load_code(self._path, self._file, self._digest, self._is_traced)
            if loaded is not None:
                loaded(code)
            return code
        except (ChangedSource, OSError) as error:
            raise TaskFailure("store-failed", f"{self._file}: {error}") from error

    def exec_module(self, module: ModuleType) -> None:
        exec(self.get_code(module.__name__), module.__dict__)

    def get_source(self, fullname: str) -> str | None:
        """Lets tracebacks show lines, whatever the current directory has become."""
        with open(self._path, "rb") as file:
            return importlib.util.decode_source(file.read())

    def get_filename(self, fullname: str) -> str:
        return self._path

    @property
    def path(self) -> str:
        return self._path

    def get_data(self, path: str) -> bytes:
        """Files beside the code, as `pkgutil.get_data` asks for them."""
        with open(path, "rb") as file:
            return file.read()

    def get_resource_reader(self, fullname: str) -> Any:
        """What `importlib.resources` reads a package's files with."""
        from importlib.readers import FileReader

        return FileReader(self)  # type: ignore[arg-type]


def install(root: str, code: Mapping[str, str], is_traced: bool = False) -> None:
    """Puts the module's files before everything else, and forgets what an earlier import could have left under their names."""
    sys.path.insert(0, root)
    # Of folders only the module's own can have been seen in another state: the environment's never change. Dropping all finders
    # that the parent made (or importlib.invalidate_caches) would cost a forked child several milliseconds of copied memory.
    for path in [path for path in sys.path_importer_cache if path.startswith(root)]:
        del sys.path_importer_cache[path]
    linecache.clearcache()
    sys.meta_path.insert(0, FirstParty(root, code, is_traced))
    forget({file.partition("/")[0].removesuffix(".py") for file in code})


def forget(names: set[str]) -> None:
    """A preloaded module that a first-party file shadows must not answer in its place: a fresh interpreter would not have it."""
    shadowed = {name for name in names - PROTECTED if name in sys.modules}
    if not shadowed:
        return  # a look at every loaded module would copy their memory in a forked child
    for name in [name for name in sys.modules if name.partition(".")[0] in shadowed]:
        del sys.modules[name]


def load_entry(file: str, code: Mapping[str, str]) -> ModuleType:
    """Imports the entry's file under its own name: `features.py` as `features`, `steps/clean.py` as `steps.clean`."""
    if file not in code:
        raise TaskFailure("entry-missing", f"the entry file {file} is not in the module: correct `entry` in module.yaml")
    name = file.removesuffix(".py").replace("/", ".").removesuffix(".__init__")
    if name not in PROTECTED:
        return importlib.import_module(name)
    finder: Any = next(one for one in sys.meta_path if isinstance(one, FirstParty))
    spec = finder.to_spec(name, file, is_package=False)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module
