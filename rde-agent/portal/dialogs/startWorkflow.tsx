import type { Param } from '../../../language/model/module.ts';
import { t } from '../../../webviews/protocol/words.ts';
import type { WorkflowView, WorkspaceView } from '../../protocol/workspaceView.ts';
import type { PushedWorkflow } from '../../protocol/portalDocuments.ts';
import { CairnError } from '../../protocol/errors.ts';
import type { Portal } from '../app/portalContext.ts';
import { newKey } from '../wire/portalLink.ts';
import { toChanged, type ParamValues } from './ParamFields.tsx';
import { StartDialog, type Start } from './StartDialog.tsx';

/** Where a workflow can be started from: as it was pushed, and as it is saved in workspaces that are open. */
interface WorkflowSources {
  readonly pushed: PushedWorkflow | undefined;
  readonly open: readonly { readonly root: string; readonly workflow: WorkflowView }[];
}

/** Asks for its parameters, starts it, and goes to the run. */
export function startWorkflow(portal: Portal, name: string): void {
  portal.attempt(t('Start'), async () => {
    const sources = await findSources(portal, name);
    const starts = toStarts(portal, name, sources);
    if (starts.length === 0) throw new CairnError('unknown-workflow', t('{0} was not pushed, and is in no open workspace.', name));
    portal.show((close) => <StartDialog title={t('Start {0}', name)} action={t('Start')} starts={starts} onClose={close} />);
  });
}

/** Asks the agent anew: what is shown may be older than what was pushed since. */
async function findSources(portal: Portal, name: string): Promise<WorkflowSources> {
  const [{ workflows }, workspaces] = await Promise.all([portal.link.request('workflow.list', {}), readWorkspaces(portal)]);
  const open = workspaces.flatMap(({ root, workflows: own }) =>
    own.flatMap((workflow) => (workflow.name === name ? [{ root, workflow }] : [])),
  );
  return { pushed: workflows.find(({ workflow }) => workflow === name), open };
}

/** Every workspace that the agent has open, as it is now. */
export async function readWorkspaces({ link }: Pick<Portal, 'link'>): Promise<readonly WorkspaceView[]> {
  const { workspaces } = await link.request('workspace.list', {});
  return Promise.all(workspaces.map(({ root }) => readWorkspace(link, root)));
}

function readWorkspace(link: Portal['link'], root: string): Promise<WorkspaceView> {
  return new Promise((resolve, reject) => {
    const followed = link.followWorkspace(
      root,
      (view) => {
        resolve(view);
        queueMicrotask(() => followed.dispose());
      },
      reject,
    );
  });
}

function toStarts(portal: Portal, workflow: string, { pushed, open }: WorkflowSources): readonly Start[] {
  const goTo = ({ run }: { readonly run: string }): void => portal.go({ kind: 'run', run });
  const asPushed: readonly Start[] =
    pushed === undefined
      ? []
      : [
          {
            title: t('As it was pushed {0}', new Date(pushed.at).toLocaleString()),
            params: pushed.params,
            begin: async (values) =>
              goTo(await portal.link.request('run.trigger', { workflow, params: toGiven(pushed.params, values), key: newKey() })),
          },
        ];
  const asSaved = open.map(({ root, workflow: { params } }): Start => ({
    title: t('As it is saved in {0}', root),
    params,
    begin: async (values) =>
      goTo(await portal.link.request('run.submit', { root, workflow, params: toGiven(params, values), key: newKey() })),
  }));
  return [...asPushed, ...asSaved];
}

/** What is as declared is left out, so that the run says which values were chosen. */
function toGiven(params: readonly Param[], values: ParamValues): ParamValues {
  return toChanged(values, Object.fromEntries(params.map((param) => [param.name, param.default])));
}
