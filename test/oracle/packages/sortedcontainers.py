# sources: sortedcontainers
from sortedcontainers import SortedDict, SortedKeyList, SortedList, SortedSet


def sort_list():
    one = SortedList([5, 1, 3])
    one.add(2)
    one.update([9, 0])
    one.discard(5)
    return [list(one), one.bisect_left(3), one.index(9), list(one.irange(1, 4)), repr(one)]


def sort_dict():
    one = SortedDict({"b": 2, "a": 1})
    one["c"] = 0
    one.setdefault("aa", 5)
    return [list(one.items()), one.peekitem(0), list(one.keys()), one.pop("b"), one.index("c")]


def sort_others():
    keyed = SortedKeyList([3, -1, 2], key=abs)
    keyed.add(-5)
    chosen = SortedSet([3, 1, 2]) | {7}
    return [list(keyed), list(chosen), list(chosen & {1, 7}), chosen[0], keyed.count(3)]
