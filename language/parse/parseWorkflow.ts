import type { Reference, Workflow } from '../model/workflow.ts';
import { WorkflowForm } from '../model/workflowForm.ts';
import { readForm, type FormReading } from './formReading.ts';
import type { ParsedFile } from './parsedFile.ts';
import { parseFile } from './parsing.ts';
import { readParams } from './readParams.ts';
import { reportCaseTwins } from './readNames.ts';
import { readReference } from './readReference.ts';
import { readStep } from './readStep.ts';
import { refuseUnsupported, type Refusal } from './refusals.ts';

const REFUSALS: readonly Refusal[] = [
  { path: ['inputs'], at: 'key', message: 'Inputs of workflows are not in this version: they come with nested workflows.' },
  { path: ['schedule'], at: 'key', message: 'Schedules are not in this version: start runs by hand or from a script.' },
  {
    path: ['steps', '*', 'workflow'],
    at: 'key',
    message: 'A workflow as a step is not in this version: write its steps out.',
    removes: 'parent',
  },
  { path: ['steps', '*', 'when'], at: 'key', message: 'Conditional steps (`when`) are not in this version.' },
  { path: ['steps', '*', 'priority'], at: 'key', message: '`priority` is not in this version.' },
  { path: ['steps', '*', 'product'], at: 'key', message: 'Crossed lists (`product`) are not in this version: several names are zipped.' },
  {
    path: ['steps', '*', 'foreach', 'product'],
    isMeant: (value) => typeof value === 'boolean',
    at: 'key',
    message: 'Crossed lists (`product`) are not in this version: several names are zipped.',
  },
  {
    path: ['steps', '*', 'foreach', '*'],
    isMeant: (value) => typeof value === 'string',
    at: 'value',
    message: 'Fan-out over an output of another step is not in this version: list the values here.',
    removes: 'parent',
  },
  {
    path: ['steps', '*', 'join'],
    isMeant: (value) => typeof value === 'string' && /^(any|quorum\(\s*\d*\s*\))$/.test(value),
    at: 'value',
    message: 'Only `join: all` is in this version.',
  },
];

/** `*.workflow.yaml` → the workflow. Never throws. Parts `@step`, `@element` and `@port` of references have places of their own. */
export function parseWorkflow(file: string, text: string): ParsedFile<Workflow> {
  return parseFile(file, text, 'workflow', toWorkflow);
}

function toWorkflow(reading: FormReading): Workflow | undefined {
  refuseUnsupported(reading, REFUSALS);
  const form = readForm(reading, WorkflowForm);
  if (form === undefined) return undefined;
  const steps = Object.entries(form.steps).flatMap(([id, step]) => readStep(reading, id, step));
  reportCaseTwins(
    reading,
    ['steps'],
    steps.map((step) => ({ name: step.id })),
  );
  return {
    name: form.workflow,
    description: form.description ?? '',
    domain: form.domain,
    params: readParams(reading, form.params),
    steps,
    outputs: readOutputs(reading, form.outputs ?? {}),
    inputs: [],
    schedule: undefined,
    concurrency: {},
    priority: 0,
  };
}

function readOutputs(reading: FormReading, outputs: { readonly [name: string]: string }): { readonly [name: string]: Reference } {
  const read = Object.entries(outputs).map(([name, text]) => [name, readReference(reading, ['outputs', name], text)] as const);
  return Object.fromEntries(read.flatMap(([name, reference]) => (reference === undefined ? [] : [[name, reference]])));
}
