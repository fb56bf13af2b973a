import { setTimeout } from 'node:timers/promises';
import type { AgentClient } from '../client/agentClient.ts';
import { CairnError } from '../protocol/errors.ts';
import { toWorkspaceUri } from '../protocol/wire.ts';
import { reduceWorkspace, type WorkspaceAction, type WorkspaceView } from '../protocol/workspaceView.ts';

/** milliseconds: one save is told as several changes, of the findings and of the tree */
const GATHERING = 20;

/** A workspace as the agent sees it, kept in step until it is disposed. */
export interface TreeWatch {
  readonly view: WorkspaceView;
  /** Resolves when the tree or the findings differ from these, or when the user ends the command. */
  change(from: Pick<WorkspaceView, 'tree' | 'diagnostics'>): Promise<void>;
  dispose(): void;
}

/** Rejects with what the agent says of the root, or with `cancelled`. */
export async function watchTree(agent: AgentClient, root: string, interrupted: AbortSignal): Promise<TreeWatch> {
  await agent.request('workspace.open', { root }, interrupted);
  const first = Promise.withResolvers<WorkspaceView>();
  let view: WorkspaceView | undefined;
  let wake: () => void = () => undefined;
  const following = agent.subscribe<WorkspaceView, WorkspaceAction>({
    uri: toWorkspaceUri(root),
    reduce: reduceWorkspace,
    onDidChange: (next) => {
      view = next;
      first.resolve(next);
      wake();
    },
    onDidFail: first.reject,
  });
  const onAbort = (): void => {
    first.reject(new CairnError('cancelled', 'Cancelled.'));
    wake();
  };
  interrupted.addEventListener('abort', onAbort, { once: true });
  const known = await first.promise;
  return {
    get view() {
      return view ?? known;
    },
    change: async ({ tree, diagnostics }) => {
      const isSame = (): boolean => view?.tree === tree && view.diagnostics === diagnostics;
      while (isSame() && !interrupted.aborted) await new Promise<void>((resolve) => (wake = resolve));
      if (!interrupted.aborted) await setTimeout(GATHERING);
    },
    dispose: () => {
      interrupted.removeEventListener('abort', onAbort);
      following.dispose();
    },
  };
}
