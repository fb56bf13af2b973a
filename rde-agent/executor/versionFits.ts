import type { ModuleContract } from '../../language/model/module.ts';
import type { Reference, StepInput } from '../../language/model/workflow.ts';
import { CairnError } from '../protocol/errors.ts';
import type { PinnedStep, PinnedWorkflow } from '../protocol/pinned.ts';

/** A version that a tag names now must have what the workflow gives it and takes from it. Throws `check-failed`, which names all that is wrong. */
export function assertFits(step: PinnedStep, contract: ModuleContract, definition: PinnedWorkflow): void {
  const problems = [
    ...listInputProblems(step, contract),
    ...listOutputProblems(step, contract, definition),
    ...listParamProblems(step, contract),
  ];
  if (problems.length === 0) return;
  throw new CairnError(
    'check-failed',
    `step ${step.id}: what ${step.name}@${step.tag ?? ''} names now does not fit: ${problems.join('; ')}`,
    {
      next: `Change the workflow and push it, or move the tag: \`cairn rollback ${step.name} --tag ${step.tag ?? ''}\`.`,
    },
  );
}

function listInputProblems({ inputs }: PinnedStep, contract: ModuleContract): readonly string[] {
  const declared = new Set(contract.inputs.map(({ name }) => name));
  return [
    ...[...declared].filter((name) => !Object.hasOwn(inputs, name)).map((name) => `it needs the input ${name}`),
    ...Object.keys(inputs)
      .filter((name) => !declared.has(name))
      .map((name) => `it has no input ${name}`),
  ];
}

function listOutputProblems({ id }: PinnedStep, contract: ModuleContract, definition: PinnedWorkflow): readonly string[] {
  const declared = new Set(contract.outputs.map(({ name }) => name));
  const taken = listReferences(definition).flatMap(({ step, port }) =>
    step === id && port !== undefined && !declared.has(port) ? [port] : [],
  );
  return [...new Set(taken)].map((port) => `it has no output ${port}`);
}

function listParamProblems(step: PinnedStep, contract: ModuleContract): readonly string[] {
  const given = step.given ?? [];
  const declared = new Map(contract.params.map((param) => [param.name, param]));
  return [
    ...given.filter((name) => !declared.has(name)).map((name) => `it has no parameter ${name}`),
    ...contract.params
      .filter(({ name, default: value }) => value === undefined && !given.includes(name))
      .map(({ name }) => `it needs the parameter ${name}`),
  ];
}

function listReferences({ steps, outputs }: PinnedWorkflow): readonly Reference[] {
  const ofInput = (input: StepInput): readonly Reference[] => ('items' in input ? input.items : [input]);
  return [
    ...steps.flatMap(({ inputs, foreach }) => [...Object.values(inputs).flatMap(ofInput), ...Object.values(foreach?.from ?? {})]),
    ...Object.values(outputs),
  ];
}
