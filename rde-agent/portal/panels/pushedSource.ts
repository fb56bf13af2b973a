import { toCairnError } from '../../protocol/errors.ts';
import type { Disposable } from '../../protocol/roles.ts';
import type { PushedGraphDocument, PushedWorkflow } from '../../protocol/portalDocuments.ts';
import type { Portal } from '../app/portalContext.ts';
import { findWorkspaceOf, toPushedCode } from './codePlaces.ts';
import type { ShownWorkflow, WorkflowSource } from './workflowSource.ts';

/** A workflow as it was last pushed: asked for when it is first shown, and after each push of it. */
export function createPushedSource(portal: Portal, name: string): WorkflowSource {
  return {
    follow: (listener) => followPushed(portal, name, listener),
    plan: (params, signal) => portal.link.request('workflow.plan', { workflow: name, params }, signal),
  };
}

function followPushed(portal: Portal, name: string, listener: (shown: ShownWorkflow) => void): Disposable {
  let shown: PushedWorkflow | undefined;
  let asking = new AbortController();
  const followed = portal.link.followWorkflows(({ workflows }) => {
    const pushed = workflows.find(({ workflow }) => workflow === name);
    if (pushed === undefined || (pushed.tree === shown?.tree && pushed.at === shown.at)) return;
    shown = pushed;
    asking.abort();
    asking = new AbortController();
    const { signal } = asking;
    readShown(portal, pushed, signal).then(
      (read) => signal.aborted || listener(read),
      (thrown: unknown) => {
        const { code, message } = toCairnError(thrown);
        if (!signal.aborted && code !== 'cancelled') listener(toProblem(pushed, message));
        // With the next news it is asked for again.
        if (shown === pushed) shown = undefined;
      },
    );
  });
  return {
    dispose: () => {
      asking.abort();
      followed.dispose();
    },
  };
}

async function readShown(portal: Portal, { workflow, workspace }: PushedWorkflow, signal: AbortSignal): Promise<ShownWorkflow> {
  const [document, root] = await Promise.all([
    portal.link.request('workflow.show', { workflow }, signal),
    findWorkspaceOf(portal, workspace),
  ]);
  return toShown(document, root ?? null);
}

function toShown(document: PushedGraphDocument, root: string | null): ShownWorkflow {
  const { pushed, graph, nested } = document;
  return { workflow: graph, nested, message: '', workspace: pushed.workspace, tree: pushed.tree, code: toPushedCode(document, root) };
}

function toProblem({ workspace, tree }: PushedWorkflow, message: string): ShownWorkflow {
  return { workflow: null, nested: [], message, workspace, tree, code: { root: null, modules: [] } };
}
