# sources: sqlparse
import sqlparse


def lay_out():
    return sqlparse.format("select a, b from t where x = 1 and y in (select z from u) order by 1;", reindent=True, keyword_case="upper")


def split_text():
    return sqlparse.split("select 1; select 'a;b'; -- c\nupdate t set a = 2;")


def walk_tokens():
    statement = sqlparse.parse("select foo.bar as x, count(*) from foo join baz on foo.id = baz.id")[0]
    return [[type(one).__name__, str(one.ttype), one.value] for one in statement.tokens] + [statement.get_type()]
