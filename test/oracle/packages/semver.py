# sources: semver
import semver


def bump_versions():
    one = semver.Version.parse("1.2.3-rc.1+build.5")
    return [str(one.bump_major()), str(one.bump_patch()), str(one.bump_prerelease()), str(one.finalize_version()), one.to_dict()]


def compare_versions():
    return [
        semver.Version.parse("1.0.0").compare("1.0.0-a"),
        sorted(map(str, map(semver.Version.parse, ["2.0.0", "1.9.0", "1.9.0-b"]))),
        semver.Version.parse("1.2.3").match(">=1.2.0"),
    ]


def refuse_versions():
    said = []
    for text in ["1", "01.2.3", "a.b.c"]:
        try:
            semver.Version.parse(text)
        except ValueError as error:
            said.append(str(error))
    return [*said, repr(semver.Version(1, 2)), semver.Version.is_valid("1.0.0")]
