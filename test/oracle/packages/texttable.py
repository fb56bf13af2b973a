# sources: texttable.py
import texttable


def draw():
    table = texttable.Texttable()
    table.set_cols_align(["l", "r", "c"])
    table.set_cols_dtype(["t", "f", "a"])
    table.add_rows([["Name", "Age", "X"], ["Mr\nX", 32, "a long text that wraps"], ["Y", 1.5, None]])
    return table.draw()


def decorate():
    table = texttable.Texttable(40)
    table.set_deco(texttable.Texttable.HEADER | texttable.Texttable.VLINES)
    table.header(["a", "b"])
    table.add_row([1, 2])
    return table.draw()


def refuse():
    try:
        texttable.Texttable().add_rows([[1, 2], [1]])
        table = texttable.Texttable()
        table.add_row([1, 2])
        table.add_row([1])
        return table.draw()
    except texttable.ArraySizeError as error:
        return str(error)
