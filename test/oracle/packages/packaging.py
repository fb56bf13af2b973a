# sources: packaging
from packaging.markers import Marker
from packaging.requirements import Requirement
from packaging.specifiers import SpecifierSet
from packaging.utils import canonicalize_name, parse_wheel_filename
from packaging.version import InvalidVersion, Version, parse


def order_versions():
    return [str(one) for one in sorted(map(Version, ["1.0", "1.0a1", "1.0.dev3", "2!0.1", "1.0.post2", "1.0+local.1", "1.0rc2"]))]


def judge_specifiers():
    wanted = SpecifierSet(">=1.2,!=1.5.*,~=1.4")
    return [text for text in ["1.2", "1.4", "1.5.1", "1.9", "2.0"] if wanted.contains(text)] + [str(wanted)]


def read_requirement():
    one = Requirement('requests[socks,security]>=2.8.1,==2.8.* ; python_version < "2.7"')
    return [one.name, sorted(one.extras), str(one.specifier), str(one.marker), str(one)]


def judge_marker():
    marker = Marker('python_version > "3.0" and (os_name == "posix" or extra == "x")')
    return [
        marker.evaluate({"os_name": "posix", "python_version": "3.9"}),
        marker.evaluate({"os_name": "nt", "extra": "", "python_version": "3.9"}),
    ]


def refuse_versions():
    said = [canonicalize_name("A._b"), str(parse_wheel_filename("foo-1.0-py3-none-any.whl")[1])]
    for text in ["", "x", "1..2"]:
        try:
            parse(text)
        except InvalidVersion as error:
            said.append(str(error))
    return said
