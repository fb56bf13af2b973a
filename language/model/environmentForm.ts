import { z } from 'zod';
import { DescriptionForm, RelativePathForm, SimpleNameForm, VariableNameForm } from './fieldForms.ts';

const CLAUSE = '(?:==|!=|>=|<=|>|<|~=)\\s*\\d+(?:\\.\\d+){0,2}(?:\\.\\*)?';
/** A version of Python, or a range of them. */
export const PYTHON_VERSIONS = new RegExp(`^(?:\\d+\\.\\d+(?:\\.\\d+)?|${CLAUSE}(?:\\s*,\\s*${CLAUSE}){0,7})$`);

/** `*.environment.yaml`, as it is written. */
export const EnvironmentForm = z
  .strictObject({
    environment: SimpleNameForm.describe('Name of the environment.'),
    description: DescriptionForm.optional(),
    python: z
      .string()
      .max(128)
      .regex(PYTHON_VERSIONS, 'must be a version or a range of versions: `3.12`, `>=3.10,<3.15`')
      .optional()
      .describe('Versions of Python that fit; the newest that the host has is taken.'),
    node: z
      .string()
      .regex(/^[1-9]\d{0,2}$/, 'must be a major version of Node: `24`')
      .optional()
      .describe('Major version of Node for TypeScript modules; the agent’s own where nothing is said.'),
    lock: RelativePathForm.optional().describe('Hashed, universal requirements.'),
    image: z.string().min(1).max(512).optional().describe('The production container, where there is one.'),
    variables: z.record(VariableNameForm, z.string().max(32_768)).optional(),
    secrets: z.array(VariableNameForm).max(256).optional().describe('Names only: values come from the agent’s provider of secrets.'),
  })
  .describe('A Cairn environment: what code runs in.');

export type EnvironmentForm = z.output<typeof EnvironmentForm>;
