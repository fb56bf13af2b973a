"""
Random state of a task. Children of one zygote share the state that its imports left, and would draw equal numbers.

From the declared seed if there is one, else from the system. Covers `random`, numpy's legacy generator (`np.random.rand`) and torch;
`np.random.default_rng()` without an argument always asks the system, so code that declares a seed passes it on.
"""

from __future__ import annotations

import importlib.machinery
import importlib.util
import os
import random
import sys
from collections.abc import Callable, Sequence
from importlib.abc import Loader, MetaPathFinder
from types import ModuleType
from typing import Any


def seed_everything(seed: int | None) -> None:
    random.seed(seed)
    for name, apply in SEEDERS.items():
        module = sys.modules.get(name)
        if module is not None:
            apply(module, seed)
        elif seed is not None:
            # Imported fresh, it seeds itself from the system; a declared seed has to follow it.
            sys.meta_path.insert(0, SeedOnImport(name, seed))


def seed_again(seed: int) -> None:
    """For the next task of an interpreter that has been seeded before: what is imported later is seeded then already."""
    random.seed(seed)
    for name, apply in SEEDERS.items():
        module = sys.modules.get(name)
        if module is not None:
            apply(module, seed)


def seed_numpy(module: Any, seed: int | None) -> None:
    module.seed(None if seed is None else seed % 2**32)


def seed_torch(module: Any, seed: int | None) -> None:
    module.manual_seed(int.from_bytes(os.urandom(8), "little") >> 1 if seed is None else seed % 2**63)


SEEDERS: dict[str, Callable[[Any, int | None], None]] = {"numpy.random": seed_numpy, "torch": seed_torch}


class SeedOnImport(MetaPathFinder):
    """Watches for one module, lets the others find it, and seeds it right after its import."""

    def __init__(self, name: str, seed: int) -> None:
        self._name = name
        self._seed = seed

    def find_spec(
        self, fullname: str, path: Sequence[str] | None, target: ModuleType | None = None
    ) -> importlib.machinery.ModuleSpec | None:
        if fullname != self._name:
            return None
        sys.meta_path.remove(self)
        spec = importlib.util.find_spec(fullname)
        if spec is not None and spec.loader is not None:
            spec.loader = SeedingLoader(spec.loader, self._name, self._seed)
        return spec


class SeedingLoader(Loader):
    """The module's own loader, followed by seeding."""

    def __init__(self, inner: Any, name: str, seed: int) -> None:
        self._inner = inner
        self._name = name
        self._seed = seed

    def create_module(self, spec: importlib.machinery.ModuleSpec) -> ModuleType | None:
        return self._inner.create_module(spec)

    def exec_module(self, module: ModuleType) -> None:
        # The module shall see its real loader, as some ask it for their resources.
        module.__loader__ = self._inner
        if module.__spec__ is not None:
            module.__spec__.loader = self._inner
        self._inner.exec_module(module)
        SEEDERS[self._name](module, self._seed)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._inner, name)
