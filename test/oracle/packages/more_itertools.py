# sources: more_itertools
import more_itertools


def cut_lists():
    return [
        list(more_itertools.chunked(range(7), 3)),
        [list(one) for one in more_itertools.windowed(range(5), 3)],
        list(more_itertools.sliced("abcdefg", 3)),
    ]


def peek_ahead():
    items = more_itertools.peekable(range(5))
    first = items.peek()
    items.prepend(9)
    box = more_itertools.bucket(["a1", "b1", "a2"], key=lambda one: one[0])
    return [first, list(items), sorted(box), list(box["a"])]


def count_things():
    return [
        more_itertools.ilen(range(9)),
        list(more_itertools.run_length.encode("aabccc")),
        sorted(map(list, more_itertools.set_partitions([1, 2, 3], 2))),
        list(more_itertools.interleave_longest([1, 2], [3], [4, 5, 6])),
        more_itertools.first([], 3),
    ]
