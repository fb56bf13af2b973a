# sources: tomli
import tomli

TEXT = """
title = "a"
[owner]
name = "Ä \\u00e9"
born = 1979-05-27T07:32:00Z
[[items]]
size = 0x1F
rate = 1.5e3
[[items]]
tags = ["a", 'b', '''c
d''']
point = { x = 1, y = [true, false] }
"""


def read_document():
    return [[key, str(value)] for key, value in tomli.loads(TEXT).items()]


def name_errors():
    said = []
    for text in ["a = ", "a = 1\na = 2", "[a]\n[a]", "x = 2020-13-01", 'y = "\\q"', "z = [1, 2"]:
        try:
            tomli.loads(text)
        except tomli.TOMLDecodeError as error:
            said.append(str(error))
    return said


def read_numbers():
    return tomli.loads("a = 1_000\nb = +0.5\nc = 0o17\nd = 0b11\ne = -inf\nf = 10:30:00\n".replace("f = 10:30:00\n", ""), parse_float=str)
