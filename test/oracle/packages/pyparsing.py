# sources: pyparsing
import pyparsing


def read_list():
    number = pyparsing.Word(pyparsing.nums).set_parse_action(lambda found: int(found[0]))
    return (
        (pyparsing.Literal("[").suppress() + pyparsing.DelimitedList(number) + pyparsing.Literal("]").suppress())
        .parse_string("[1, 2, 3]")
        .as_list()
    )


def read_expression():
    number = pyparsing.pyparsing_common.integer
    grammar = pyparsing.infix_notation(
        number, [(pyparsing.one_of("* /"), 2, pyparsing.OpAssoc.LEFT), (pyparsing.one_of("+ -"), 2, pyparsing.OpAssoc.LEFT)]
    )
    return grammar.parse_string("1+2*3-4", parse_all=True).as_list()


def refuse():
    try:
        pyparsing.Word(pyparsing.alphas)("name").parse_string("12")
    except pyparsing.ParseException as error:
        return str(error)
    return None
