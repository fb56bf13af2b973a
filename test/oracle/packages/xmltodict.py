# sources: xmltodict.py
import xmltodict


def read_xml():
    return xmltodict.parse('<a p="1"><b>x</b><b>y</b><c><![CDATA[z]]></c></a>')


def write_xml():
    return xmltodict.unparse({"a": {"@p": "1", "b": ["x", "y"], "#text": "t"}}, pretty=True)


def read_options():
    seen = []
    xmltodict.parse("<a><b>1</b><b>2</b></a>", item_depth=2, item_callback=lambda path, item: seen.append([str(path), item]) or True)
    return [seen, xmltodict.parse('<n:a xmlns:n="u"><n:b/></n:a>', process_namespaces=True, force_list=("u:b",))]
