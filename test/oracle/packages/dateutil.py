# sources: dateutil, six.py
import datetime

from dateutil import easter, parser, relativedelta, rrule


def read_dates():
    return [
        str(parser.parse(text, default=datetime.datetime(2000, 1, 1)))
        for text in ["Thu Sep 25 10:36:28 2003", "10 pm", "2003-09-25T10:49:41.5-03:00", "25/12/99"]
    ]


def add_months():
    return [
        str(datetime.date(2020, 1, 31) + relativedelta.relativedelta(months=1)),
        str(easter.easter(2021)),
        str(relativedelta.relativedelta(datetime.date(2021, 3, 1), datetime.date(2020, 1, 31))),
    ]


def repeat_days():
    rule = rrule.rrule(rrule.MONTHLY, count=3, byweekday=rrule.FR(-1), dtstart=datetime.datetime(2021, 1, 1))
    return [str(one) for one in rule] + [str(rule)]
