"""The kinds of edits. What they change is known only by running it."""

from __future__ import annotations

import ast
import itertools
import tokenize
from collections.abc import Iterator

from sites import Definition, Source, Splice, first_line, functions, is_docstring, kind, token_start, tokens

Found = Iterator[tuple[ast.AST, list[Splice | None]]]
OPERATORS = {ast.Add: "-", ast.Sub: "+", ast.Mult: "+", ast.FloorDiv: "*", ast.Mod: "+", ast.BitOr: "&", ast.BitAnd: "|"}
COMPARISONS = {ast.Eq: "!=", ast.NotEq: "==", ast.Lt: "<=", ast.LtE: "<", ast.Gt: ">=", ast.GtE: ">", ast.In: "not in", ast.Is: "is not"}


def simple(source: Source, node: ast.AST) -> bool:
    """Not within an f-string, whose positions and quotes are special."""
    while (node := source.parents.get(node)) is not None:  # type: ignore[assignment]
        if isinstance(node, ast.JoinedStr):
            return False
    return True


def nodes(source: Source, *types: type[ast.AST]) -> Iterator[ast.AST]:
    return (node for node in ast.walk(source.tree) if isinstance(node, types) and simple(source, node))


@kind("number")
def change_number(source: Source) -> Found:
    for node in nodes(source, ast.Constant):
        if type(node.value) in (int, float):  # type: ignore[attr-defined]
            yield (
                node,
                [
                    source.replace(
                        node, f"({source.of(node)} + 1)" if isinstance(source.parents.get(node), ast.Attribute) else repr(node.value + 1)
                    )
                ],
            )  # type: ignore[attr-defined]


@kind("string")
def change_string(source: Source) -> Found:
    for node in nodes(source, ast.Constant):
        text = source.of(node)
        if (
            isinstance(node.value, str)
            and not is_docstring(source, node)
            and text[0] in "'\""
            and text[:3] not in ("'''", '"""')
            and "\n" not in text
        ):  # type: ignore[attr-defined]
            yield node, [Splice(source.end(node) - 1, text[-1], "x" + text[-1])]


@kind("truth")
def flip_truth(source: Source) -> Found:
    for node in nodes(source, ast.Constant):
        if isinstance(node.value, bool):  # type: ignore[attr-defined]
            yield node, [source.replace(node, repr(not node.value))]  # type: ignore[attr-defined]


@kind("operator")
def change_operator(source: Source) -> Found:
    for node in nodes(source, ast.BinOp):
        new = OPERATORS.get(type(node.op))  # type: ignore[attr-defined]
        if new:
            yield node, [source.replace(node, f"(({source.of(node.left)}) {new} ({source.of(node.right)}))")]  # type: ignore[attr-defined]


@kind("comparison")
def change_comparison(source: Source) -> Found:
    for node in nodes(source, ast.Compare):
        new = COMPARISONS.get(type(node.ops[0]))  # type: ignore[attr-defined]
        if new and len(node.ops) == 1:  # type: ignore[attr-defined]
            yield node, [source.replace(node, f"(({source.of(node.left)}) {new} ({source.of(node.comparators[0])}))")]  # type: ignore[attr-defined]


@kind("condition")
def negate_condition(source: Source) -> Found:
    for node in nodes(source, ast.If, ast.IfExp, ast.While):
        yield node.test, [source.replace(node.test, f"(not ({source.of(node.test)}))")]  # type: ignore[attr-defined]


@kind("and-or")
def swap_and_or(source: Source) -> Found:
    for node in nodes(source, ast.BoolOp):
        word = " or " if isinstance(node.op, ast.And) else " and "  # type: ignore[attr-defined]
        yield node, [source.replace(node, "(" + word.join(f"({source.of(one)})" for one in node.values) + ")")]  # type: ignore[attr-defined]


@kind("return")
def change_return(source: Source) -> Found:
    for node in nodes(source, ast.Return):
        if node.value is not None:  # type: ignore[attr-defined]
            yield node, [source.replace(node.value, f"[{source.of(node.value)}]" if isinstance(node.value, ast.Name) else "None")]  # type: ignore[attr-defined]


