import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, realpathSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { findWorkspace, toUserFolder, toWorkflowName } from '../../../../rde-agent/cli/findWorkspace.ts';
import { parseParams } from '../../../../rde-agent/cli/params.ts';
import { CairnError } from '../../../../rde-agent/protocol/errors.ts';
import type { Param } from '../../../../language/model/module.ts';

const isCode =
  (code: string) =>
  (thrown: unknown): boolean =>
    thrown instanceof CairnError && thrown.code === code;

describe('cli/arguments', () => {
  const declared: readonly Param[] = [
    { name: 'word', type: 'string' },
    { name: 'flag', type: 'bool' },
    { name: 'count', type: 'int' },
    { name: 'share', type: 'float' },
    { name: 'any', type: 'json' },
  ];

  it('types parameters as the workflow declares them', () => {
    const texts = ['word=1=2', 'flag=true', 'count=-3', 'share=1e-3', 'any={"a":[1]}', 'other=5'];
    assert.deepEqual(parseParams(texts, declared), { word: '1=2', flag: true, count: -3, share: 0.001, any: { a: [1] }, other: '5' });
    assert.deepEqual(parseParams(['word='], declared), { word: '' });
  });

  for (const text of ['flag=yes', 'count=1.5', 'count=99999999999999999', 'share=', 'share=NaN', 'any={', 'novalue', '=x', 'count=0x10']) {
    it(`refuses --param ${text}`, () => assert.throws(() => parseParams([text], declared), isCode('usage')));
  }

  it('refuses a parameter given twice', () => assert.throws(() => parseParams(['word=a', 'word=b'], declared), isCode('usage')));

  it('is where npm was called, and nowhere else', () => {
    assert.equal(toUserFolder('/repo', { INIT_CWD: '/user', npm_package_json: '/repo/package.json' }), '/user');
    assert.equal(toUserFolder('/elsewhere', { INIT_CWD: '/user', npm_package_json: '/repo/package.json' }), '/elsewhere');
    assert.equal(toUserFolder('/repo', { INIT_CWD: '/user' }), '/user');
    assert.equal(toUserFolder('/repo', {}), '/repo');
  });

  describe('in a folder', () => {
    let root: string;
    beforeEach(() => {
      root = realpathSync(mkdtempSync(join(tmpdir(), 'cairn-cli-')));
      mkdirSync(join(root, 'a/b'), { recursive: true });
      writeFileSync(join(root, 'cairn.yaml'), '');
      writeFileSync(join(root, 'a/x.workflow.yaml'), '');
    });
    afterEach(() => rmSync(root, { recursive: true, force: true }));

    it('finds the nearest workspace upwards, by its real path', () => {
      assert.equal(findWorkspace(join(root, 'a/b'), undefined), root);
      symlinkSync(root, `${root}-link`);
      assert.equal(findWorkspace(`${root}-link/a`, undefined), root);
      rmSync(`${root}-link`);
    });

    it('takes --workspace as it is', () => {
      assert.equal(findWorkspace(join(root, 'a'), '..'), root);
      assert.throws(() => findWorkspace(root, 'a'), isCode('no-workspace'));
    });

    it('says when there is none', () => assert.throws(() => findWorkspace('/', undefined), isCode('no-workspace')));

    it('turns the path of a workflow into one from the root, and leaves names', () => {
      assert.equal(toWorkflowName('x.workflow.yaml', root, join(root, 'a')), 'a/x.workflow.yaml');
      assert.equal(toWorkflowName('../x.workflow.yaml', root, join(root, 'a/b')), 'a/x.workflow.yaml');
      assert.equal(toWorkflowName('missing.yaml', root, root), 'missing.yaml');
      assert.equal(toWorkflowName('team/name', root, root), 'team/name');
    });
  });
});
