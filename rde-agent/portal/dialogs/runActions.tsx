import type { Json } from '../../../language/model/json.ts';
import type { Param } from '../../../language/model/module.ts';
import { t } from '../../../webviews/protocol/words.ts';
import { shortenRunIds } from '../../../webviews/shared/formatValues.ts';
import { CairnError } from '../../protocol/errors.ts';
import type { RunView } from '../../protocol/runView.ts';
import type { Portal } from '../app/portalContext.ts';
import { findWorkspaceOf } from '../panels/codePlaces.ts';
import { newKey } from '../wire/portalLink.ts';
import { ConfirmDialog } from './ConfirmDialog.tsx';
import { ForkDialog } from './ForkDialog.tsx';
import { toChanged, type ParamValues } from './ParamFields.tsx';
import { RerunDialog } from './RerunDialog.tsx';
import { StartDialog } from './StartDialog.tsx';

/** Stops a run, once a person has said so. */
export function cancelRun(portal: Portal, run: string): void {
  const cancel = async (): Promise<void> => {
    await portal.link.request('run.cancel', { run, key: newKey() });
    portal.notify({ kind: 'done', text: t('Run {0} is being cancelled.', shortenRunIds(run)) });
  };
  portal.show((close) => (
    <ConfirmDialog
      title={t('Cancel this run?')}
      text={t('Its processes are stopped. What has been computed is kept and can be reused.')}
      action={t('Cancel run')}
      work={cancel}
      onClose={close}
    />
  ));
}

/** Runs a run again with everything pinned as it was. */
export function rerunRun(portal: Portal, run: RunView): void {
  portal.show((close) => (
    <RerunDialog
      run={run}
      begin={async (options) => {
        const { run: started } = await portal.link.request('run.rerun', { run: run.run, ...options, key: newKey() });
        portal.go({ kind: 'run', run: started });
      }}
      onClose={close}
    />
  ));
}

/** A new run of the same code with other parameters. */
export function cloneRun(portal: Portal, run: RunView): void {
  portal.attempt(t('Clone'), async () => {
    const { workflows } = await portal.link.request('workflow.list', {});
    const declared = workflows.find(({ workflow }) => workflow === run.workflow)?.params ?? [];
    const params = toParams(run, declared);
    const begin = async (values: ParamValues): Promise<void> => {
      const { run: started } = await portal.link.request('run.clone', {
        run: run.run,
        params: toChanged(values, run.params),
        key: newKey(),
      });
      portal.go({ kind: 'run', run: started });
    };
    const title = t('The code and environments of run {0}', shortenRunIds(run.run));
    const starts = [{ title, params, before: run.params, begin }];
    portal.show((close) => <StartDialog title={t('Clone {0}', run.workflow)} action={t('Clone')} starts={starts} onClose={close} />);
  });
}

/** What the run was given, each as it is declared now where the kind of value is still the same. */
function toParams({ params }: RunView, declared: readonly Param[]): readonly Param[] {
  return Object.entries(params).map(([name, value]) => declared.find((param) => param.name === name) ?? { name, type: toType(value) });
}

function toType(value: Json): Param['type'] {
  switch (typeof value) {
    case 'boolean':
      return 'bool';
    case 'number':
      return 'float';
    case 'string':
      return 'string';
    default:
      return 'json';
  }
}

/** Goes on from a task with what is saved now, in the workspace that the run is of. */
export function forkRun(portal: Portal, run: RunView, task: string): void {
  portal.attempt(t('Fork'), async () => {
    const root = await findWorkspaceOf(portal, run.workspace);
    if (root === undefined)
      throw new CairnError('no-workspace', t('{0}, which the run is of, is not open in the agent.', run.workspace), {
        next: t('Open it in the editor.'),
      });
    // The agent's own JSON goes back to it as it came.
    const params = run.params as ParamValues;
    const request = { root, workflow: run.workflow, params, fork: run.run, from: toStepName(task) };
    const plan = await portal.link.request('workspace.plan', request);
    const begin = async (): Promise<void> => {
      const { run: started } = await portal.link.request('run.submit', { ...request, key: newKey() });
      portal.go({ kind: 'run', run: started });
    };
    portal.show((close) => <ForkDialog plan={plan} from={request.from} root={root} begin={begin} onClose={close} />);
  });
}

/** `train[ridge]` → `train`: a fan-out runs again whole. */
function toStepName(task: string): string {
  return task.replaceAll(/\[[^\]]*\]/g, '');
}
