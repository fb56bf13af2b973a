# sources: cachetools
import cachetools


def keep_newest():
    cache = cachetools.LRUCache(maxsize=2)
    for key in "abac":
        cache[key] = key
        cache.get("a")
    return [sorted(cache), cache.currsize, repr(cachetools.LFUCache(3))]


def keep_by_time():
    now = [0]
    cache = cachetools.TTLCache(maxsize=5, ttl=10, timer=lambda: now[0])
    cache["a"] = 1
    now[0] = 5
    cache["b"] = 2
    now[0] = 12
    return [sorted(cache), len(cache), "a" in cache]


def remember_calls():
    calls = []

    @cachetools.cached(cache={}, key=lambda value: value % 3)
    def work(value):
        calls.append(value)
        return value

    return [[work(value) for value in range(6)], calls, cachetools.keys.typedkey(1) == cachetools.keys.typedkey(1.0)]
