import { z } from 'zod';
import { ArgumentNameForm, DescriptionForm, DomainForm, QualifiedNameForm, SimpleNameForm, StepNameForm } from './fieldForms.ts';
import { DurationForm } from './moduleForm.ts';
import { ParamsForm } from './portForm.ts';
import { FAILURE_CLASSES } from './workflow.ts';

const ReferenceForm = z.string().max(512).describe('`step.port`, `step`, `step[*].port`, `step[element].port`.');
const UseForm = z.string().max(256);

const RetryForm = z.strictObject({
  attempts: z.int().min(1).max(100).optional().describe('All of them, the first included.'),
  backoff: DurationForm.optional().describe('Doubled for each further attempt.'),
  on: z.array(z.enum(FAILURE_CLASSES)).optional(),
});

const StepForm = z
  .strictObject({
    module: UseForm.optional().describe('`namespace/name` or `namespace/name@tag`.'),
    dataset: UseForm.optional().describe('`namespace/name`.'),
    description: DescriptionForm.optional(),
    in: z.record(ArgumentNameForm, ReferenceForm).optional().describe('Port of the module → what it is given.'),
    params: z.record(ArgumentNameForm, z.json()).optional().describe('Values, or texts with `${params.x}`, `${foreach.x}`, `${run.x}`.'),
    foreach: z
      .record(ArgumentNameForm, z.array(z.json()).min(1).max(10_000))
      .optional()
      .describe('One task per value; several names are zipped.'),
    join: z.literal('all').optional(),
    retry: RetryForm.optional(),
    timeout: DurationForm.optional().describe('Of one attempt.'),
    cluster: SimpleNameForm.optional(),
    cache: z.enum(['on', 'off', 'refresh']).optional(),
  })
  .refine((step) => (step.module === undefined) !== (step.dataset === undefined), 'needs exactly one of `module` and `dataset`');

/** `*.workflow.yaml`, as it is written. */
export const WorkflowForm = z
  .strictObject({
    workflow: QualifiedNameForm.describe('`namespace/name`.'),
    description: DescriptionForm.optional(),
    domain: DomainForm.optional(),
    params: ParamsForm.optional(),
    steps: z.record(StepNameForm, StepForm),
    outputs: z.record(ArgumentNameForm, ReferenceForm).optional(),
  })
  .describe('A Cairn workflow: steps and what flows between them.');

export type WorkflowForm = z.output<typeof WorkflowForm>;
export type StepForm = WorkflowForm['steps'][string];
