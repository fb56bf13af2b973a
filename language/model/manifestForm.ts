import { z } from 'zod';
import { DescriptionForm, DomainForm, SimpleNameForm } from './fieldForms.ts';

const GlobsForm = z.array(z.string().min(1).max(256)).max(64);

/** `cairn.yaml`, as it is written. */
export const ManifestForm = z
  .strictObject({
    workspace: SimpleNameForm.describe('Name of the workspace.'),
    description: DescriptionForm.optional(),
    modules: GlobsForm.optional().describe('Where modules are; `modules/**` where nothing is said.'),
    libraries: GlobsForm.optional().describe('Where libraries are; `libraries/**` where nothing is said, and wherever modules are.'),
    workflows: GlobsForm.optional().describe('Where workflows are; `workflows/**` where nothing is said.'),
    environments: GlobsForm.optional().describe('Where environments are; `environments/**` where nothing is said.'),
    datasets: GlobsForm.optional().describe('Where datasets are; `datasets/**` where nothing is said.'),
    namespaces: z
      .record(SimpleNameForm, z.strictObject({ owners: z.array(z.string().min(1).max(128)).optional() }))
      .optional()
      .describe('Who owns a namespace: a request, the agent’s registry decides.'),
    defaults: z
      .strictObject({ environment: SimpleNameForm.optional(), cluster: SimpleNameForm.optional(), domain: DomainForm.optional() })
      .optional()
      .describe('What counts where a module or a step says nothing.'),
  })
  .describe('A Cairn workspace.');

export type ManifestForm = z.output<typeof ManifestForm>;
