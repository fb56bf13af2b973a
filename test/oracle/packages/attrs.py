# sources: attr, attrs
import attr
import attrs


@attrs.define
class Point:
    x: int = attrs.field(default=0, validator=attrs.validators.instance_of(int))
    y: int = attrs.field(factory=lambda: 5, converter=int)


@attr.s(order=True, frozen=True)
class Fixed:
    name = attr.ib()
    rest = attr.ib(default=(), repr=False)


def make_points():
    one = Point(1, "2")
    return [repr(one), one == Point(1, 2), attrs.asdict(one), repr(attrs.evolve(one, x=7))]


def refuse():
    said = []
    for make in [lambda: Point("a"), lambda: setattr(Fixed("a"), "name", "b"), lambda: Fixed()]:
        try:
            make()
        except Exception as error:
            said.append([type(error).__name__, str(error)[:40]])
    return said


def order():
    return [repr(sorted([Fixed("b"), Fixed("a")])), [one.name for one in attr.fields(Fixed)]]
