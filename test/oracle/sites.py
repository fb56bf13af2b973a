"""Places of a source file where something can be edited, and the edits that fit there. Positions are in characters of the text."""

from __future__ import annotations

import ast
import io
import tokenize
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

Definition = ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef


@dataclass(frozen=True)
class Splice:
    """`old` stands at `at` and gives way to `new`."""

    at: int
    old: str
    new: str


@dataclass(frozen=True)
class Site:
    kind: str
    splices: list[Splice]
    #: names of the definitions around it, outermost first
    label: str
    #: lines at which the innermost definition around it may begin, and its name; None = the module's body
    unit: tuple[tuple[int, ...], str] | None


@dataclass
class Source:
    """A parsed file with what is around each node."""

    text: str
    tree: ast.Module = field(init=False)
    parents: dict[ast.AST, ast.AST] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.tree = ast.parse(self.text)
        self._lines = self.text.split("\n")
        self._starts = [0]
        for line in self._lines:
            self._starts.append(self._starts[-1] + len(line) + 1)
        for node in ast.walk(self.tree):
            for child in ast.iter_child_nodes(node):
                # Contexts and operators are shared between nodes.
                if hasattr(child, "lineno") or isinstance(child, ast.arguments | ast.comprehension | ast.withitem | ast.match_case):
                    self.parents[child] = node

    def at(self, line: int, column: int) -> int:
        """From a line of the tree (from 1) and a column in bytes."""
        text = self._lines[line - 1]
        return self._starts[line - 1] + (column if text.isascii() else len(text.encode()[:column].decode()))

    def start(self, node: ast.AST) -> int:
        return self.at(node.lineno, node.col_offset)  # type: ignore[attr-defined]

    def end(self, node: ast.AST) -> int:
        return self.at(node.end_lineno, node.end_col_offset)  # type: ignore[attr-defined]

    def of(self, node: ast.AST) -> str:
        return self.text[self.start(node) : self.end(node)]

    def replace(self, node: ast.AST, new: str) -> Splice:
        return Splice(self.start(node), self.of(node), new)

    def insert_before(self, statement: ast.stmt, line: str) -> Splice | None:
        """One line more, as deep as the statement; None where it shares its line with something."""
        if self._lines[statement.lineno - 1][: statement.col_offset].strip():
            return None
        indent = self._lines[statement.lineno - 1][: statement.col_offset]
        return Splice(self._starts[first_line(statement) - 1], "", f"{indent}{line}\n")

    def around(self, node: ast.AST) -> list[Definition]:
        """Definitions in whose bodies the node is, outermost first: decorators, defaults and bases belong to what is around."""
        found: list[Definition] = []
        child = node
        while (parent := self.parents.get(child)) is not None:
            if isinstance(parent, Definition) and child in parent.body:
                found.append(parent)
            child = parent
        return found[::-1]

    def whole_lines(self, node: ast.AST) -> tuple[int, int]:
        return self._starts[first_line(node) - 1], min(self._starts[node.end_lineno], len(self.text))  # type: ignore[attr-defined]


def first_line(node: ast.AST) -> int:
    decorators = getattr(node, "decorator_list", None)
    return min([node.lineno, *(one.lineno for one in decorators or [])])  # type: ignore[attr-defined]


Finder = Callable[[Source], Iterator[tuple[ast.AST, list["Splice | None"]]]]
FINDERS: dict[str, Finder] = {}


def kind(name: str) -> Callable[[Finder], Finder]:
    """Registers a finder: it yields the node whose place tells the unit, and splices."""

    def register(finder: Finder) -> Finder:
        FINDERS[name] = finder
        return finder

    return register


def find_sites(source: Source) -> Iterator[Site]:
    for name, finder in FINDERS.items():
        for node, splices in finder(source):
            given = [one for one in splices if one is not None]
            if given and len(given) == len(splices):
                around = source.around(node)
                unit = None if not around else (tuple({around[-1].lineno, first_line(around[-1])}), around[-1].name)
                yield Site(name, given, ".".join(one.name for one in around) or "<module>", unit)


def apply(text: str, splices: list[Splice]) -> str:
    for one in sorted(splices, key=lambda splice: splice.at, reverse=True):
        if text[one.at : one.at + len(one.old)] != one.old:
            raise ValueError(f"{one.old!r} is not at {one.at}")
        text = text[: one.at] + one.new + text[one.at + len(one.old) :]
    return text


def is_docstring(source: Source, node: ast.AST) -> bool:
    statement = source.parents.get(node)
    body = getattr(source.parents.get(statement), "body", None) if isinstance(statement, ast.Expr) else None
    return isinstance(body, list) and body[0] is statement


def functions(source: Source) -> Iterator[ast.FunctionDef | ast.AsyncFunctionDef]:
    return (node for node in ast.walk(source.tree) if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef))


def tokens(source: Source) -> list[tokenize.TokenInfo]:
    try:
        return list(tokenize.generate_tokens(io.StringIO(source.text).readline))
    except tokenize.TokenError:
        return []


def token_start(source: Source, token: tokenize.TokenInfo) -> int:
    # Columns of tokens are in characters already.
    return source._starts[token.start[0] - 1] + token.start[1]
