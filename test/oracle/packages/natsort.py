# sources: natsort
import natsort


def sort_names():
    return natsort.natsorted(["a10", "a9", "A1", "b-2", "b2", "1.5x", "1.10x"])


def sort_options():
    names = ["a-5", "a-10", "a+3", "B1", "b1"]
    return [
        natsort.natsorted(names, alg=one) for one in [natsort.ns.REAL, natsort.ns.IGNORECASE, natsort.ns.LOWERCASEFIRST, natsort.ns.PATH]
    ]


def sort_indexes():
    return [
        natsort.index_natsorted(["x3", "x20", "x1"]),
        natsort.humansorted(["c", "B", "a"]),
        natsort.realsorted(["n5.10", "n-3", "n5.3"]),
    ]
