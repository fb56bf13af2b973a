import assert from 'node:assert/strict';
import type { Portal } from '../../../../rde-agent/portal/app/portalContext.ts';
import { showModule, showStep, toPushedCode } from '../../../../rde-agent/portal/panels/codePlaces.ts';
import { createPushedSource } from '../../../../rde-agent/portal/panels/pushedSource.ts';
import type { ShownWorkflow } from '../../../../rde-agent/portal/panels/workflowSource.ts';
import { CairnError } from '../../../../rde-agent/protocol/errors.ts';
import type { PushedGraphDocument, PushedWorkflow } from '../../../../rde-agent/protocol/portalDocuments.ts';
import type { WorkflowsView } from '../../../../rde-agent/protocol/workflowsView.ts';
import { waitFor } from '../../../support/waitFor.ts';

const AT = '2026-01-01T00:00:00.000Z';

function toPushed(tree: string): PushedWorkflow {
  return { workflow: 'far/prices', workspace: 'far', tree, at: AT, by: 'local:ann', steps: 0, params: [] };
}
function toDocument(tree: string): PushedGraphDocument {
  const graph = { name: 'far/prices', file: 'a.workflow.yaml', description: '', params: [], steps: [], edges: [], errors: 0 };
  return { v: 1, pushed: toPushed(tree), graph, nested: [], code: { 'far/load': { folder: 'src/load', entry: 'src/load/code/main.py' } } };
}

/** What of a portal a source needs; questions wait until a test answers them. */
function createPortal(roots: readonly string[]) {
  const asked: { resolve(document: PushedGraphDocument): void; reject(error: Error): void; readonly signal: AbortSignal }[] = [];
  const notices: { readonly text: string; readonly link?: { readonly href: string } }[] = [];
  let tell: (view: WorkflowsView) => void = () => undefined;
  const link = {
    followWorkflows: (listener: (view: WorkflowsView) => void) => {
      tell = listener;
      return { dispose: () => (tell = () => undefined) };
    },
    request: (name: string, _params: unknown, signal: AbortSignal) => {
      if (name === 'workspace.list') return Promise.resolve({ v: 1, workspaces: roots.map((root) => ({ root, name: 'far' })) });
      const { promise, resolve, reject } = Promise.withResolvers<PushedGraphDocument>();
      asked.push({ resolve, reject, signal });
      return promise;
    },
  };
  const portal = { link, notify: (notice: (typeof notices)[number]) => notices.push(notice) };
  const push = (tree: string): void => tell({ workflows: [toPushed(tree)], plans: 0 });
  // Only what is used of it is there.
  return { portal: portal as typeof portal & Portal, asked, notices, push };
}

describe('portal/pushedSource', () => {
  it('asks once for each push, and shows the newest whatever comes late', async () => {
    const { portal, asked, push } = createPortal([]);
    const shown: ShownWorkflow[] = [];
    const following = createPushedSource(portal, 'far/prices').follow((one) => shown.push(one));
    push('a');
    push('a');
    assert.equal(asked.length, 1);
    push('b');
    assert.equal(asked[0]?.signal.aborted, true);
    asked[1]?.resolve(toDocument('b'));
    asked[0]?.resolve(toDocument('a'));
    await waitFor('it is shown', () => shown.length > 0);
    assert.deepEqual(
      shown.map(({ tree, workspace, code }) => [tree, workspace, code.root]),
      [['b', 'far', null]],
    );
    push('c');
    following.dispose();
    assert.equal(asked[2]?.signal.aborted, true);
  });

  it('says why it cannot be drawn, and asks again with the next news', async () => {
    const { portal, asked, push } = createPortal(['/home/ann/far']);
    const shown: ShownWorkflow[] = [];
    createPushedSource(portal, 'far/prices').follow((one) => shown.push(one));
    push('a');
    asked[0]?.reject(new CairnError('unknown-blob', 'The definition is not here any more'));
    await waitFor('it is told', () => shown.length > 0);
    assert.deepEqual([shown[0]?.workflow, shown[0]?.message], [null, 'The definition is not here any more']);
    push('a');
    asked[1]?.resolve(toDocument('a'));
    await waitFor('it is drawn', () => shown.length > 1);
    assert.deepEqual([shown[1]?.workflow?.name, shown[1]?.code.root], ['far/prices', '/home/ann/far']);
  });

  it('leads to code where its workspace is open, and says where it is elsewhere', () => {
    const { portal, notices } = createPortal([]);
    const { graph } = toDocument('a');
    const step = { id: 'load', kind: 'module', name: 'far/load', line: 3, elements: null, inputs: [], outputs: [] } as const;
    showModule(portal, toPushedCode(toDocument('a'), '/home/ann/far'), 'far/load');
    showModule(portal, toPushedCode(toDocument('a'), null), 'far/load');
    showStep(portal, toPushedCode(toDocument('a'), null), graph, step);
    showStep(portal, null, { ...graph, file: '' }, step);
    assert.deepEqual(
      notices.map(({ text, link }) => [text, link?.href]),
      [
        ['src/load/code/main.py', 'vscode://file/home/ann/far/src/load/code/main.py'],
        ['src/load/code/main.py, in a workspace that is not open on this host', undefined],
        ['a.workflow.yaml:3, in a workspace that is not open on this host', undefined],
        ['The file of far/prices was not pushed with it.', undefined],
      ],
    );
  });
});
