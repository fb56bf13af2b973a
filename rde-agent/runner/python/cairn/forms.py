"""
In which form a parameter wants its input, by its annotation.

An annotation may be text (`from __future__ import annotations`), may name what is imported for type checkers only, or what is not
installed: nothing is imported or run to find out, and what is not understood means the default form.
"""

from __future__ import annotations

import ast
import builtins
import inspect
import pathlib
import sys
import types
import typing
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from cairn.table import Table

# What a name means when only a type checker knows it.
SPELLINGS = {
    "pd.DataFrame": "pandas",
    "pandas.DataFrame": "pandas",
    "pl.DataFrame": "polars",
    "polars.DataFrame": "polars",
    "pa.Table": "arrow",
    "pyarrow.Table": "arrow",
    "Table": "table",
    "cairn.Table": "table",
    "Path": "path",
    "pathlib.Path": "path",
}
CLASSES = {("pandas", "DataFrame"): "pandas", ("polars", "DataFrame"): "polars", ("pyarrow", "Table"): "arrow"}


@dataclass(frozen=True)
class Form:
    """`kind`: pandas, polars, arrow, table, list, dict, path, float or default. `item`: the form of a list's elements."""

    kind: str
    item: Form | None = None


DEFAULT = Form("default")


def read_signature(function: Callable[..., Any]) -> inspect.Signature:
    """Raises TypeError or ValueError for a callable that has none."""
    if sys.version_info >= (3, 14):
        import annotationlib

        return inspect.signature(function, annotation_format=annotationlib.Format.FORWARDREF)
    return inspect.signature(function)


def to_form(annotation: Any, names: Mapping[str, Any]) -> Form:
    """`names` are the globals of the function that carries the annotation."""
    if annotation is inspect.Parameter.empty or annotation is None:
        return DEFAULT
    text = getattr(annotation, "__forward_arg__", annotation)
    if isinstance(text, str):
        return to_text_form(text, names)
    return to_object_form(annotation, names)


def to_object_form(annotation: Any, names: Mapping[str, Any]) -> Form:
    origin, arguments = typing.get_origin(annotation), typing.get_args(annotation)
    if origin is typing.Annotated:
        return to_form(arguments[0], names)
    if origin in (typing.Union, types.UnionType):
        return first_known(to_form(argument, names) for argument in arguments)
    if origin is not None:
        form = to_class_form(origin)
        return Form(form.kind, to_form(arguments[0], names)) if form.kind == "list" and arguments else form
    return to_class_form(annotation)


def to_class_form(candidate: Any) -> Form:
    if not isinstance(candidate, type):
        return DEFAULT
    for base, kind in ((Table, "table"), (list, "list"), (dict, "dict"), (pathlib.PurePath, "path"), (float, "float")):
        if candidate is base or (base is pathlib.PurePath and issubclass(candidate, base)):
            return Form(kind)
    return Form(CLASSES.get((candidate.__module__.partition(".")[0], candidate.__name__), "default"))


def to_text_form(text: str, names: Mapping[str, Any]) -> Form:
    try:
        expression = ast.parse(text.strip(), mode="eval").body
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return DEFAULT
    return to_expression_form(expression, names)


def to_expression_form(node: ast.expr, names: Mapping[str, Any]) -> Form:
    if isinstance(node, ast.Constant):
        return to_text_form(node.value, names) if isinstance(node.value, str) else DEFAULT
    if isinstance(node, ast.BinOp) and isinstance(node.op, ast.BitOr):
        return first_known(to_expression_form(side, names) for side in (node.left, node.right))
    if isinstance(node, ast.Subscript):
        return to_subscript_form(node, names)
    return to_name_form(node, names)


def to_subscript_form(node: ast.Subscript, names: Mapping[str, Any]) -> Form:
    inner = list(node.slice.elts) if isinstance(node.slice, ast.Tuple) else [node.slice]
    spelling = ast.unparse(node.value).rpartition(".")[2]
    if spelling in ("Optional", "Union"):
        return first_known(to_expression_form(one, names) for one in inner)
    if spelling == "Annotated":
        return to_expression_form(inner[0], names)
    outer = Form("list") if spelling == "List" else to_name_form(node.value, names)
    return Form("list", to_expression_form(inner[0], names)) if outer.kind == "list" and inner else outer


def to_name_form(node: ast.expr, names: Mapping[str, Any]) -> Form:
    spelling = ast.unparse(node)
    found = look_up(spelling.split("."), names)
    if found is None:
        return Form(SPELLINGS.get(spelling, "default"))
    return to_form(found, names) if not isinstance(found, str) else DEFAULT


def look_up(path: list[str], names: Mapping[str, Any]) -> Any:
    """The object of a dotted name, or None. Of modules only what they already hold is read: some import on a look."""
    found = names.get(path[0], getattr(builtins, path[0], None))
    for part in path[1:]:
        found = vars(found).get(part) if isinstance(found, (types.ModuleType, type)) else None
    return found


def first_known(forms: typing.Iterable[Form]) -> Form:
    return next((form for form in forms if form.kind != "default"), DEFAULT)
