import { t } from '../../../webviews/protocol/words.ts';
import { CairnError } from '../../protocol/errors.ts';
import type { RunView } from '../../protocol/runView.ts';
import type { WorkflowView } from '../../protocol/workspaceView.ts';
import type { PlanParams } from './workflowSource.ts';

/** Values for the parameters that have no default: those of the newest run. Throws `invalid-request` when there is none. */
export function findMissingParams({ name, params }: WorkflowView, newest: RunView | null): PlanParams {
  const missing = params.filter((param) => param.default === undefined).map((param) => param.name);
  if (missing.length === 0) return {};
  if (newest === null) {
    throw new CairnError('invalid-request', t('{0} needs {1}, and has not run yet', name, missing.join(', ')), {
      next: t('Start it once: then it is planned with the values of that run.'),
    });
  }
  // The agent's own JSON goes back to it as it came.
  return Object.fromEntries(Object.entries(newest.params).filter(([param]) => missing.includes(param))) as PlanParams;
}
