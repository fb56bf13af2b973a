"""The messages, as both sides tell them: the fixture is checked by TypeScript as well."""

import json
import socket
import unittest

from support.wire_shapes import FROM_WORKER, FROM_ZYGOTE, is_valid
from support.workplace import FIXTURES

from cairn.wire import LINE_BYTES, TO_WORKER, TO_ZYGOTE, Connection, WireError, encode, parse

INCOMING = {"toZygote": TO_ZYGOTE, "toWorker": TO_WORKER}
OUTGOING = {"fromZygote": FROM_ZYGOTE, "fromWorker": FROM_WORKER}


def is_accepted(channel: str, message: object) -> bool:
    if channel in OUTGOING:
        return is_valid(message, OUTGOING[channel])
    try:
        parse(json.dumps(message).encode(), INCOMING[channel])
    except WireError:
        return False
    return True


class Messages(unittest.TestCase):
    def test_every_example_is_judged_as_it_says(self) -> None:
        lines = (FIXTURES / "messages.jsonl").read_text(encoding="utf-8").splitlines()
        self.assertGreater(len(lines), 50)
        for line in lines:
            example = json.loads(line)
            with self.subTest(f"{example['channel']}: {example['note']}"):
                self.assertEqual(is_accepted(example["channel"], example["message"]), example["valid"])

    def test_what_is_not_json_is_refused(self) -> None:
        for line in (b"", b"fork", b'{"v":1,', b"\xff\xfe", b"[" * 100_000, b"null", b"1"):
            with self.assertRaises(WireError):
                parse(line, TO_ZYGOTE)

    def test_a_message_is_one_line_of_ascii(self) -> None:
        line = encode("progress", {"done": 1, "total": None, "message": "a\nb ü \ud800 \u2028"})
        self.assertEqual(line.count(b"\n"), 1)
        self.assertTrue(line.isascii())
        self.assertEqual(json.loads(line)["params"]["message"], "a\nb ü \ud800 \u2028")

    def test_nan_never_goes_out(self) -> None:
        with self.assertRaises(ValueError):
            encode("metric", {"value": float("nan")})


class Lines(unittest.TestCase):
    def setUp(self) -> None:
        ours, self.theirs = socket.socketpair()
        self.connection = Connection(ours)
        self.addCleanup(ours.close)
        self.addCleanup(self.theirs.close)

    def test_lines_come_whole_however_they_are_cut(self) -> None:
        for piece in (b"one\ntw", b"o\n", b"three"):
            self.theirs.sendall(piece)
            self.connection.receive()
        self.assertEqual([self.connection.take_line() for _ in range(3)], [b"one", b"two", None])
        self.theirs.sendall(b"\n")
        self.assertEqual(self.connection.read_line(), b"three")

    def test_the_end_of_the_stream_is_none(self) -> None:
        self.theirs.sendall(b"half a line")
        self.theirs.close()
        self.assertIsNone(self.connection.read_line())

    def test_a_line_without_end_is_refused(self) -> None:
        self.connection._received = bytearray(LINE_BYTES + 1)
        with self.assertRaises(WireError):
            self.connection.take_line()


if __name__ == "__main__":
    unittest.main()
