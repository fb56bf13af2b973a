# sources: click
import click
from click.testing import CliRunner


@click.group()
@click.option("--loud/--quiet", default=False, help="How loud.")
@click.pass_context
def main(context, loud):
    context.obj = loud


@main.command()
@click.argument("names", nargs=-1)
@click.option("-n", "--count", type=int, default=1, show_default=True)
@click.pass_obj
def greet(loud, names, count):
    """Greets people."""
    for name in names:
        click.echo(("HELLO " if loud else "hello ") + name * count)


def run(*words):
    result = CliRunner().invoke(main, words)
    return [result.exit_code, result.output]


def greet_people():
    return run("--loud", "greet", "a", "b", "-n", "2")


def show_help():
    return [run("--help"), run("greet", "--help")]


def refuse():
    return [run("greet", "-n", "x"), run("none"), run("--what")]