@kind("default")
def change_default(source: Source) -> Found:
    for node in nodes(source, ast.arguments):
        for default in [*node.defaults, *node.kw_defaults]:  # type: ignore[attr-defined]
            if isinstance(default, ast.Constant) and not isinstance(default.value, str):
                yield default, [source.replace(default, "7" if default.value is None else repr(not default.value))]


@kind("decorator-added")
def add_decorator(source: Source) -> Found:
    for node in functions(source):
        yield node, [source.insert_before(node, "@(lambda decorated: decorated)")]


@kind("decorator-removed")
def remove_decorator(source: Source) -> Found:
    for node in nodes(source, *Definition.__args__):
        for one in node.decorator_list:  # type: ignore[attr-defined]
            start, end = source.whole_lines(one)
            yield node, [Splice(start, source.text[start:end], "")]


@kind("base")
def change_base(source: Source) -> Found:
    for node in nodes(source, ast.ClassDef):
        for one in node.bases[:1]:  # type: ignore[attr-defined]
            yield node, [source.replace(one, "object" if source.of(one) != "object" else "dict")]


@kind("body")
def return_early(source: Source) -> Found:
    for node in functions(source):
        yield node.body[0], [source.insert_before(node.body[0], "return None")]


@kind("class-attribute")
def change_class_attribute(source: Source) -> Found:
    for node in nodes(source, ast.ClassDef):
        for one in node.body:  # type: ignore[attr-defined]
            if isinstance(one, ast.Assign):
                yield one, [source.replace(one.value, f"[{source.of(one.value)}]")]


@kind("class-attribute-added")
def add_class_attribute(source: Source) -> Found:
    for node in nodes(source, ast.ClassDef):
        yield node.body[-1], [source.insert_before(node.body[-1], "name = 'added'")]  # type: ignore[attr-defined]


@kind("dunder")
def add_dunder(source: Source) -> Found:
    bodies = [
        "__len__ = lambda self: 0",
        "__bool__ = lambda self: False",
        "__repr__ = lambda self: 'other'",
        "__eq__ = lambda self, other: True",
        "__iter__ = lambda self: iter('ab')",
        "__getattr__ = lambda self, name: 5",
        "__slots__ = ()",
    ]
    for number, node in enumerate(nodes(source, ast.ClassDef)):
        yield node.body[-1], [source.insert_before(node.body[-1], bodies[number % len(bodies)])]  # type: ignore[attr-defined]


@kind("method-removed")
def remove_method(source: Source) -> Found:
    for node in nodes(source, ast.ClassDef):
        for one in node.body:  # type: ignore[attr-defined]
            if isinstance(one, ast.FunctionDef) and len(node.body) > 1:  # type: ignore[attr-defined]
                start, end = source.whole_lines(one)
                yield one, [Splice(start, source.text[start:end], "")]


@kind("effect")
def add_effect(source: Source) -> Found:
    for node in source.tree.body:
        if isinstance(node, ast.ClassDef):
            yield node, [Splice(source.whole_lines(node)[1], "", f"{node.name}.__str__ = lambda self: 'patched'\n")]
        if isinstance(node, ast.FunctionDef):
            yield node, [Splice(source.whole_lines(node)[1], "", f"{node.name}.extra = {node.name}.__doc__ = 'effect'\n")]


@kind("import-order")
def swap_imports(source: Source) -> Found:
    for one, two in zip(source.tree.body, source.tree.body[1:]):
        if (
            isinstance(one, ast.Import | ast.ImportFrom)
            and isinstance(two, ast.Import | ast.ImportFrom)
            and "__future__" not in source.of(one)
        ):
            yield one, [source.replace(one, source.of(two)), source.replace(two, source.of(one))]


@kind("import-removed")
def remove_import(source: Source) -> Found:
    for node in nodes(source, ast.ImportFrom):
        if len(node.names) > 1 and "__future__" not in source.of(node):  # type: ignore[attr-defined]
            names = ", ".join(source.of(one) for one in node.names[1:])  # type: ignore[attr-defined]
            yield node, [source.replace(node, f"from {'.' * node.level}{node.module or ''} import {names}")]  # type: ignore[attr-defined]


