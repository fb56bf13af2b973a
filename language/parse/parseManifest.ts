import { ManifestForm } from '../model/manifestForm.ts';
import type { WorkspaceManifest } from '../model/workspace.ts';
import { toGlobProblem } from './globs.ts';
import { readForm, type FormReading } from './formReading.ts';
import type { ParsedFile } from './parsedFile.ts';
import { parseFile } from './parsing.ts';

/** What counts without `cairn.yaml` or where it says nothing. */
export const DEFAULT_MANIFEST: WorkspaceManifest = {
  name: 'workspace',
  description: '',
  modules: ['modules/**'],
  libraries: ['libraries/**'],
  workflows: ['workflows/**'],
  environments: ['environments/**'],
  datasets: ['datasets/**'],
  namespaces: {},
  defaults: { environment: undefined, cluster: 'local', domain: 'experiment' },
};

/** `cairn.yaml` → the workspace's manifest, defaults filled in. Never throws. */
export function parseManifest(file: string, text: string): ParsedFile<WorkspaceManifest> {
  return parseFile(file, text, 'workspace', toManifest);
}

function toManifest(reading: FormReading): WorkspaceManifest | undefined {
  const form = readForm(reading, ManifestForm);
  if (form === undefined) return undefined;
  return {
    name: form.workspace,
    description: form.description ?? '',
    modules: readGlobs(reading, 'modules', form),
    libraries: readGlobs(reading, 'libraries', form),
    workflows: readGlobs(reading, 'workflows', form),
    environments: readGlobs(reading, 'environments', form),
    datasets: readGlobs(reading, 'datasets', form),
    namespaces: Object.fromEntries(Object.entries(form.namespaces ?? {}).map(([name, { owners }]) => [name, { owners: owners ?? [] }])),
    defaults: { ...DEFAULT_MANIFEST.defaults, ...toGiven(form.defaults ?? {}) },
  };
}

function readGlobs(
  reading: FormReading,
  key: 'modules' | 'libraries' | 'workflows' | 'environments' | 'datasets',
  form: ManifestForm,
): readonly string[] {
  const globs = form[key];
  if (globs === undefined) return DEFAULT_MANIFEST[key];
  return globs.filter((glob, index) => {
    const problem = toGlobProblem(glob);
    if (problem === undefined) return true;
    reading.yaml.findings.add('invalid-value', reading.yaml.source.valueRange([key, index]), problem);
    return false;
  });
}

function toGiven<T extends object>(form: T): Partial<T> {
  return Object.fromEntries(Object.entries(form).filter(([, value]) => value !== undefined)) as Partial<T>;
}
