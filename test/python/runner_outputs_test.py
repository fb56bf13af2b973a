"""What a function may return, and how it is written, where no data library is needed."""

import hashlib
import json
import os
import pickle
import tempfile
import unittest
from pathlib import Path

from support.workplace import INLINE, to_bytes

from cairn.canonical import NotJson, to_canonical_json
from cairn.failure import TaskFailure
from cairn.outputs import match_outputs, write_outputs
from cairn.sink import Sink


def declare(**kinds: str) -> list:
    return [
        {"name": name, "type": {"kind": kind, "columns": [], "open": True} if kind == "table" else {"kind": kind}}
        for name, kind in kinds.items()
    ]


class Matching(unittest.TestCase):
    def test_by_name_or_bare(self) -> None:
        for returned, declared, expected in [
            ({"a": 1, "b": 2}, declare(a="json", b="model"), {"a": 1, "b": 2}),
            ({"a": 1}, declare(a="json"), {"a": 1}),
            ({"b": 1}, declare(a="json"), {"a": {"b": 1}}),
            ({"a": 1, "b": 2}, declare(a="json"), {"a": {"a": 1, "b": 2}}),
            ({}, declare(a="metrics"), {"a": {}}),
            ([1], declare(a="json"), {"a": [1]}),
            (0, declare(a="json"), {"a": 0}),
            ({"x": [1]}, declare(a="table"), {"a": {"x": [1]}}),
            (None, [], {}),
            ({}, [], {}),
        ]:
            with self.subTest(returned=returned, declared=declared):
                self.assertEqual(match_outputs(returned, declared), expected)

    def test_what_does_not_match(self) -> None:
        for returned, declared, code, message in [
            ({"a": 1}, declare(a="json", b="json"), "output-missing", "'b' is missing"),
            ({}, declare(a="json", b="json"), "output-missing", "an empty dict"),
            (None, declare(a="json"), "output-missing", "returned nothing"),
            ({"a": 1, "b": 1, "c": 1}, declare(a="json", b="json"), "output-unexpected", "'c' is not declared"),
            ({"a": 1}, [], "output-unexpected", "'a' is not declared"),
            (1, [], "output-unexpected", "declares no outputs"),
            ((1, 2), declare(a="json", b="json"), "output-wrong", "tuple, not a dict"),
            ({"b": "x"}, declare(a="file"), "output-missing", "'a' is missing"),
        ]:
            with self.subTest(returned=returned, declared=declared), self.assertRaises(TaskFailure) as caught:
                match_outputs(returned, declared)
            self.assertEqual(caught.exception.code, code)
            self.assertIn(message, caught.exception.message)


