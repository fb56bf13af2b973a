# sources: marshmallow, typing_extensions.py
from marshmallow import Schema, ValidationError, fields, post_load, validate


class Author(Schema):
    name = fields.Str(required=True, validate=validate.Length(min=2))
    age = fields.Int(load_default=3)
    born = fields.Date()


class Book(Schema):
    title = fields.Str(data_key="t")
    authors = fields.List(fields.Nested(Author))

    @post_load
    def mark(self, data, **_rest):
        return {**data, "loaded": True}


def load_book():
    return str(Book().load({"t": "x", "authors": [{"name": "ab", "born": "2020-01-02"}]}))


def refuse():
    try:
        Book().load({"t": 5, "authors": [{"name": "a"}, {"age": "q"}], "more": 1})
    except ValidationError as error:
        return str(error.messages)
    return None


def dump_book():
    return Book(only=["title"]).dump({"title": "x", "authors": []})
