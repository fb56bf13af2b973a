# sources: bidict, typing_extensions.py
import bidict


def look_both_ways():
    one = bidict.bidict({"a": 1, "b": 2})
    one["c"] = 3
    return [one.inverse[3], one.inv.inv is one, sorted(one.items()), repr(one.inverse)]


def refuse_doubles():
    one = bidict.bidict({"a": 1})
    said = []
    for change in [lambda: one.put("b", 1), lambda: one.putall([("x", 5), ("y", 5)])]:
        try:
            change()
        except bidict.DuplicationError as error:
            said.append([type(error).__name__, str(error)])
    one.forceput("z", 1)
    return [said, dict(one)]


def keep_order():
    one = bidict.OrderedBidict([("a", 1), ("b", 2), ("c", 3)])
    one.move_to_end("a")
    fixed = bidict.frozenbidict({"k": "v"})
    return [list(one), list(one.inverse), one.popitem(last=False), fixed.inverse["v"]]