@kind("exception")
def change_exception(source: Source) -> Found:
    for node in nodes(source, ast.Raise, ast.ExceptHandler):
        one = node.exc if isinstance(node, ast.Raise) else node.type  # type: ignore[attr-defined]
        one = one.func if isinstance(one, ast.Call) else one
        if isinstance(one, ast.Name):
            yield node, [source.replace(one, "ZeroDivisionError" if one.id != "ZeroDivisionError" else "KeyError")]


@kind("loop")
def change_loop(source: Source) -> Found:
    for node in nodes(source, ast.For, ast.comprehension):
        if not getattr(node, "is_async", 0):
            yield node.iter, [source.replace(node.iter, f"list({source.of(node.iter)})[1:]")]  # type: ignore[attr-defined]


@kind("statement-removed")
def remove_statement(source: Source) -> Found:
    for node in nodes(source, ast.Assign, ast.AugAssign, ast.Expr, ast.Delete):
        if "\n" not in source.of(node) and not (isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)):
            yield node, [source.replace(node, "pass")]


@kind("arguments")
def swap_arguments(source: Source) -> Found:
    for node in nodes(source, ast.Call):
        if len(node.args) > 1 and not any(isinstance(one, ast.Starred) for one in node.args):  # type: ignore[attr-defined]
            one, two = node.args[:2]  # type: ignore[attr-defined]
            yield node, [source.replace(one, source.of(two)), source.replace(two, source.of(one))]


@kind("builtin-shadowed")
def shadow_builtin(source: Source) -> Found:
    names = [
        "def len(items):\n    return 1\n",
        "def sorted(items, **options):\n    return list(items)\n",
        "def isinstance(one, kinds):\n    return False\n",
        "str = repr\n",
        "def range(*bounds):\n    return ()\n",
    ]
    for node in source.tree.body[:-1]:
        if isinstance(node, ast.FunctionDef | ast.ClassDef):
            yield node, [Splice(source.whole_lines(node)[0], "", names[node.lineno % len(names)])]


@kind("defined-again")
def define_again(source: Source) -> Found:
    for node in source.tree.body:
        if isinstance(node, ast.FunctionDef | ast.ClassDef):
            end = "" if source.text.endswith("\n") else "\n"
            yield node, [Splice(len(source.text), "", f"{end}\n\ndef {node.name}(*values, **options):\n    return None\n")]


@kind("lambda")
def change_lambda(source: Source) -> Found:
    for node in nodes(source, ast.Lambda):
        yield node.body, [source.replace(node.body, f"[{source.of(node.body)}]")]  # type: ignore[attr-defined]


@kind("annotation")
def annotate(source: Source) -> Found:
    for node in functions(source):
        for one in [*node.args.posonlyargs, *node.args.args, *node.args.kwonlyargs]:
            if one.arg not in ("self", "cls"):
                yield (
                    node,
                    [source.replace(one.annotation, "object") if one.annotation is not None else Splice(source.end(one), "", ": object")],
                )


@kind("all")
def change_all(source: Source) -> Found:
    for node in source.tree.body:
        if (
            isinstance(node, ast.Assign)
            and source.of(node.targets[0]) == "__all__"
            and isinstance(node.value, ast.List | ast.Tuple)
            and len(node.value.elts) > 1
        ):
            yield node, [source.replace(node.value.elts[-1], source.of(node.value.elts[0]))]


@kind("local-renamed")
def rename_local(source: Source) -> Found:
    for node in functions(source):
        inner = [one for one in ast.walk(node) if one is not node]
        if any(
            isinstance(one, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda | ast.ClassDef | ast.Global | ast.Nonlocal | ast.JoinedStr)
            for one in inner
        ):
            continue
        stored = [one.id for one in inner if isinstance(one, ast.Name) and isinstance(one.ctx, ast.Store)]
        parameters = {one.arg for one in inner if isinstance(one, ast.arg)}
        for name in sorted(set(stored) - parameters)[:2]:
            yield node.body[0], [source.replace(one, f"{name}_renamed") for one in inner if isinstance(one, ast.Name) and one.id == name]


