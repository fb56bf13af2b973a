import type { EnvironmentDefinition } from '../model/environment.ts';
import { EnvironmentForm } from '../model/environmentForm.ts';
import { readForm, type FormReading } from './formReading.ts';
import type { ParsedFile } from './parsedFile.ts';
import { parseFile } from './parsing.ts';

/** `*.environment.yaml` → the environment. Never throws. */
export function parseEnvironment(file: string, text: string): ParsedFile<EnvironmentDefinition> {
  return parseFile(file, text, 'environment', toEnvironment);
}

function toEnvironment(reading: FormReading): EnvironmentDefinition | undefined {
  const form = readForm(reading, EnvironmentForm);
  if (form === undefined) return undefined;
  return {
    name: form.environment,
    description: form.description ?? '',
    python: form.python,
    node: form.node,
    lock: form.lock,
    image: form.image,
    variables: form.variables ?? {},
    secrets: form.secrets ?? [],
  };
}