class Written(unittest.TestCase):
    def setUp(self) -> None:
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = Path(folder.name)
        (self.folder / "out").mkdir()

    def write(self, kind: str, value: object, inline: int = INLINE) -> dict:
        (output,) = write_outputs({"a": value}, declare(a=kind), str(self.folder / "out"), inline)
        self.assertEqual((output["name"], output["type"]), ("a", kind))
        return output

    def refuse(self, kind: str, value: object) -> str:
        with self.assertRaises(TaskFailure) as caught:
            self.write(kind, value)
        self.assertEqual(caught.exception.code, "output-wrong")
        self.assertTrue(caught.exception.message.startswith("output 'a'"), caught.exception.message)
        return caught.exception.message

    def test_json_is_canonical(self) -> None:
        output = self.write("json", {"b": [1, 1.0, None, True, "ü"], "a": {"\u2028": 1e-7}, "😀": 1, "\uffff": 2})
        self.assertEqual(to_bytes(output).decode(), '{"a":{"\u2028":1e-07},"b":[1,1.0,null,true,"ü"],"😀":1,"\uffff":2}')
        self.assertEqual((output["logical"], output["exact"], output["format"]), (output["digest"], False, "json"))
        self.assertNotIn("path", output)

    def test_json_that_cannot_be_said(self) -> None:
        for value, place in [
            (float("nan"), "$ is nan"),
            ({"a": [0, float("-inf")]}, "$.a[1] is -inf"),
            ({1: 2}, "$ has the key 1 (int)"),
            ([{"x": b""}], "$[0].x is bytes"),
            (object(), "$ is object"),
        ]:
            self.assertIn(place, self.refuse("json", value))
        endless: list = []
        endless.append(endless)
        self.assertIn("holds itself", self.refuse("json", endless))

    def test_text_of_every_kind(self) -> None:
        for value in ("\ud800", 'a\u0000\u001f\u007f"\\\n', "😀", {"\udfff": 1}):
            self.assertEqual(json.loads(to_canonical_json(value)), value)
        with self.assertRaises(NotJson):
            to_canonical_json({"a": {"b": float("nan")}})

    def test_metrics(self) -> None:
        self.assertEqual(to_bytes(self.write("metrics", {"b": 2, "a": 1.5})), b'{"a":1.5,"b":2}')
        self.assertIn("metric 'a' is nan", self.refuse("metrics", {"a": float("nan")}))
        self.assertIn("metric 'a' is a number, not 'x'", self.refuse("metrics", {"a": "x"}))
        self.assertIn("metric 'a' is a number, not NoneType", self.refuse("metrics", {"a": None}))
        self.assertIn("named 1", self.refuse("metrics", {1: 1}))
        self.assertIn("list, not metrics", self.refuse("metrics", [1]))

    def test_a_model_is_a_pickle_of_protocol_five(self) -> None:
        output = self.write("model", {"weights": [1.5], "kind": "ridge"})
        data = to_bytes(output)
        self.assertEqual(pickle.loads(data), {"weights": [1.5], "kind": "ridge"})
        self.assertEqual(data[:2], b"\x80\x05")
        self.assertEqual((output["exact"], output["logical"]), (True, output["digest"]))
        self.assertIn("cannot be pickled", self.refuse("model", lambda: None))

    def test_large_outputs_go_by_file(self) -> None:
        for inline in (0, 10, 10_000, 1 << 20):
            output = self.write("model", b"x" * 100_000, inline)
            self.assertEqual("path" in output, inline < 100_000)
            self.assertEqual("data" in output, inline >= 100_000)
            self.assertEqual(pickle.loads(to_bytes(output)), b"x" * 100_000)
        self.assertEqual("data" in self.write("json", 1, 1), True)
        self.assertEqual("path" in self.write("json", 12, 1), True)

    def test_a_file_is_copied(self) -> None:
        source = self.folder / "made.bin"
        source.write_bytes(b"\x00" * 70_000)
        for value in (source, str(source)):
            self.assertEqual(to_bytes(self.write("file", value)), b"\x00" * 70_000)
        self.assertTrue(source.exists())
        self.assertIn("there is nothing at", self.refuse("file", self.folder / "gone"))
        self.assertIn("no regular file", self.refuse("file", self.folder))
        self.assertIn("bytes, not a path", self.refuse("file", b"x"))

    def test_a_directory_has_a_manifest(self) -> None:
        source = self.folder / "made"
        (source / "b").mkdir(parents=True)
        (source / "b" / "two").write_text("2")
        (source / "a.sh").write_text("1")
        (source / "a.sh").chmod(0o700)
        output = self.write("directory", source)
        manifest = json.loads(to_bytes({key: value for key, value in output.items() if key != "path"}))
        self.assertEqual(
            [(file["path"], file["mode"], file["size"]) for file in manifest["files"]], [("a.sh", 0o755, 1), ("b/two", 0o644, 1)]
        )
        for file in manifest["files"]:
            copy = Path(output["path"], file["path"]).read_bytes()
            self.assertEqual("sha256:" + hashlib.sha256(copy).hexdigest(), file["digest"])

    def test_what_a_directory_may_not_hold(self) -> None:
        source = self.folder / "made"
        source.mkdir()
        (source / "link").symlink_to("/etc/passwd")
        self.assertIn("a link or a special file", self.refuse("directory", source))
        (source / "link").unlink()
        os.mkfifo(source / "pipe")
        self.folder.joinpath("out", "a").rmdir()
        self.assertIn("a link or a special file", self.refuse("directory", source))
        self.assertIn("is no folder", self.refuse("directory", __file__))

    def test_nothing_is_written_for_small_outputs(self) -> None:
        sink = Sink(str(self.folder / "nowhere" / "a"), 10)
        sink.write(b"1234567890")
        sink.close()
        self.assertEqual(sink.to_place()["bytes"], 10)


if __name__ == "__main__":
    unittest.main()
