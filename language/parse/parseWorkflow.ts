import type { Reference, Workflow } from '../model/workflow.ts';
import { WorkflowForm } from '../model/workflowForm.ts';
import { readForm, type FormReading } from './formReading.ts';
import type { ParsedFile } from './parsedFile.ts';
import { parseFile } from './parsing.ts';
import { readInputs } from './readPorts.ts';
import { readParams } from './readParams.ts';
import { reportCaseTwins } from './readNames.ts';
import { readReference } from './readReference.ts';
import { readStep } from './readStep.ts';
import { readSchedule } from './readTiming.ts';

/** `*.workflow.yaml` → the workflow. Never throws. Parts `@step`, `@element` and `@port` of references have places of their own. */
export function parseWorkflow(file: string, text: string): ParsedFile<Workflow> {
  return parseFile(file, text, 'workflow', toWorkflow);
}

function toWorkflow(reading: FormReading): Workflow | undefined {
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
    inputs: readInputs(reading, form.inputs),
    steps,
    outputs: readOutputs(reading, form.outputs ?? {}),
    schedule: readSchedule(reading, form),
    concurrency: toLimits(form.concurrency ?? {}),
    priority: form.priority ?? 0,
  };
}

function readOutputs(reading: FormReading, outputs: { readonly [name: string]: string }): { readonly [name: string]: Reference } {
  const read = Object.entries(outputs).map(([name, text]) => [name, readReference(reading, ['outputs', name], text)] as const);
  return Object.fromEntries(read.flatMap(([name, reference]) => (reference === undefined ? [] : [[name, reference]])));
}

function toLimits({ runs, tasks }: NonNullable<WorkflowForm['concurrency']>): Workflow['concurrency'] {
  return { ...(runs === undefined ? {} : { runs }), ...(tasks === undefined ? {} : { tasks }) };
}
