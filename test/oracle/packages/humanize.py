# sources: humanize
import datetime

import humanize


def write_numbers():
    return [
        humanize.intcomma(1234567),
        humanize.intword(1234000000),
        humanize.ordinal(22),
        humanize.apnumber(5),
        humanize.fractional(0.3),
        humanize.scientific(0.00012),
    ]


def write_sizes():
    return [humanize.naturalsize(3000000), humanize.naturalsize(3000, binary=True), humanize.naturalsize(12, gnu=True)]


def write_times():
    return [
        humanize.naturaldelta(datetime.timedelta(days=40)),
        humanize.precisedelta(datetime.timedelta(seconds=3633)),
        humanize.naturallist(["a", "b", "c"]) if hasattr(humanize, "naturallist") else "",
    ]
