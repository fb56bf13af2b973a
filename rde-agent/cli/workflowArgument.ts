import type { AgentClient } from '../client/agentClient.ts';
import { CairnError } from '../protocol/errors.ts';
import { toWorkspaceUri } from '../protocol/wire.ts';
import { reduceWorkspace, type WorkflowView, type WorkspaceAction, type WorkspaceView } from '../protocol/workspaceView.ts';
import type { CommandContext } from './commandContext.ts';
import { toWorkflowName } from './findWorkspace.ts';
import { parseParams, type ParamValues } from './params.ts';

export interface WorkflowArgument {
  readonly workflow: string;
  readonly params: ParamValues;
}

/**
 * WORKFLOW and `--param` as the agent takes them. The agent is asked what the workspace defines only where that decides: when no
 * workflow is named, or to know the types of parameters. Throws `usage` and `unknown-workflow`.
 */
export async function readWorkflowAndParams(
  context: CommandContext,
  agent: AgentClient,
  root: string,
  named: string | undefined,
  params: readonly string[],
): Promise<WorkflowArgument> {
  const name = named === undefined ? undefined : toWorkflowName(named, root, context.folder);
  if (name !== undefined && params.length === 0) return { workflow: name, params: {} };
  const { workflows } = await readWorkspaceView(agent, root, context.interrupted);
  const chosen = name === undefined ? chooseOnly(workflows) : workflows.find((workflow) => isNamed(workflow, name));
  return { workflow: name ?? chosen?.name ?? '', params: parseParams(params, chosen?.params ?? []) };
}

/** A full name, its last part, or the file. What fits several is left to the agent to refuse. */
function isNamed(workflow: WorkflowView, name: string): boolean {
  return workflow.name === name || workflow.file === name || workflow.name.endsWith(`/${name}`);
}

function chooseOnly(workflows: readonly WorkflowView[]): WorkflowView {
  const [only] = workflows;
  if (only !== undefined && workflows.length === 1) return only;
  if (only === undefined)
    throw new CairnError('unknown-workflow', 'This workspace has no workflow.', {
      next: 'Make one with `cairn new workflow NAME MODULE…`; `cairn check` tells if one cannot be read.',
    });
  const names = workflows
    .map((workflow) => workflow.name)
    .slice(0, 10)
    .join(', ');
  throw new CairnError('usage', `This workspace has ${String(workflows.length)} workflows: name one.`, { next: `They are: ${names}.` });
}

/** The workspace as it is now. */
function readWorkspaceView(agent: AgentClient, root: string, signal: AbortSignal): Promise<WorkspaceView> {
  return new Promise((resolve, reject) => {
    const onAbort = (): void => finish(() => reject(new CairnError('cancelled', 'Cancelled.')));
    const finish = (act: () => void): void => {
      signal.removeEventListener('abort', onAbort);
      watching.dispose();
      // Not from within the call of the subscription itself, which has not returned yet.
      queueMicrotask(() => following.dispose());
      act();
    };
    const watching = agent.onDidChangeState((state) => {
      if (state.kind === 'refused')
        finish(() => reject(new CairnError(state.problem.code, state.problem.message, { next: state.problem.next })));
    });
    const following = agent.subscribe<WorkspaceView, WorkspaceAction>({
      uri: toWorkspaceUri(root),
      reduce: reduceWorkspace,
      onDidChange: (view) => finish(() => resolve(view)),
      onDidFail: (error) => finish(() => reject(error)),
    });
    signal.addEventListener('abort', onAbort, { once: true });
  });
}
