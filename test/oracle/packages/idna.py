# sources: idna
import idna


def encode_names():
    return [idna.encode(text).decode() for text in ["ドメイン.テスト", "straße.de", "example.com"]]


def decode_names():
    return [idna.decode("xn--eckwd4c7c.xn--zckzah"), idna.decode("xn--strae-oqa.de")]


def refuse_names():
    said = []
    for text in ["a..b", "-a", "x" * 70, "Königsgäßchen_"]:
        try:
            idna.encode(text)
        except idna.IDNAError as error:
            said.append([type(error).__name__, str(error)])
    return [*said, idna.encode("Königsgäßchen", uts46=True).decode()]
