"""Whether a statement of a module body does nothing but bind one name."""

from __future__ import annotations

import ast


class Purity:
    def __init__(self, tree: ast.Module) -> None:
        self._tree = tree

    def judge(self, node: ast.stmt) -> list[str] | None:
        """None = it may do more; else digests of the expressions that it evaluates and that are not plainly harmless."""
        return None
