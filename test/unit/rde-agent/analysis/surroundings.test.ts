import assert from 'node:assert/strict';
import type { Digest } from '../../../../language/model/names.ts';
import { judgeTrace } from '../../../../rde-agent/analysis/judgeTrace.ts';
import { TRACER_RULES } from '../../../../rde-agent/analysis/rules.ts';
import type { Reason } from '../../../../rde-agent/protocol/reason.ts';
import type { CodeBefore, CodeNow, Trace, TraceVerdict } from '../../../../rde-agent/protocol/trace.ts';
import { toSampleTrace } from '../../../support/sampleTrace.ts';

describe('judgeTrace: what was looked at besides code', () => {
  it('stands while nothing of it differs', () => {
    assert.deepEqual(judge({}, {}), { kind: 'same', excused: false });
  });

  it('proves nothing by a trace of other rules', () => {
    assert.equal(judge({ rules: TRACER_RULES + 1 }, {}).kind, 'differs');
  });

  it('counts packages that were loaded or asked for, and no others', () => {
    const now = { packages: { numpy: '1.0+sha256:b', rich: '14.0+sha256:c' } };
    assert.deepEqual(judge({ distributions: ['numpy'] }, now), { kind: 'same', excused: false });
    assert.deepEqual(name(judge({ distributions: ['rich'] }, now)), ['package rich 13.0 14.0']);
    assert.deepEqual(name(judge({ distributions: 'all' }, now)), ['package rich 13.0 14.0']);
    assert.deepEqual(name(judge({ distributions: ['rich'] }, { packages: { numpy: '1.0+sha256:b' } })), ['package rich 13.0 -']);
  });

  it('counts a package that comes when a module was looked for in vain', () => {
    const now = { packages: { ...BEFORE.packages, pyyaml: '6.0+sha256:d' } };
    assert.equal(judge({ distributions: ['numpy'] }, now).kind, 'same');
    assert.deepEqual(name(judge({ distributions: ['yaml'] }, now)), ['package pyyaml - 6.0']);
  });

  it('tells versions that differ only by their files', () => {
    const [reason] = reasonsOf(judge({ distributions: ['numpy'] }, { packages: { ...BEFORE.packages, numpy: '1.0+sha256:x' } }));
    assert.equal(reason?.before, '1.0+sha256:b');
    assert.equal(reason?.after, '1.0+sha256:x');
  });

  it('counts variables that were read, and those that C code reads unheard', () => {
    const now = { variables: { MODE: 'slow', LEVEL: '1', TZ: 'UTC' } };
    assert.deepEqual(name(judge({ variables: ['LEVEL'] }, now)), ['variable TZ - UTC']);
    assert.deepEqual(name(judge({ variables: ['MODE'] }, now)), ['variable MODE fast slow', 'variable TZ - UTC']);
    assert.deepEqual(name(judge({ variables: 'all' }, { variables: {} })), ['variable LEVEL 1 -', 'variable MODE fast -']);
  });

  it('counts files by content, by kind, and by their absence', () => {
    const looked = { files: { 'data.csv': digest('d'), 'more.csv': null, lib: 'folder', 'seen.csv': 'file' } };
    assert.equal(judge(looked, {}).kind, 'same');
    assert.deepEqual(name(judge(looked, { files: { ...BEFORE.files, 'data.csv': digest('e') } })), [`file data.csv`]);
    assert.deepEqual(name(judge(looked, { files: { ...BEFORE.files, 'more.csv': digest('e') } })), [`file more.csv`]);
    assert.deepEqual(name(judge(looked, { files: without('lib/a.txt') })), [`file lib`]);
    assert.equal(judge(looked, { files: { ...BEFORE.files, 'seen.csv': digest('f') } }).kind, 'same');
    assert.deepEqual(name(judge(looked, { files: without('seen.csv') })), ['file seen.csv']);
    assert.equal(judge(looked, { files: { ...BEFORE.files, 'other.txt': digest('f') } }).kind, 'same');
  });

  it('counts the names in folders that were listed', () => {
    const listed = { listings: { '': null, lib: ['a.txt'] } };
    assert.deepEqual(name(judge(listed, { files: { ...BEFORE.files, 'lib/b.txt': digest('1') } })), ['file lib']);
    assert.deepEqual(name(judge(listed, { files: { ...BEFORE.files, 'new.txt': digest('1') } })), ['file .']);
    assert.equal(judge({ listings: { lib: ['a.txt'] } }, { files: { ...BEFORE.files, 'new.txt': digest('1') } }).kind, 'same');
    assert.equal(judge(listed, { files: { ...BEFORE.files, 'lib/a.txt': digest('9') } }).kind, 'same');
  });

  it('counts a file that would answer to an import', () => {
    const looked: Partial<Trace> = {
      imports: [
        ['', 'json', false],
        ['lib', 'tools', false],
      ],
    };
    assert.equal(judge(looked, {}).kind, 'same');
    assert.deepEqual(name(judge(looked, { files: { ...BEFORE.files, 'json.py': digest('1') } })), ['import json.py']);
    assert.deepEqual(name(judge(looked, { files: { ...BEFORE.files, 'json/__init__.py': digest('1') } })), ['import json/__init__.py']);
    assert.deepEqual(name(judge(looked, { files: { ...BEFORE.files, 'lib/tools.py': digest('1') } })), ['import lib/tools.py']);
    assert.equal(judge(looked, { files: { ...BEFORE.files, 'lib/json.py': digest('1') } }).kind, 'same');
    assert.deepEqual(name(judge({ imports: [['', 'main', true]] }, { files: { ...BEFORE.files, 'main/__init__.py': digest('1') } })), [
      'import main/__init__.py',
    ]);
  });

  it('counts every byte when a child process may have looked', () => {
    const tree: Partial<Trace> = { widen: [{ level: 'tree', file: null, because: 'subprocess' }] };
    assert.deepEqual(name(judge(tree, { files: { ...BEFORE.files, 'lib/a.txt': digest('9') } })), ['file lib/a.txt']);
    assert.deepEqual(name(judge(tree, { variables: {} })), ['variable LEVEL 1 -', 'variable MODE fast -']);
    assert.equal(judge(tree, { packages: {} }).kind, 'differs');
  });

  it('counts which data there is where native code may have looked in vain', () => {
    const names: Partial<Trace> = { widen: [{ level: 'data', file: '', because: 'sqlite3' }] };
    assert.deepEqual(name(judge(names, { files: { ...BEFORE.files, 'new.csv': digest('9') } })), ['file new.csv']);
    assert.equal(judge(names, { files: { ...BEFORE.files, 'new.py': digest('9') } }).kind, 'same');
    assert.equal(judge(names, { files: { ...BEFORE.files, 'data.csv': digest('9') } }).kind, 'same');
  });

  it('counts data when native code may have looked', () => {
    const data: Partial<Trace> = { widen: [{ level: 'data', file: null, because: 'sqlite3' }] };
    assert.deepEqual(name(judge(data, { files: { ...BEFORE.files, 'data.csv': digest('9') } })), ['file data.csv']);
    assert.equal(judge(data, { files: { ...BEFORE.files, 'other.py': digest('9') } }).kind, 'same');
    assert.equal(judge(data, { variables: {} }).kind, 'differs');
  });

  it('asks for the sources of all that ran when one of them differs', () => {
    const verdict = judge({}, { files: { ...BEFORE.files, 'main.py': digest('2') } });
    assert.equal(verdict.kind, 'unknown');
    assert.deepEqual(verdict.kind === 'unknown' && verdict.sources, [
      { python: '3.13', digest: digest('m') },
      { python: '3.13', digest: digest('2') },
    ]);
  });
});

