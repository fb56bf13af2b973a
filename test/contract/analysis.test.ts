import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { chmodSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import type { Analyzer } from '../../rde-agent/analysis/analyzer.ts';
import { createAnalyzer } from '../../rde-agent/analysis/createAnalyzer.ts';
import { analyse, analyseParsed, createFindPython, listMinors, toSource } from '../support/analysis.ts';
import { createTempFolder, removeFolder } from '../support/tempFolder.ts';

const NAMED = `import functools

@functools.total_ordering
class Box:
    @property
    def size(self): return [x for x in (1, 2)]


def make(n=1):
    key = lambda x: x
    @functools.wraps(make)
    def inner():
        return 1
    return sorted([n], key=lambda x: x)
`;

const EQUAL: readonly (readonly [string, string, string])[] = [
  ['comments and blank lines', 'def f():\n    return 1\n', '# why\n\ndef f():  # how\n\n    return 1  # what\n'],
  ['formatting', 'x = f(1, {"a": 2})\n', 'x = f(\n    1,\n    {\n        "a": 2,\n    },\n)\n'],
  ['quotes and joined strings', 'x = "a" "b"\n', "x = 'ab'\n"],
  [
    'docstrings',
    'def f():\n    "one"\n    return 1\nclass C:\n    "two"\n    x = 1\n',
    '"zero"\ndef f():\n    return 1\nclass C:\n    x = 1\n',
  ],
  [
    'what runs only as a program',
    'x = 1\nif __name__ == "__main__":\n    print(x)\n',
    'x = 1\nif __name__ == "__main__":\n    main(lambda: x)\n',
  ],
  ['needless pass', 'def f():\n    pass\n    return 1\n', 'def f():\n    return 1\n'],
  ['how a number is written', 'x = 255\ny = 1e3\n', 'x = 0xFF\ny = 1000.0\n'],
  ['parentheses', 'def f(a):\n    return (a + 1)\n', 'def f(a):\n    return a + 1\n'],
];

const DIFFERENT: readonly (readonly [string, string, string])[] = [
  ['the type of a number', 'x = 1\n', 'x = 1.0\n'],
  ['a truth value for a number', 'x = 1\n', 'x = True\n'],
  ['bytes for text', 'x = "a"\n', 'x = b"a"\n'],
  ['the sign of zero', 'x = 0.0\n', 'x = -0.0\n'],
  ['an operator', 'def f(a):\n    return a + 1\n', 'def f(a):\n    return a - 1\n'],
  ['the order of arguments', 'f(a, b)\n', 'f(b, a)\n'],
  ['a default', 'def f(a=1):\n    return a\n', 'def f(a=2):\n    return a\n'],
  ['a decorator', 'def f(): pass\n', '@g\ndef f(): pass\n'],
  ['an annotation', 'def f(a: int): pass\n', 'def f(a: str): pass\n'],
  ['a base class', 'class C(A): pass\n', 'class C(B): pass\n'],
  ['what kind of function it is', 'def f():\n    return 1\n', 'def f():\n    yield 1\n'],
  [
    'a capture by a function that never runs',
    'def f():\n    x = 1\n    def g():\n        return 2\n',
    'def f():\n    x = 1\n    def g():\n        return x\n',
  ],
  [
    'a method that needs its class',
    'class C:\n    def m(self):\n        return 1\n',
    'class C:\n    def m(self):\n        return super()\n',
  ],
  ['the text in a string', 'x = "a  b"\n', 'x = "a b"\n'],
  ['a conversion in a formatted string', 'x = f"{a}"\n', 'x = f"{a!r}"\n'],
  ['the level of a relative import', 'from . import a\n', 'from .. import a\n'],
  ['an indented statement that moved out', 'if a:\n    b()\n    c()\n', 'if a:\n    b()\nc()\n'],
  ['the other branch', 'if a:\n    b()\nelse:\n    c()\n', 'if a:\n    c()\nelse:\n    b()\n'],
  ['a keyword', 'f(a=1)\n', 'f(b=1)\n'],
  ['an argument that became positional only', 'def f(a, b): pass\n', 'def f(a, /, b): pass\n'],
];

const BAD: readonly (readonly [string, () => string | Uint8Array])[] = [
  ['a syntax error', () => 'def f(:\n'],
  ['what parses and does not compile', () => 'def f():\n    break\n'],
  ['a null byte', () => 'x = 1\n\0'],
  ['a file of ten megabytes', () => 'x = 1\n'.repeat(1_750_000)],
  ['an unknown encoding', () => '# -*- coding: klingon -*-\nx = 1\n'],
  ['bytes that are no text', () => Buffer.from([0x78, 0x20, 0x3d, 0x20, 0x22, 0xff, 0xfe, 0x22])],
  ['brackets as deep as a well', () => `x = ${'('.repeat(5000)}1${')'.repeat(5000)}\n`],
  ['a sum without end', () => `x = ${'-'.repeat(500_000)}1\n`],
  ['a chain of calls without end', () => `x = a${'.b()'.repeat(200_000)}\n`],
];

/** Answers as ours does, but dies and hangs on demand. */
const FRAGILE = `import base64, json, os, sys, time
print(json.dumps({"ready": f"{sys.version_info.major}.{sys.version_info.minor}"}), flush=True)
for line in sys.stdin:
    request = json.loads(line)
    text = base64.b64decode(request["source"]).decode()
    if text == "die":
        os.kill(os.getpid(), 9)
    if text == "hang":
        time.sleep(3600)
    empty = {"parses": True, "units": [], "aliases": [], "statements": [], "imports": [], "skipped": [], "guarded": "", "docs": "", "words": []}
    print(json.dumps({"id": request["id"], "skeleton": empty}), flush=True)
`;

const minors = await listMinors();

for (const python of minors) {
  describe(`analysis on Python ${python}`, () => {
    let folder: string;
    let analyzer: Analyzer;
    before(() => {
      folder = createTempFolder();
      analyzer = createAnalyzer({ findPython: createFindPython(), folder });
    });
    after(async () => {
      await analyzer.dispose();
      removeFolder(folder);
    });
    const digestOf = async (text: string): Promise<string> =>
      (await analyseParsed(analyzer, python, text)).units.map(({ label, digest }) => `${label} ${digest}`).join('\n');

    for (const [what, before, now] of EQUAL) {
      it(`sees no difference in ${what}`, async () => {
        assert.equal(await digestOf(before), await digestOf(now));
      });
    }

    for (const [what, before, now] of DIFFERENT) {
      it(`sees ${what}`, async () => {
        assert.notEqual(await digestOf(before), await digestOf(now));
      });
    }

    it('names units as CPython does', async () => {
      const { units } = await analyseParsed(analyzer, python, NAMED);
      const named = units.map(({ kind, label, line, name, parent }) => [kind, label, line, name, parent]);
      assert.deepEqual(named, [
        ['module', '<module>', 1, '<module>', null],
        ['class', 'Box', 3, 'Box', 0],
        ['function', 'Box.size', 5, 'size', 1],
        ['function', 'make', 9, 'make', 0],
        ['function', 'make.key', 10, '<lambda>', 3],
        ['function', 'make.inner', 11, 'inner', 3],
        ['function', 'make.<lambda>', 14, '<lambda>', 3],
      ]);
    });

    it('knows every code object of the standard library, by place or as part of another unit', async function () {
      this.timeout(120_000);
      const files = listLibrary(await createFindPython()(python)).slice(0, 60);
      for (const file of files) {
        const skeleton = await analyse(analyzer, python, readFileSync(file));
        assert.ok(skeleton.parses, file);
      }
    });

    for (const [what, content] of BAD) {
      it(`takes ${what} for a file that equals only itself`, async function () {
        this.timeout(60_000);
        const skeleton = await analyse(analyzer, python, content());
        assert.equal(skeleton.parses, false);
        assert.ok(!skeleton.parses && skeleton.error.message.length > 0);
        // It is alive, or alive again.
        assert.equal((await analyse(analyzer, python, `x = ${String(Math.random())}`)).parses, true);
      });
    }

    it('reads sources in their own encoding', async () => {
      const latin = await analyse(analyzer, python, Buffer.from('# -*- coding: latin-1 -*-\nx = "\xe9"\n', 'latin1'));
      const utf8 = await analyse(analyzer, python, '\ufeffx = "\xe9"\n');
      assert.ok(latin.parses && utf8.parses);
      assert.equal(latin.units[0]?.digest, utf8.units[0]?.digest);
    });
  });
}

describe('analysis', () => {
  const python = minors.at(-1) ?? '3.13';
  let folder: string;
  let analyzers: Analyzer[];
  beforeEach(() => {
    folder = createTempFolder();
    analyzers = [];
  });
  afterEach(async () => {
    for (const analyzer of analyzers) await analyzer.dispose();
    removeFolder(folder);
  });
  const create = (options: Partial<Parameters<typeof createAnalyzer>[0]> = {}): Analyzer => {
    const analyzer = createAnalyzer({ findPython: createFindPython(), folder: path.join(folder, 'cache'), ...options });
    analyzers.push(analyzer);
    return analyzer;
  };
  const noPython = (): Promise<string> => Promise.reject(new Error('no interpreter is needed'));

  it('remembers across restarts, without an interpreter', async () => {
    const former = create();
    const first = await analyse(former, python, 'x = 1\n');
    await former.dispose();
    assert.deepEqual(await analyse(create({ findPython: noPython }), python, 'x = 1\n'), first);
  });

  it('does not believe a damaged file', async () => {
    const former = create();
    const first = await analyse(former, python, 'def f(): return 1\n');
    await former.dispose();
    for (const file of listFiles(path.join(folder, 'cache'))) writeFileSync(file, readFileSync(file, 'utf8').replace('"f"', '"g"'));
    assert.deepEqual(await analyse(create(), python, 'def f(): return 1\n'), first);
  });

  it('works without a folder that can be written', async () => {
    writeFileSync(path.join(folder, 'cache'), 'a file');
    assert.equal((await analyse(create(), python, 'x = 1\n')).parses, true);
  });

  it('reads a source again that was not there', async () => {
    const analyzer = create();
    const source = toSource('x = 1\n');
    await analyzer.ensure(python, [{ ...source, read: () => Promise.resolve(undefined) }]);
    assert.equal(analyzer.known(python, source.digest)?.parses, false);
    await analyzer.ensure(python, [source]);
    assert.equal(analyzer.known(python, source.digest)?.parses, true);
  });

  it('goes on with the others when the interpreter dies of one source, or never ends', async () => {
    const program = createTempFolder({ '__main__.py': FRAGILE });
    const analyzer = create({ program, seconds: 2, findPython: createFindPython() });
    const sources = ['good = 1', 'die', 'good = 2', 'hang', 'good = 3'].map(toSource);
    await analyzer.ensure(python, sources);
    assert.deepEqual(
      sources.map(({ digest }) => analyzer.known(python, digest)?.parses),
      [true, false, true, false, true],
    );
    removeFolder(program);
  }).timeout(60_000);

  it('refuses what is not the version that was asked for, and asks again', async () => {
    let calls = 0;
    const find = createFindPython();
    const analyzer = create({
      findPython: () => {
        calls += 1;
        return calls === 1 ? Promise.resolve('/nowhere/python') : find(python);
      },
    });
    await assert.rejects(analyse(analyzer, python, 'x = 1\n'), { code: 'python-missing' });
    assert.equal((await analyse(analyzer, python, 'x = 1\n')).parses, true);
  });

  it('analyses equal contents once and many at a time', async () => {
    const log = path.join(folder, 'starts');
    const wrapper = path.join(folder, 'python');
    const real = await createFindPython()(python);
    writeFileSync(wrapper, `#!/bin/sh\necho start >> ${log}\nexec ${real} "$@"\n`);
    chmodSync(wrapper, 0o755);
    const analyzer = create({ findPython: () => Promise.resolve(wrapper) });
    const sources = Array.from({ length: 300 }, (_, index) => toSource(`x = ${String(index % 150)}\n`));
    await Promise.all([analyzer.ensure(python, sources), analyzer.ensure(python, sources)]);
    assert.ok(sources.every(({ digest }) => analyzer.known(python, digest)?.parses === true));
    assert.equal(readFileSync(log, 'utf8'), 'start\n');
  });

  it('ends for good', async () => {
    const analyzer = create();
    await analyse(analyzer, python, 'x = 1\n');
    await analyzer.dispose();
    await analyzer.dispose();
    await assert.rejects(analyzer.ensure(python, [toSource('x = 2\n')]), { code: 'cancelled' });
  });
});

function listLibrary(python: string): readonly string[] {
  const folder = execFileSync(python, ['-I', '-c', 'import os; print(os.path.dirname(os.__file__))'], { encoding: 'utf8' }).trim();
  return readdirSync(folder)
    .filter((name) => name.endsWith('.py'))
    .sort()
    .map((name) => path.join(folder, name));
}

function listFiles(folder: string): readonly string[] {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => path.join(entry.parentPath, entry.name));
}
