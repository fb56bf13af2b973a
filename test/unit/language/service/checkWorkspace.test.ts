import assert from 'node:assert/strict';
import { existsSync, globSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { DIAGNOSTIC_CODES, type Diagnostic } from '../../../../language/model/diagnostic.ts';
import type { PythonReader } from '../../../../language/python/pythonReader.ts';
import { applyEdits } from '../../../../language/service/applyEdits.ts';
import { createCheckCache } from '../../../../language/service/checkCache.ts';
import { checkWorkspace } from '../../../../language/service/checkWorkspace.ts';
import { resolveWorkflow } from '../../../../language/service/resolveWorkflow.ts';
import { wantedFiles } from '../../../../language/service/wantedFiles.ts';
import { readFixture, readPython, toAbilities, toFindingText } from '../../../support/languageWorkspace.ts';

const ROOT = join(import.meta.dirname, '../../../..');
const CASES = join(ROOT, 'test/fixtures/language/cases');
const NAMES = readdirSync(CASES)
  .filter((file) => file.endsWith('.txt'))
  .map((file) => basename(file, '.txt'));

/** The base workspace with a case's files in place of its own. */
function readCase(name: string): Map<string, string> {
  return new Map([...readFixture('base.txt'), ...readFixture(`cases/${name}.txt`)]);
}

describe('checkWorkspace', () => {
  let python: PythonReader;
  before(async () => {
    python = await readPython();
  });

  const check = (files: ReadonlyMap<string, string>): readonly Diagnostic[] =>
    checkWorkspace(files, toAbilities(files, python)).diagnostics;

  it('finds nothing in a sound workspace', () => {
    assert.deepEqual(check(readFixture('base.txt')).map(toFindingText), []);
    assert.deepEqual(check(new Map([...readFixture('base.txt'), ...readFixture('rich.txt')])).map(toFindingText), []);
  });

  describe('says what is wrong, where, and how to repair it', () => {
    for (const name of NAMES) {
      it(name, () => {
        const actual = `${check(readCase(name)).map(toFindingText).join('\n')}\n`;
        const golden = join(CASES, `${name}.golden`);
        if (process.env.UPDATE_GOLDEN === '1') writeFileSync(golden, actual);
        assert.equal(actual, readFileSync(golden, 'utf8'));
      });
    }
  });

  it('has a case for every code', () => {
    // A failing build is said by the agent.
    const said = new Set<string>(['build-failed']);
    for (const code of NAMES.flatMap((name) => check(readCase(name)).map(({ code }) => code))) said.add(code);
    assert.deepEqual(
      DIAGNOSTIC_CODES.filter((code) => !said.has(code)),
      [],
    );
  });

  it('offers only repairs that take their finding away', () => {
    let repaired = 0;
    const countErrors = (list: readonly Diagnostic[]): number => list.filter(({ severity }) => severity === 'error').length;
    for (const name of NAMES) {
      const files = readCase(name);
      for (const finding of check(files)) {
        if (finding.fix === undefined) continue;
        const after = applyFix(files, finding);
        const count = (list: readonly Diagnostic[]): number =>
          list.filter(({ message, code }) => message === finding.message && code === finding.code).length;
        const found = check(after);
        assert.ok(count(found) < count(check(files)), `${name}: ${toFindingText(finding)}`);
        assert.ok(countErrors(found) <= countErrors(check(files)), `${name}: ${found.map(toFindingText).join('\n')}`);
        repaired += 1;
      }
    }
    assert.ok(repaired > 60, `${repaired} repairs`);
  });

  it('finds nothing in the example', () => {
    const root = join(ROOT, 'examples/flights');
    const paths = globSync('**/*', { cwd: root }).map((path) => path.replaceAll('\\', '/'));
    const files = new Map<string, string>();
    const abilities = { ...toAbilities(files, python), exists: (path: string) => existsSync(join(root, path)) };
    for (let round = 0; round < 3; round += 1) {
      for (const path of wantedFiles(files, paths, abilities)) files.set(path, readFileSync(join(root, path), 'utf8'));
    }
    assert.equal(wantedFiles(files, paths, abilities).length, files.size);
    const checked = checkWorkspace(files, abilities);
    const severe = checked.diagnostics.filter(({ severity }) => severity !== 'info');
    assert.deepEqual(severe.map(toFindingText), []);
    assert.ok(checked.model.workflows.size >= 4);
    for (const name of checked.model.workflows.keys()) assert.equal(resolveWorkflow(checked, name).kind, 'resolved', name);
  });

  it('keeps a broken module from making others wrong', () => {
    const files = new Map([...readFixture('base.txt'), ['modules/demo/fit/module.yaml', 'module: demo/fit\nkind: [\n']]);
    assert.deepEqual([...new Set(check(files).map(({ file }) => file))], ['modules/demo/fit/module.yaml']);
  });

  it('says that cairn.yaml is missing', () => {
    assert.deepEqual(
      check(new Map()).map(({ file, code }) => ({ file, code })),
      [{ file: 'cairn.yaml', code: 'missing-file' }],
    );
  });

  it('leaves files out that no pattern names', () => {
    const files = new Map([...readFixture('base.txt'), ['elsewhere/module.yaml', 'nonsense'], ['workflows/notes.yaml', ': :']]);
    assert.deepEqual(check(files), []);
  });
});

function applyFix(files: ReadonlyMap<string, string>, { fix }: Diagnostic): Map<string, string> {
  const after = new Map(files);
  for (const file of new Set(fix?.edits.map((edit) => edit.file))) {
    const edits = fix?.edits.filter((edit) => edit.file === file) ?? [];
    const result = applyEdits(files.get(file) ?? '', edits);
    assert.equal(result.kind, 'applied');
    if (result.kind === 'applied') after.set(file, result.text);
  }
  return after;
}

describe('checkWorkspace, incrementally', () => {
  const MODULES = 2000;

  /** 2,000 modules, each used by one workflow of its own. */
  function createLargeWorkspace(): Map<string, string> {
    const base = readFixture('base.txt');
    const files = new Map([...base].filter(([path]) => !path.startsWith('workflows/')));
    const module = base.get('modules/demo/fit/module.yaml') ?? '';
    for (let index = 0; index < MODULES; index += 1) {
      files.set(`modules/many/m${index}/module.yaml`, module.replace('demo/fit', `many/m${index}`));
      files.set(`modules/many/m${index}/fit.py`, base.get('modules/demo/fit/fit.py') ?? '');
      const steps = `  raw: { dataset: demo/numbers }\n  fit: { module: many/m${index}, in: { data: raw }, params: { kind: a } }\n`;
      files.set(`workflows/w${index}.workflow.yaml`, `workflow: many/w${index}\nsteps:\n${steps}`);
    }
    return files;
  }

  it('parses one file again after a change of one line, and checks only what depends on it', async function () {
    this.timeout(120_000);
    const files = createLargeWorkspace();
    const abilities = toAbilities(files, await readPython());
    const cache = createCheckCache();
    assert.deepEqual(checkWorkspace(files, abilities, cache).diagnostics, []);
    const before = { ...cache.counts };
    assert.ok(before.parsed >= 2 * MODULES && before.entriesRead >= MODULES);

    const path = 'modules/many/m7/module.yaml';
    files.set(path, (files.get(path) ?? '').replace('kind: string', 'kind: int'));
    const changed = checkWorkspace(files, abilities, cache);
    assert.deepEqual(
      changed.diagnostics.map(({ file, code }) => ({ file, code })),
      [{ file: 'workflows/w7.workflow.yaml', code: 'type-mismatch' }],
    );
    assert.deepEqual(toWork(before, cache.counts), { parsed: 1, entriesRead: 0, checked: 2 });

    const second = { ...cache.counts };
    assert.deepEqual(checkWorkspace(files, abilities, cache).diagnostics, changed.diagnostics);
    assert.deepEqual(toWork(second, cache.counts), { parsed: 0, entriesRead: 0, checked: 0 });

    files.set('modules/many/m9/fit.py', 'def fit(data, kind): return {"model": 1, "metrics": {}}\n');
    const drifted = checkWorkspace(files, abilities, cache);
    assert.deepEqual(toWork(second, cache.counts), { parsed: 0, entriesRead: 1, checked: 1 });
    assert.deepEqual(drifted.diagnostics, checkWorkspace(files, abilities).diagnostics, 'the same answer without a cache');
  });

  it('checks nobody again for a comment, and everybody who reads what has another meaning', () => {
    const files = new Map([...readFixture('base.txt'), ...readFixture('rich.txt')]);
    const abilities = toAbilities(files, undefined);
    const cache = createCheckCache();
    const edit = (path: string, change: (text: string) => string): Work => {
      const before = { ...cache.counts };
      files.set(path, change(files.get(path) ?? ''));
      assert.deepEqual(checkWorkspace(files, abilities, cache).diagnostics, checkWorkspace(files, abilities).diagnostics);
      return toWork(before, cache.counts);
    };
    edit('cairn.yaml', (text) => text);
    const inner = 'workflows/inner.workflow.yaml';
    assert.deepEqual(
      edit(inner, (text) => `# above\n${text}`),
      { parsed: 1, entriesRead: 0, checked: 1 },
    );
    assert.deepEqual(
      edit(inner, (text) => text.replace(', best: deep.model', '')),
      { parsed: 1, entriesRead: 0, checked: 2 },
    );
    assert.deepEqual(
      edit('libraries/demo/letters/library.yaml', (text) => `${text}language: typescript\n`),
      { parsed: 1, entriesRead: 0, checked: 3 },
    );
    assert.deepEqual(
      edit('environments/locked.lock', (text) => text.replace('pandas', 'polars')),
      { parsed: 0, entriesRead: 0, checked: 1 },
    );
  });

  it('points a repair in another file at where that text is now', () => {
    const files = new Map([...readFixture('base.txt'), ...readFixture('cases/column-mismatch.txt')]);
    const abilities = toAbilities(files, undefined);
    const cache = createCheckCache();
    checkWorkspace(files, abilities, cache);
    const path = 'modules/demo/scale/module.yaml';
    files.set(path, `# one more line\n${files.get(path) ?? ''}`);
    assert.deepEqual(checkWorkspace(files, abilities, cache).diagnostics, checkWorkspace(files, abilities).diagnostics);
  });

  it('checks again what asked for something that came or went', () => {
    const files = readFixture('base.txt');
    const abilities = toAbilities(files, undefined);
    const cache = createCheckCache();
    const codes = (): readonly string[] => checkWorkspace(files, abilities, cache).diagnostics.map(({ code }) => code);
    assert.deepEqual(codes(), []);
    const module = files.get('modules/demo/pick/module.yaml') ?? '';
    files.delete('modules/demo/pick/module.yaml');
    assert.deepEqual(codes(), ['unknown-module']);
    files.set('modules/demo/pick/module.yaml', module);
    assert.deepEqual(codes(), []);
    files.delete('modules/demo/pick/pick.py');
    assert.deepEqual(codes(), ['missing-file']);
  });
});

interface Work {
  readonly parsed: number;
  readonly entriesRead: number;
  readonly checked: number;
}

function toWork(before: Work, after: Work): Work {
  return {
    parsed: after.parsed - before.parsed,
    entriesRead: after.entriesRead - before.entriesRead,
    checked: after.checked - before.checked,
  };
}
