import { toDatasetContract } from '../model/dataset.ts';
import type { ModuleContract } from '../model/module.ts';
import type { Step, Workflow } from '../model/workflow.ts';
import type { SourceMap } from '../parse/sourceMap.ts';
import type { Surroundings } from './questions.ts';

/** A step with what it uses, as far as that can be known. */
export interface StepPorts {
  readonly step: Step;
  /** `undefined`: unknown or broken, which is reported where it is; nothing is concluded from it */
  readonly contract: ModuleContract | undefined;
  /** of the module's or dataset's file */
  readonly source: SourceMap | undefined;
}

export function collectStepPorts(
  workflow: Workflow,
  surroundings: Pick<Surroundings, 'module' | 'dataset'>,
): ReadonlyMap<string, StepPorts> {
  return new Map(workflow.steps.map((step) => [step.id, toStepPorts(step, surroundings)]));
}

function toStepPorts(step: Step, surroundings: Pick<Surroundings, 'module' | 'dataset'>): StepPorts {
  if (step.use.kind === 'module') {
    const parsed = surroundings.module(step.use.module);
    return { step, contract: parsed?.value, source: parsed?.source };
  }
  if (step.use.kind === 'workflow') return { step, contract: undefined, source: undefined };
  const parsed = surroundings.dataset(step.use.dataset);
  const contract = parsed?.value === undefined ? undefined : toDatasetContract(parsed.value);
  return { step, contract, source: parsed?.source };
}
