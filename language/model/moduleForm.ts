import { z } from 'zod';
import { DescriptionForm, QualifiedNameForm, RelativePathForm, SimpleNameForm, UsesForm } from './fieldForms.ts';
import { DETERMINISM_CLASSES, MODULE_KINDS } from './module.ts';
import { InputsForm, OutputsForm, ParamsForm } from './portForm.ts';

export const EntryForm = z.string().max(512).describe('`file.py:function` or `file.ts:function`, the file relative to this folder.');
export const DurationForm = z.string().max(64).describe('A number with a unit: `10s`, `30m`, `2h`, `1d`, `250ms`.');
const SizeForm = z.string().max(64).describe('A number with a unit: `512MiB`, `1GiB`, `2GB`.');

const ResourcesForm = z.strictObject({
  cpu: z.number().positive().max(1024).optional().describe('Cores.'),
  memory: SizeForm.optional(),
  gpu: z.int().min(0).max(64).optional(),
  network: z.enum(['none', 'any']).optional(),
});

const CacheForm = z.strictObject({
  ttl: DurationForm.optional().describe('How long a result may be reused.'),
  version: z.int().min(0).max(1_000_000_000).optional().describe('Raise it to forget earlier results.'),
  salt: z.string().max(256).optional().describe('A text of your own in the cache key.'),
});

/** `module.yaml`, as it is written. */
export const ModuleForm = z
  .strictObject({
    module: QualifiedNameForm.describe('`namespace/name`.'),
    description: DescriptionForm.optional(),
    kind: z.enum(MODULE_KINDS).optional().describe('What it is for; `data` where nothing is said.'),
    entry: EntryForm,
    environment: SimpleNameForm.optional().describe('Name of the environment that the code runs in.'),
    uses: UsesForm.optional(),
    inputs: InputsForm.optional(),
    params: ParamsForm.optional(),
    outputs: OutputsForm.optional(),
    resources: ResourcesForm.optional(),
    determinism: z.enum(DETERMINISM_CLASSES).optional().describe('How much a repeated execution may differ; `pure` where nothing is said.'),
    seed: z.int().min(0).max(4_294_967_295).optional().describe('With `determinism: seeded`.'),
    reuse: z
      .enum(['fork', 'worker'])
      .optional()
      .describe('`fork`: a clean child per task. `worker`: the same interpreter again, never cached.'),
    preload: z
      .array(z.string().regex(/^[A-Za-z_][A-Za-z0-9_]*(?:\.[A-Za-z_][A-Za-z0-9_]*)*$/, 'must be the name of a Python package'))
      .max(64)
      .optional()
      .describe('Packages that are imported before a task starts.'),
    cache: CacheForm.optional(),
    tests: RelativePathForm.optional().describe('Folder of its tests.'),
  })
  .describe('A Cairn module: a contract and an entry function.');

export type ModuleForm = z.output<typeof ModuleForm>;
