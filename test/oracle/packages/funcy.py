# sources: funcy
import funcy


def work_on_lists():
    return [
        funcy.ldistinct([1, 2, 1]),
        funcy.lchunks(2, [1, 2, 3]),
        funcy.lflatten([1, [2, [3]]]),
        funcy.lpartition_by(lambda x: x > 2, [1, 2, 3]),
    ]


def work_on_dicts():
    return [
        funcy.merge({"a": 1}, {"b": 2}),
        funcy.walk_values(str, {"a": 1}),
        funcy.select_keys(r"^a", {"ab": 1, "b": 2}),
        funcy.get_in({"a": [5]}, ["a", 0]),
        str(funcy.flip({"a": 1})),
    ]


def wrap_functions():
    calls = []

    @funcy.retry(3, errors=ValueError)
    def often():
        calls.append(1)
        if len(calls) < 3:
            raise ValueError("again")
        return len(calls)

    @funcy.memoize
    def once(value):
        calls.append(value)
        return value

    return [often(), once(5), once(5), len(calls), funcy.re_find(r"\d+", "a12"), funcy.silent(int)("x")]
