import type { Param } from '../../../language/model/module.ts';

/** A step of a workflow to be written. `params`: those that must be given. */
export interface NewStep {
  readonly id: string;
  readonly use: { readonly kind: 'module' | 'dataset'; readonly name: string };
  readonly inputs: { readonly [port: string]: string };
  readonly params: readonly Param[];
}

export function toWorkflowText(name: string, steps: readonly NewStep[]): string {
  const named = nameParams(steps);
  return [
    `workflow: ${name}`,
    'description: Say in one sentence what this workflow makes.',
    ...(named.length === 0 ? [] : ['params:', ...named.map(({ name: param, of }) => `  ${param}: ${toParamText(of)}`)]),
    'steps:',
    ...steps.flatMap((step) => toStepLines(step, named)),
    '',
  ].join('\n');
}

interface NamedParam {
  readonly name: string;
  readonly step: string;
  readonly of: Param;
}

/** Parameters without a default become parameters of the workflow; two of one name get their step's name in front. */
function nameParams(steps: readonly NewStep[]): readonly NamedParam[] {
  const all = steps.flatMap((step) => step.params.map((of) => ({ step: step.id, of })));
  return all.map(({ step, of }) => {
    const isTaken = all.some((other) => other.step !== step && other.of.name === of.name);
    return { name: isTaken ? `${step.replaceAll('-', '_')}_${of.name}` : of.name, step, of };
  });
}

function toParamText({ type, min, max }: Param): string {
  const limits = [...(min === undefined ? [] : [`min: ${min}`]), ...(max === undefined ? [] : [`max: ${max}`])];
  return limits.length === 0 ? type : `{ type: ${type}, ${limits.join(', ')} }`;
}

function toStepLines(step: NewStep, named: readonly NamedParam[]): readonly string[] {
  const inputs = Object.entries(step.inputs).map(([port, source]) => `${port}: ${source}`);
  const params = named.filter((param) => param.step === step.id).map((param) => `      ${param.of.name}: \${params.${param.name}}`);
  return [
    `  ${step.id}:`,
    `    ${step.use.kind}: ${step.use.name}`,
    ...(inputs.length === 0 ? [] : [`    in: { ${inputs.join(', ')} }`]),
    ...(params.length === 0 ? [] : ['    params:', ...params]),
  ];
}