# ---------------------------------------------------------------- edits that change nothing


@kind("comment")
def add_comment(source: Source) -> Found:
    for node in nodes(source, ast.stmt):
        yield node, [source.insert_before(node, "# a comment")]  # type: ignore[arg-type]


@kind("comment-removed")
def remove_comment(source: Source) -> Found:
    for token in tokens(source):
        if token.type == tokenize.COMMENT and "coding" not in token.string and token.start[0] > 2:
            yield source.tree, [Splice(token_start(source, token), token.string, "")]


@kind("formatting")
def change_formatting(source: Source) -> Found:
    for node in nodes(source, ast.BinOp, ast.Compare, ast.Call, ast.Constant):
        if isinstance(node, ast.Constant) and (is_docstring(source, node) or not isinstance(node.value, str)):
            continue
        if not isinstance(source.parents.get(node), ast.JoinedStr | ast.FormattedValue | ast.MatchValue | ast.Expr) and not decorates(
            source, node
        ):
            yield node, [source.replace(node, f"(\n{source.of(node)})")]


def decorates(source: Source, node: ast.AST) -> bool:
    return node in (getattr(source.parents.get(node), "decorator_list", None) or ())


@kind("blank-lines")
def add_blank_lines(source: Source) -> Found:
    for node in source.tree.body:
        yield node, [Splice(source.whole_lines(node)[0], "", "\n\n\n")] if node.lineno > 1 else []


@kind("docstring")
def change_docstring(source: Source) -> Found:
    for node in [source.tree, *nodes(source, *Definition.__args__)]:
        first = node.body[0] if node.body else None  # type: ignore[attr-defined]
        if isinstance(first, ast.Expr) and isinstance(first.value, ast.Constant) and isinstance(first.value.value, str):
            end = source.end(first.value)
            quote = 3 if source.of(first.value).endswith(('"""', "'''")) else 1
            yield first, [Splice(end - quote, source.text[end - quote : end], " Edited." + source.text[end - quote : end])]
        elif isinstance(first, ast.stmt) and node is not source.tree:
            yield first, [source.insert_before(first, '"""Added."""')]


@kind("definitions-swapped")
def swap_definitions(source: Source) -> Found:
    for body in [source.tree.body]:
        for one, two in itertools.pairwise(body):
            if (
                all(isinstance(each, ast.FunctionDef) and not each.decorator_list and plain(each) for each in (one, two))
                and one.name != two.name
            ):  # type: ignore[attr-defined]
                yield one, [source.replace(one, source.of(two)), source.replace(two, source.of(one))]


def plain(node: ast.FunctionDef) -> bool:
    """Its header runs nothing that could tell where it stands."""
    return (
        all(one is None or isinstance(one, ast.Constant) for one in [*node.args.defaults, *node.args.kw_defaults])
        and not any(one.annotation for one in ast.walk(node.args) if isinstance(one, ast.arg))
        and node.returns is None
    )


@kind("unreached")
def break_function(source: Source) -> Found:
    """Only chosen where the function did not run."""
    for node in functions(source):
        statement = node.body[1] if len(node.body) > 1 and is_docstring(source, getattr(node.body[0], "value", node)) else node.body[0]
        start = source.start(statement)
        if first_line(statement) == statement.lineno:
            yield (
                statement,
                [Splice(start, "", "raise AssertionError('not run'); ")]
                if not isinstance(statement, COMPOUND)
                else [source.insert_before(statement, "raise AssertionError('not run')")],
            )


COMPOUND = (
    ast.If,
    ast.For,
    ast.While,
    ast.With,
    ast.Try,
    ast.FunctionDef,
    ast.ClassDef,
    ast.AsyncFunctionDef,
    ast.AsyncFor,
    ast.AsyncWith,
    ast.Match,
    ast.TryStar,
)
