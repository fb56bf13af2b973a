"""One source file as the agent's rules want it: the shape is `Skeleton` of `skeleton.ts`."""

from __future__ import annotations

import ast
import gc
from typing import Any

from cairn_analysis.moduleunits import ModuleUnits

# A larger file is generated: it equals only itself.
LARGEST = 4 * 1024 * 1024
# Trees that refer to themselves would stay for ever without it.
COLLECT_AFTER = 256


class Count:
    files = 0


def to_skeleton(source: bytes) -> dict[str, Any]:
    Count.files += 1
    if Count.files % COLLECT_AFTER == 0:
        gc.collect()
    if len(source) > LARGEST:
        return refuse(f"the file is larger than {LARGEST} bytes")
    try:
        tree = ast.parse(source)
        return ModuleUnits(tree, source).to_skeleton()
    except SyntaxError as error:
        return refuse(error.msg or "it does not parse", error.lineno)
    except (ValueError, RecursionError, MemoryError, OverflowError, AssertionError) as error:
        return refuse(f"it cannot be analysed: {error}" if str(error) else "it cannot be analysed")


def refuse(message: str, line: int | None = None) -> dict[str, Any]:
    return {"parses": False, "error": {"message": message, "line": line or 1}}
