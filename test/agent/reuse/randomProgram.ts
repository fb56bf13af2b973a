import { moduleFiles, type Files } from '../../support/smallWorkspace.ts';
import { Random } from './random.ts';

/** Every number of a program; an edit changes one of them. */
const NUMBERS = ['base', 'own', 'more', 'limit', 'effect', 'mark', 'side', 'size', 'scale', 'reach', 'lazy'] as const;
/** numbers of what never runs */
const IDLE = ['unreached', 'never', 'spare'] as const;
/** texts that nobody reads */
const TEXTS = ['comment', 'docstring', 'spaces'] as const;

export type Part = (typeof NUMBERS)[number] | (typeof IDLE)[number] | (typeof TEXTS)[number] | 'data' | 'version' | 'salt' | 'seed';

export interface Program {
  /** `flow/m0` */
  readonly name: string;
  /** types of its ports, named `in0`, `in1`, … */
  readonly inputs: readonly string[];
  readonly parts: { readonly [part in Part]: number };
  /** shape of the code: which of the forms of import, class and call it uses */
  readonly shape: number;
}

export function createProgram(name: string, inputs: readonly string[], seed: number): Program {
  const random = new Random(seed);
  const all = [...NUMBERS, ...IDLE, ...TEXTS, 'data'] as const;
  const parts = Object.fromEntries(all.map((part) => [part, random.below(50)]));
  return { name, inputs, parts: { ...(parts as Program['parts']), version: 1, salt: 0, seed: 0 }, shape: random.below(64) };
}

export function withPart(program: Program, part: Part, value: number): Program {
  return { ...program, parts: { ...program.parts, [part]: value } };
}

export function toFiles(program: Program): Files {
  const { name, parts, inputs } = program;
  const ports = inputs.map((type, index) => `in${String(index)}: ${type}`).join(', ');
  const more = `cache: { version: ${String(parts.version)}, salt: "s${String(parts.salt)}" }\ndeterminism: seeded\nseed: ${String(parts.seed)}\nenvironment: plain\n`;
  const params = '{ p: { type: int, default: 1 } }';
  const made = moduleFiles(name, { code: toMain(program), inputs: ports === '' ? '{}' : `{ ${ports} }`, params, more });
  return {
    ...made,
    [`modules/${name}/helpers.py`]: toHelpers(program),
    [`modules/${name}/deep/inner.py`]: toInner(program),
    [`modules/${name}/deep/__init__.py`]: '',
    [`modules/${name}/data.txt`]: `data ${String(parts.data)}\n`,
  };
}

function has({ shape }: Program, bit: number): boolean {
  return (shape & (1 << bit)) !== 0;
}

function toMain(program: Program): string {
  const { parts, inputs } = program;
  const given = inputs.map((_, index) => `in${String(index)}`);
  const blank = '\n'.repeat(parts.spaces % 4);
  const lazy = has(program, 0)
    ? '        from deep.inner import lazily\n'
    : '        from deep import inner\n        lazily = inner.lazily\n';
  return `"""Module ${String(parts.docstring)}."""
import os
${has(program, 1) ? 'import helpers\nfrom helpers import Box, scale, twice' : 'from helpers import Box, scale, twice\nimport helpers'}
from deep.inner import reach

# comment ${String(parts.comment)}
BASE = ${String(parts.base)}
${blank}
def own(n, more=${String(parts.more)}):
    """Own ${String(parts.docstring)}."""
    return n * ${String(parts.own)} + more


def unreached(n):
    return n + ${String(parts.unreached)}


def run(${[...given, 'p: int = 1'].join(', ')}):
    with open("data.txt") as file:
        text = file.read().strip()

    def later(n):
${lazy}        return lazily(n)

    if p < 0:
        return {"out": unreached(p)}
    return {
        "out": {
            "base": BASE,
            "own": own(p),
            "limit": helpers.LIMIT,
            "effect": sum(helpers.REGISTRY),
            "twice": twice(p),
            "size": Box(p).size(),
            "scale": ${has(program, 2) ? '[scale(n) for n in range(3)]' : 'list(map(scale, range(3)))'},
            "reach": reach(p),
            "lazy": later(p),
            "text": text,
            "variable": os.environ["FLOW_MODE"],
            "given": [${given.join(', ')}],
        }
    }
`;
}

function toHelpers(program: Program): string {
  const { parts } = program;
  const base = has(program, 3) ? '(Shape)' : '';
  return `"""Helpers ${String(parts.docstring)}."""
${has(program, 4) ? 'import functools\n' : ''}
LIMIT = ${String(parts.limit)}
REGISTRY = []
REGISTRY.append(${String(parts.effect)})


def marked(function):
${has(program, 4) ? '    @functools.wraps(function)\n' : ''}    def inner(*given):
        return function(*given) + ${String(parts.mark)}

    return inner


@marked
def twice(n):
    return n * 2


class Shape:
    def never(self):
        return ${String(parts.never)}


class Box${base}:
    SIDE = ${String(parts.side)}

    def __init__(self, n):
        self.n = n

    ${has(program, 5) ? '@property\n    def edge(self):\n        return self.SIDE\n\n    ' : ''}def size(self):
        return self.n + ${has(program, 5) ? 'self.edge' : 'self.SIDE'} * ${String(parts.size)}


def scale(n):
    # comment ${String(parts.comment)}
    return n + ${String(parts.scale)}


def spare():
    return ${String(parts.spare)}
`;
}

function toInner(program: Program): string {
  const { parts } = program;
  return `from helpers import scale


def reach(n):
    return scale(n) - ${String(parts.reach)}


def lazily(n):
    return n * ${String(parts.lazy)}
`;
}