function digest(text: string): Digest {
  return `sha256:${text}`;
}

const TRACE = toSampleTrace(digest('m'), { rules: TRACER_RULES });

const BEFORE: CodeNow = {
  files: { 'main.py': digest('m'), 'data.csv': digest('d'), 'lib/a.txt': digest('a'), 'seen.csv': digest('s') },
  packages: { numpy: '1.0+sha256:b', rich: '13.0+sha256:c' },
  variables: { MODE: 'fast', LEVEL: '1' },
};

function without(file: string): CodeNow['files'] {
  return Object.fromEntries(Object.entries(BEFORE.files).filter(([path]) => path !== file));
}

function judge(trace: Partial<Trace>, now: Partial<CodeNow>): TraceVerdict {
  const before: CodeBefore = { ...BEFORE, trace: { ...TRACE, ...trace }, params: {}, entry: 'main.py:run' };
  return judgeTrace(before, { ...BEFORE, ...now }, () => undefined);
}

function reasonsOf(verdict: TraceVerdict): readonly Reason[] {
  assert.equal(verdict.kind, 'differs');
  return verdict.kind === 'differs' ? verdict.reasons : [];
}

function name(verdict: TraceVerdict): readonly string[] {
  return reasonsOf(verdict).map(({ kind, name, file, before, after }) =>
    kind === 'package' || kind === 'variable' ? `${kind} ${name ?? ''} ${before ?? '-'} ${after ?? '-'}` : `${kind} ${file ?? ''}`,
  );
}
