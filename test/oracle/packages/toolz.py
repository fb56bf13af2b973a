# sources: toolz
import toolz
from toolz import curried


def compose_functions():
    return [
        toolz.compose(str, lambda x: x + 1)(3),
        toolz.pipe(4, lambda x: x * 2, str),
        toolz.thread_last(range(5), (map, lambda x: x * x), list),
    ]


def group_things():
    people = [{"name": "a", "age": 3}, {"name": "b", "age": 5}, {"name": "c", "age": 3}]
    grouped = toolz.groupby("age", people)
    return [
        sorted((key, len(value)) for key, value in grouped.items()),
        toolz.merge_with(sum, {"a": 1}, {"a": 2, "b": 3}),
        toolz.get_in(["a", "b"], {"a": {"b": 2}}),
    ]


def curry_things():
    add = toolz.curry(lambda x, y: x + y)
    return [add(1)(2), list(curried.map(add(10))([1, 2])), list(toolz.sliding_window(2, [1, 2, 3])), toolz.memoize(lambda x: x + 1)(3)]
