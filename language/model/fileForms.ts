import { z } from 'zod';
import { DatasetForm } from './datasetForm.ts';
import { EnvironmentForm } from './environmentForm.ts';
import { LibraryForm } from './libraryForm.ts';
import { ManifestForm } from './manifestForm.ts';
import { ModuleForm } from './moduleForm.ts';
import { WorkflowForm } from './workflowForm.ts';

/** Every kind of file of the language, with the form that it is written in. */
export const FILE_FORMS = {
  manifest: ManifestForm,
  module: ModuleForm,
  library: LibraryForm,
  dataset: DatasetForm,
  environment: EnvironmentForm,
  workflow: WorkflowForm,
} as const;

export type FileKind = keyof typeof FILE_FORMS;

/** JSON schema (draft 7) of a kind of file, for editors that know YAML. It says less than the checker: what a form alone can say. */
export function toJsonSchema(kind: FileKind): object {
  return z.toJSONSchema(FILE_FORMS[kind], { io: 'input', target: 'draft-7' });
}
