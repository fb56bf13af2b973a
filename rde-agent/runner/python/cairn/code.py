"""
Code objects by the digest of their source.

A file is compiled once per content, ahead in the zygote where possible, so that forked children inherit the result. Modification
times decide nothing: two edits of one size within a second are two contents. `.pyc` files are neither read nor written.
"""

from __future__ import annotations

import _imp
import hashlib
import sys
from types import CodeType

from cairn import traceflags
from cairn.traceflags import Flagged

# Source files compiled ahead are small; a generated giant is left to the task that imports it.
AHEAD_BYTES = 1_048_576
KEPT = 4096

# Before 3.12 the code of a traced task notes itself that it ran.
FLAGGING = sys.version_info < (3, 12)

_compiled: dict[str, CodeType] = {}
_flagged: dict[str, Flagged] = {}


class ChangedSource(Exception):
    """A file's bytes are not those that its digest promises."""


def digest_of(data: bytes) -> str:
    return "sha256:" + hashlib.sha256(data).hexdigest()


def read_source(path: str, digest: str) -> bytes:
    """Raises ChangedSource when the file holds something else, OSError when it cannot be read."""
    with open(path, "rb") as file:
        source = file.read()
    if digest_of(source) != digest:
        raise ChangedSource(f"{path} does not hold what was built: its digest differs")
    return source


def compile_ahead(path: str, digest: str) -> None:
    """Best effort: a file that is gone, changed or does not compile is the matter of the task that imports it."""
    if digest in _compiled:
        return
    try:
        source = read_source(path, digest)
        if len(source) > AHEAD_BYTES:
            return
        code = compile_source(source, path)
        flagged = traceflags.compile_flagged(source, path, compile_source) if FLAGGING else None
    except Exception:
        return  # reported with its place when a task imports it
    if len(_compiled) >= KEPT:
        oldest = next(iter(_compiled))
        del _compiled[oldest]
        _flagged.pop(oldest, None)
    _compiled[digest] = code
    if flagged is not None:
        _flagged[digest] = flagged


def compile_source(source: bytes, name: str) -> CodeType:
    return compile(source, name, "exec", dont_inherit=True)


def load_code(path: str, name: str, digest: str, is_traced: bool = False) -> CodeType:
    """
    The code of a first-party file under the name that tracebacks shall show. Raises ChangedSource, OSError, SyntaxError.
    """
    # Taken out, as it gets one name: equal contents may lie in several places of one module.
    if FLAGGING and is_traced:
        flagged = _flagged.pop(digest, None)
        flagged = flagged or traceflags.compile_flagged(read_source(path, digest), name, compile_source)
        code = traceflags.loaded(name, flagged)
    elif digest in _compiled:
        code = _compiled.pop(digest)
    else:
        return compile_source(read_source(path, digest), name)
    # What the import system itself does to a relocated .pyc; nested code included.
    _imp._fix_co_filename(code, name)
    return code
