import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { findTaskKind, TASK_KINDS, TaskWords, toTaskArguments } from '../../../../../extension/ui/tasks/taskKinds.ts';

const manifest = JSON.parse(readFileSync(new URL('../../../../../package.json', import.meta.url), 'utf8')) as {
  readonly contributes: {
    readonly problemPatterns: readonly { readonly regexp: string }[];
    readonly taskDefinitions: readonly { readonly properties: { readonly task: { readonly enum: readonly string[] } } }[];
  };
};

describe('extension/ui/tasks/taskKinds', () => {
  it('makes the command lines of all tasks', () => {
    assert.deepEqual(
      TASK_KINDS.map(({ words }) => toTaskArguments(words, '/w').join(' ')),
      ['build --workspace /w', 'build --watch --workspace /w', 'check --workspace /w', 'test --workspace /w'],
    );
    assert.deepEqual(toTaskArguments({ task: 'build', modules: ['a/b'] }, '/w'), ['build', 'a/b', '--workspace', '/w']);
  });

  it('finds what a tasks.json asks for, and nothing for what makes no sense', () => {
    assert.equal(findTaskKind({ task: 'build', watch: true })?.matcher, '$cairn-watch');
    assert.equal(findTaskKind({ task: 'check', watch: true }), undefined);
    assert.equal(TaskWords.safeParse({ type: 'cairn', task: 'destroy' }).success, false);
  });

  it('knows the tasks that the manifest describes', () => {
    assert.deepEqual(manifest.contributes.taskDefinitions[0]?.properties.task.enum, [
      ...new Set(TASK_KINDS.map(({ words }) => words.task)),
    ]);
  });

  it('has a pattern that reads what the command line writes', () => {
    const pattern = new RegExp(manifest.contributes.problemPatterns[0]?.regexp ?? '');
    const read = (line: string): readonly (string | undefined)[] => [...(pattern.exec(line) ?? [])].slice(1);
    assert.deepEqual(read('a/b.yaml:3:13-22: error: There is no module `x`: did you mean `y`? [unknown-module]'), [
      'a/b.yaml',
      '3',
      '13',
      undefined,
      '22',
      'error',
      'There is no module `x`: did you mean `y`?',
      'unknown-module',
    ]);
    assert.deepEqual(read('cairn.yaml:1:1-2.4: warning: W [x]').slice(1, 5), ['1', '1', '2', '4']);
    assert.deepEqual(read('    fix: Change to `y`'), []);
  });
});
