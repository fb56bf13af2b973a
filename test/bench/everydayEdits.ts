/** The program of the table of everyday edits, and the edits: what is written in every project between one run and the next. */

export interface Program {
  readonly main: string;
  readonly helpers: string;
  /** version of the package that it imports */
  readonly six: string;
  /** the variable LEVEL */
  readonly level: string;
}

export interface EverydayEdit {
  readonly name: string;
  /** the result may be another: whatever is not run again would be stale */
  readonly counts: boolean;
  readonly apply: (program: Program) => Program;
}

const MAIN = `"""Computes one value."""
import os

import six

from helpers import LIMIT, Scaler, clean


def local(value):
    return value * 2


def never(value):
    return value - 1


def run():
    """The value and what it was made with."""
    value = Scaler(3).scale(clean(local(5)))
    return {"value": min(value, LIMIT), "six": six.__version__, "level": os.environ.get("LEVEL")}
`;

const HELPERS = `LIMIT = 100


def clean(value):
    return value + 1


class Scaler:
    def __init__(self, factor):
        self.factor = factor

    def scale(self, value):
        return value * self.factor
`;

export const BASE: Program = { main: MAIN, helpers: HELPERS, six: '1.16.0', level: '1' };

export const EVERYDAY_EDITS: readonly EverydayEdit[] = [
  { name: 'none', counts: false, apply: (program) => program },
  inMain('comment', false, '    value = Scaler', '    # scaled at the end\n    value = Scaler'),
  inMain('docstring', false, 'The value and what', 'Gives the value and what'),
  inMain('formatting', false, 'return {"value": min(value, LIMIT), ', 'return {\n        "value": min( value, LIMIT ),\n        '),
  inMain('unreached function', false, 'return value - 1', 'return value - 2'),
  inMain('body of the step', true, 'min(value, LIMIT)', 'min(value, LIMIT) + 1'),
  inMain('helper, same file', true, 'return value * 2', 'return value * 4'),
  inHelpers('helper, another file', 'return value + 1', 'return value + 2'),
  inHelpers('constant, another file', 'LIMIT = 100', 'LIMIT = 20'),
  inHelpers('method, another file', 'value * self.factor', 'value * self.factor + 1'),
  { name: 'version of a package', counts: true, apply: (program) => ({ ...program, six: '1.17.0' }) },
  { name: 'environment variable', counts: true, apply: (program) => ({ ...program, level: '2' }) },
];

function inMain(name: string, counts: boolean, old: string, text: string): EverydayEdit {
  return { name, counts, apply: (program) => ({ ...program, main: replaceOnce(program.main, old, text) }) };
}

function inHelpers(name: string, old: string, text: string): EverydayEdit {
  return { name, counts: true, apply: (program) => ({ ...program, helpers: replaceOnce(program.helpers, old, text) }) };
}

function replaceOnce(text: string, old: string, wanted: string): string {
  if (text.split(old).length !== 2) throw new Error(`${old} has to be there once`);
  return text.replace(old, () => wanted);
}
