import { z } from 'zod';
import { PYTHON_VERSIONS } from './environmentForm.ts';
import { DescriptionForm, QualifiedNameForm, UsesForm } from './fieldForms.ts';

const PackageNameForm = z
  .string()
  .max(128)
  .regex(/^[A-Za-z0-9](?:[A-Za-z0-9._-]*[A-Za-z0-9])?$/, 'must be the name of a package, without a version');

/** `library.yaml`, as it is written. */
export const LibraryForm = z
  .strictObject({
    library: QualifiedNameForm.describe('`namespace/name`; code imports it as `name`.'),
    description: DescriptionForm.optional(),
    language: z.enum(['python', 'typescript']).optional().describe('`python` where nothing is said.'),
    files: z.array(z.string().min(1).max(256)).min(1).max(64).optional().describe('What belongs to it; `**` where nothing is said.'),
    uses: UsesForm.optional(),
    requires: z
      .strictObject({
        python: z
          .string()
          .max(128)
          .regex(PYTHON_VERSIONS, 'must be a version or a range of versions: `3.12`, `>=3.10,<3.15`')
          .optional()
          .describe('Versions of Python that it runs on.'),
        packages: z.array(PackageNameForm).max(256).optional().describe('Packages that must be in the environment of whoever uses it.'),
      })
      .optional(),
  })
  .describe('A Cairn library: source without an entry, which modules use.');

export type LibraryForm = z.output<typeof LibraryForm>;
