# sources: jsonpointer.py
import jsonpointer

DOCUMENT = {"foo": {"bar": [1, 2, {"x/y": 3}]}, "": 0}


def resolve_paths():
    return [jsonpointer.resolve_pointer(DOCUMENT, path) for path in ["/foo/bar/0", "/foo/bar/2/x~1y", "/"]] + [
        jsonpointer.resolve_pointer(DOCUMENT, "/none", "d")
    ]


def set_values():
    copied = jsonpointer.set_pointer(DOCUMENT, "/foo/bar/1", 9, inplace=False)
    pointer = jsonpointer.JsonPointer("/foo/bar")
    return [
        copied,
        pointer.parts,
        str(pointer),
        pointer.contains(jsonpointer.JsonPointer("/foo")),
        pointer == jsonpointer.JsonPointer("/foo/bar"),
    ]


def refuse_paths():
    said = []
    for path in ["foo", "/foo/bar/9", "/foo/bar/01", "/~2"]:
        try:
            jsonpointer.resolve_pointer(DOCUMENT, path)
        except jsonpointer.JsonPointerException as error:
            said.append(str(error))
    return said
