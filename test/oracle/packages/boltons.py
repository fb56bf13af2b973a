# sources: boltons
from boltons import iterutils, strutils, timeutils
from boltons.cacheutils import LRU
from boltons.dictutils import OrderedMultiDict


def work_on_text():
    return [
        strutils.slugify("A b, C!"),
        strutils.cardinalize("match", 2),
        strutils.bytes2human(128991),
        strutils.parse_int_list("1,3-5"),
        strutils.camel2under("HelloThere"),
    ]


def work_on_items():
    return [
        iterutils.chunked(range(7), 3),
        iterutils.remap({"a": [1, None]}, lambda path, key, value: value is not None),
        iterutils.pairwise(range(3)),
        iterutils.get_path({"a": {"b": [7]}}, ("a", "b", 0)),
    ]


def keep_things():
    cache = LRU(max_size=2)
    for name in "abca":
        cache[name] = cache.get(name, 0) + 1
    many = OrderedMultiDict([("a", 1), ("b", 2), ("a", 3)])
    return [sorted(cache), cache.hit_count, many.getlist("a"), list(many.items(multi=True)), str(timeutils.parse_timedelta("2h 30m"))]
