# sources: lark
import lark

GRAMMAR = """
start: sum
?sum: product | sum "+" product -> add
?product: atom | product "*" atom -> mul
?atom: NUMBER -> number | "(" sum ")"
%import common.NUMBER
%ignore " "
"""


class Calculate(lark.Transformer):
    number = staticmethod(lambda items: float(items[0]))

    def add(self, items):
        return items[0] + items[1]

    def mul(self, items):
        return items[0] * items[1]

    def start(self, items):
        return items[0]


def calculate():
    return Calculate().transform(lark.Lark(GRAMMAR, parser="lalr").parse("1 + 2 * (3 + 4)"))


def draw_tree():
    return lark.Lark(GRAMMAR).parse("1 * 2 + 3").pretty()


def refuse():
    try:
        lark.Lark(GRAMMAR, parser="lalr").parse("1 + ")
    except lark.UnexpectedInput as error:
        return [type(error).__name__, error.line, error.column]
    return None
