"""
Threads of numeric libraries. A process that forks must have exactly one, so a zygote imports with every pool at one, and each child
sets them back.

Best effort: variables (read by what is imported later, and by pools made lazily such as polars'), Arrow, torch, and the setters of
OpenBLAS, OpenMP and MKL libraries that are loaded. A pool whose size a library fixed for good when it was imported stays at one.
"""

from __future__ import annotations

import ctypes
import os
import sys
from collections.abc import Callable

VARIABLES = (
    "OPENBLAS_NUM_THREADS",
    "OMP_NUM_THREADS",
    "MKL_NUM_THREADS",
    "BLIS_NUM_THREADS",
    "VECLIB_MAXIMUM_THREADS",
    "NUMEXPR_NUM_THREADS",
    "NUMBA_NUM_THREADS",
    "POLARS_MAX_THREADS",
    "RAYON_NUM_THREADS",
    "TOKIO_WORKER_THREADS",
    "ARROW_IO_THREADS",
)

# Allocators that start a thread of their own when their library is loaded: Arrow's jemalloc, and the one of Rust libraries.
ALLOCATORS = {"JE_ARROW_MALLOC_CONF": "background_thread:false", "_RJEM_MALLOC_CONF": "background_thread:false"}

# Idle OpenMP threads sleep instead of spinning: with two tasks on two cores, spinning made boosted trees fourteen times slower.
# Arrow's mimalloc takes a gigabyte at its first use, which would count against the memory limit of a task.
DEFAULTS = {"ARROW_DEFAULT_MEMORY_POOL": "system", "OMP_WAIT_POLICY": "PASSIVE", "KMP_BLOCKTIME": "0"}

# Symbols by a part of the library's file name. Builds rename them: numpy and scipy ship OpenBLAS with a prefix and a suffix.
SETTERS = {
    "openblas": (
        "openblas_set_num_threads",
        "openblas_set_num_threads64_",
        "scipy_openblas_set_num_threads",
        "scipy_openblas_set_num_threads64_",
    ),
    "libgomp": ("omp_set_num_threads",),
    "libomp": ("omp_set_num_threads",),
    "libiomp": ("omp_set_num_threads",),
    "libmkl_rt": ("MKL_Set_Num_Threads",),
}

_native: dict[str, Callable[[int], object]] = {}


def keep_single() -> None:
    """Before any import, in a process that is to fork."""
    set_variables(1)
    set_defaults()
    os.environ.update(ALLOCATORS)


def set_defaults() -> None:
    """Read when a library is loaded, so it comes before any import; what the environment says itself stays."""
    for name, value in DEFAULTS.items():
        os.environ.setdefault(name, value)


def set_variables(threads: int) -> None:
    for name in VARIABLES:
        os.environ[name] = str(threads)


def count_threads() -> int:
    """Threads of this process; 0 where the system does not tell."""
    try:
        return len(os.listdir("/proc/self/task"))
    except OSError:
        return 0


def find_setters() -> None:
    """Looks up the setters of loaded libraries once, in the parent, for all children."""
    for path in list_libraries():
        name = os.path.basename(path)
        symbols = next((found for part, found in SETTERS.items() if part in name), ())
        if symbols and path not in _native:
            setter = find_symbol(path, symbols)
            if setter is not None:
                _native[path] = setter


def list_libraries() -> list[str]:
    try:
        with open("/proc/self/maps", encoding="utf-8", errors="surrogateescape") as maps:
            return sorted({line.rstrip("\n").partition("/")[2] for line in maps if ".so" in line and "/" in line})
    except OSError:
        return []


def find_symbol(path: str, symbols: tuple[str, ...]) -> Callable[[int], object] | None:
    try:
        library = ctypes.CDLL("/" + path)
    except OSError:
        return None  # replaced on disk since it was loaded: its pool stays at one
    for symbol in symbols:
        setter = getattr(library, symbol, None)
        if setter is not None:
            setter.argtypes, setter.restype = [ctypes.c_int], None
            return setter
    return None


def allow(threads: int) -> None:
    """Lets the libraries of this process use so many threads, those already imported included."""
    alone = os.environ.get(VARIABLES[0]) == str(threads) == "1"
    for name in ALLOCATORS:
        os.environ.pop(name, None)
    if alone:
        return
    set_variables(threads)
    for setter in _native.values():
        setter(threads)
    arrow, torch = sys.modules.get("pyarrow"), sys.modules.get("torch")
    if arrow is not None:
        arrow.set_cpu_count(threads)
        arrow.set_io_thread_count(max(threads, 1))
    if torch is not None:
        torch.set_num_threads(threads)
