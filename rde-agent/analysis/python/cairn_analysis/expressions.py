"""Expressions of a module body that do nothing but make a value."""

from __future__ import annotations

import ast

from cairn_analysis.known import BUILTINS, EMPTY_CALLS, STANDARD

NUMBERS = (int, float, complex)
# A product of so many numbers below this is one that a float can hold.
FEW, SMALL = 8, 1 << 64


class Names:
    """Names of one module: how often each is bound in its body, and which have been so far."""

    def __init__(self) -> None:
        self._bound: dict[str, int] = {}
        self._settled: set[str] = set()
        # name → `functools.lru_cache`, `dataclasses`: what it is imported from
        self.standard: dict[str, str] = {}
        # Names of the class that is looked at: inside it they hide those of the module.
        self.hidden: frozenset[str] = frozenset()

    def add(self, names: list[str]) -> None:
        for name in names:
            self._bound[name] = self._bound.get(name, 0) + 1

    def spoil(self, names: list[str]) -> None:
        """A function may bind them too."""
        self.add(names * 2)

    def settle(self, names: list[str]) -> None:
        """Bound for certain from here on."""
        self._settled.update(names)

    def is_bound(self, name: str) -> bool:
        return name in self._bound or "*" in self._bound

    def is_own(self, name: str) -> bool:
        """Bound by one statement, which has been."""
        return name in self._settled and self._bound.get(name) == 1 and name not in self.hidden

    def is_builtin(self, name: str) -> bool:
        return name in BUILTINS and name not in self._bound and "*" not in self._bound and name not in self.hidden

    def to_standard(self, node: ast.expr) -> str | None:
        """`functools.lru_cache` for `lru_cache` and for `functools.lru_cache`, however they were imported."""
        if isinstance(node, ast.Name):
            return self.standard.get(node.id) if self.is_own(node.id) else None
        if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name) and self.is_own(node.value.id):
            module = self.standard.get(node.value.id)
            return f"{module}.{node.attr}" if module in STANDARD else None
        return None

    def is_pure(self, node: ast.expr) -> bool:
        if isinstance(node, ast.Constant):
            return True
        if isinstance(node, ast.Name):
            return self.is_own(node.id) or self.is_builtin(node.id)
        if isinstance(node, (ast.Tuple, ast.List)):
            return all(self.is_pure(one) for one in node.elts)
        if isinstance(node, ast.Set):
            return all(isinstance(one, ast.Constant) for one in node.elts)
        if isinstance(node, ast.Dict):
            return all(is_key(key) for key in node.keys) and all(self.is_pure(value) for value in node.values)
        if isinstance(node, ast.Call):
            return (
                isinstance(node.func, ast.Name) and node.func.id in EMPTY_CALLS and self.is_builtin(node.func.id) and self.is_filling(node)
            )
        return is_number(node)

    def is_filling(self, node: ast.Call) -> bool:
        """`set()`, `frozenset({"a"})`"""
        if node.keywords or len(node.args) > 1:
            return False
        return not node.args or (
            isinstance(node.func, ast.Name)
            and node.func.id in ("list", "set", "tuple", "frozenset")
            and isinstance(node.args[0], (ast.Tuple, ast.List, ast.Set))
            and all(isinstance(one, ast.Constant) for one in node.args[0].elts)
        )


def is_key(node: ast.expr | None) -> bool:
    """Constants, and tuples of them, can be hashed."""
    if isinstance(node, ast.Tuple):
        return all(is_key(one) for one in node.elts)
    return isinstance(node, ast.Constant)


def is_number(node: ast.expr) -> bool:
    """Arithmetic on a few small constants, which cannot fail."""
    return is_arithmetic(node) and sum(isinstance(one, ast.Constant) for one in ast.walk(node)) <= FEW


def is_arithmetic(node: ast.expr) -> bool:
    if isinstance(node, ast.Constant):
        return isinstance(node.value, NUMBERS) and (not isinstance(node.value, int) or abs(node.value) < SMALL)
    if isinstance(node, ast.UnaryOp):
        return isinstance(node.op, (ast.USub, ast.UAdd)) and is_arithmetic(node.operand)
    if not isinstance(node, ast.BinOp) or not is_arithmetic(node.left) or not is_arithmetic(node.right):
        return False
    if isinstance(node.op, ast.Div):
        return isinstance(node.right, ast.Constant) and bool(node.right.value)
    return isinstance(node.op, (ast.Add, ast.Sub, ast.Mult))
