# sources: cssselect
import cssselect


def translate():
    translator = cssselect.GenericTranslator()
    return [translator.css_to_xpath(text) for text in ["div > p.a", "a[href^='x']:not(.b)", "li:nth-child(2n+1)", "#i, e ~ f"]]


def measure():
    return [list(one.specificity()) for text in ["a", "#a .b", "a:hover::before"] for one in cssselect.parse(text)]


def refuse():
    said = []
    for text in ["a >", "[", "a:nth-child(x)", "::"]:
        try:
            cssselect.HTMLTranslator().css_to_xpath(text)
        except cssselect.SelectorError as error:
            said.append([type(error).__name__, str(error)])
    return said
