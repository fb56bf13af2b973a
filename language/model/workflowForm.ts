import { z } from 'zod';
import { ArgumentNameForm, DescriptionForm, DomainForm, QualifiedNameForm, SimpleNameForm, StepNameForm } from './fieldForms.ts';
import { DurationForm } from './moduleForm.ts';
import { InputsForm, ParamsForm } from './portForm.ts';
import { CATCH_UPS, OVERLAPS } from './schedule.ts';
import { FAILURE_CLASSES, MOST_ELEMENTS } from './workflow.ts';

const ReferenceForm = z.string().max(512).describe('`step.port`, `step`, `step[*].port`, `step[element].port`, `inputs.name`.');
const UseForm = z.string().max(256);

const InputForm = z.union([ReferenceForm, z.array(ReferenceForm).min(1).max(1000).describe('Several outputs as one list, in this order.')]);

const RetryForm = z.strictObject({
  attempts: z.int().min(1).max(100).optional().describe('All of them, the first included.'),
  backoff: DurationForm.optional().describe('Doubled for each further attempt.'),
  on: z.array(z.enum(FAILURE_CLASSES)).optional(),
});

const TimeoutForm = z.union([
  DurationForm.describe('Of one attempt.'),
  z.strictObject({
    queue: DurationForm.optional().describe('Waiting for a place.'),
    run: DurationForm.optional().describe('Of one attempt.'),
    idle: DurationForm.optional().describe('Of an attempt without output, progress or metric.'),
  }),
]);

/** `product` stands beside the names, so it can be none. */
const ForeachForm = z
  .object({ product: z.boolean().optional().describe('Every value of each name with every value of the others.') })
  .catchall(
    z.union([
      z.array(z.json()).min(1).max(MOST_ELEMENTS),
      ReferenceForm.describe('Rows of a table or items of a json list: one task per element.'),
    ]),
  );

const PriorityForm = z.int().min(-100).max(100).describe('Of two tasks that wait for a place the higher one gets it.');

const StepForm = z
  .strictObject({
    module: UseForm.optional().describe('`namespace/name` or `namespace/name@tag`.'),
    dataset: UseForm.optional().describe('`namespace/name`.'),
    workflow: UseForm.optional().describe('`namespace/name` of a workflow that runs as this step.'),
    description: DescriptionForm.optional(),
    in: z.record(ArgumentNameForm, InputForm).optional().describe('Port → what it is given.'),
    params: z.record(ArgumentNameForm, z.json()).optional().describe('Values, or texts with `${params.x}`, `${foreach.x}`, `${run.x}`.'),
    foreach: ForeachForm.optional().describe('One task per value; several names are zipped, or crossed with `product: true`.'),
    product: z.boolean().optional().describe('The same as `product` inside `foreach`.'),
    join: z.string().max(64).optional().describe('`all`, `any` or `quorum(n)`: how many elements of its lists it waits for.'),
    when: z
      .union([z.string().max(4096), z.boolean()])
      .optional()
      .describe('Runs only if this is true: `check.metrics.auc > 0.7 && params.deploy`.'),
    retry: RetryForm.optional(),
    timeout: TimeoutForm.optional(),
    priority: PriorityForm.optional(),
    cluster: SimpleNameForm.optional(),
    cache: z.enum(['on', 'off', 'refresh']).optional(),
  })
  .refine(
    (step) => [step.module, step.dataset, step.workflow].filter((use) => use !== undefined).length === 1,
    'needs exactly one of `module`, `dataset` and `workflow`',
  );

const ScheduleForm = z.strictObject({
  cron: z.string().max(256).describe('Five or six fields: [second] minute hour day month weekday.'),
  timezone: z.string().max(64).optional().describe('IANA zone such as `Australia/Sydney`; `UTC` where nothing is said.'),
  catchUp: z.enum(CATCH_UPS).optional().describe('What becomes of fire times that were missed; `none` where nothing is said.'),
  catchUpLimit: z.int().min(1).max(10_000).optional().describe('With `catchUp: all`: the most runs that are made up for.'),
  overlap: z.enum(OVERLAPS).optional().describe('What happens while the last run is not finished; `skip` where nothing is said.'),
  params: z.record(ArgumentNameForm, z.json()).optional().describe('Parameters of its runs.'),
});

const ConcurrencyForm = z.strictObject({
  runs: z.int().min(1).max(10_000).optional().describe('Runs of this workflow at once.'),
  tasks: z.int().min(1).max(100_000).optional().describe('Tasks of one run at once.'),
});

/** `*.workflow.yaml`, as it is written. */
export const WorkflowForm = z
  .strictObject({
    workflow: QualifiedNameForm.describe('`namespace/name`.'),
    description: DescriptionForm.optional(),
    domain: DomainForm.optional(),
    params: ParamsForm.optional(),
    inputs: InputsForm.optional().describe('What it is given as a step of another workflow; `inputs.name` refers to it.'),
    steps: z.record(StepNameForm, StepForm),
    outputs: z.record(ArgumentNameForm, ReferenceForm).optional(),
    schedule: ScheduleForm.optional(),
    concurrency: ConcurrencyForm.optional(),
    priority: PriorityForm.optional(),
  })
  .describe('A Cairn workflow: steps and what flows between them.');

export type WorkflowForm = z.output<typeof WorkflowForm>;
export type StepForm = WorkflowForm['steps'][string];
