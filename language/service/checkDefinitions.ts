import type { DatasetDefinition } from '../model/dataset.ts';
import type { EnvironmentDefinition } from '../model/environment.ts';
import type { LibraryDefinition } from '../model/library.ts';
import type { Entry, ModuleContract } from '../model/module.ts';
import { hasCommonPython } from '../model/pythonVersions.ts';
import type { WorkspaceManifest } from '../model/workspace.ts';
import { createFindings, toSuggestion, type Findings } from '../parse/findings.ts';
import type { ParsedFile } from '../parse/parsedFile.ts';
import type { SourceMap, ValuePath } from '../parse/sourceMap.ts';
import { checkFormat, checkLabelling } from './checkDatasetFile.ts';
import { checkLibraryCycle, checkLibraryNames, checkModuleLibraries } from './checkLibraries.ts';
import { checkNamespace } from './checkNamespace.ts';
import { checkLoaderSignature, checkModuleSignature } from './checkSignature.ts';
import { toFolder, toPathIn } from './fileKind.ts';
import type { Surroundings } from './questions.ts';
import type { Diagnostic } from '../model/diagnostic.ts';
import { t } from '../model/words.ts';

/** The environment and the libraries that are named exist and fit; so do the entry's file and function. */
export function checkModule(parsed: ParsedFile<ModuleContract>, surroundings: Surroundings): readonly Diagnostic[] {
  const { value: module, source } = parsed;
  if (module === undefined) return [];
  const findings = createFindings(parsed.file);
  checkNamespace(findings, source, 'module', module.name, surroundings);
  checkEnvironmentName(findings, source, ['environment'], module.environment, surroundings);
  checkModuleLibraries(findings, parsed, surroundings);
  if (module.reuse === 'worker' && source.has(['cache'])) {
    const message = t('Results of a module with `reuse: worker` are never cached.');
    findings.add('cache-without-effect', source.keyRange(['cache']), message, { severity: 'warning' });
  }
  const entryFile = checkEntryFile(findings, source, ['entry'], module.entry, surroundings);
  if (entryFile === undefined || module.language !== 'python') return findings.list;
  const reading = surroundings.entry(entryFile, module.entry.function);
  if (reading === undefined) return findings.list;
  return [...findings.list, ...checkModuleSignature({ module, source, entryFile, reading })];
}

export function checkLibrary(parsed: ParsedFile<LibraryDefinition>, surroundings: Surroundings): readonly Diagnostic[] {
  const findings = createFindings(parsed.file);
  if (parsed.value === undefined) return [];
  checkNamespace(findings, parsed.source, 'library', parsed.value.name, surroundings);
  checkLibraryNames(findings, parsed.source, parsed.value.uses, surroundings);
  checkLibraryCycle(findings, parsed, surroundings);
  return findings.list;
}

export function checkDataset(parsed: ParsedFile<DatasetDefinition>, surroundings: Surroundings): readonly Diagnostic[] {
  const { value: dataset, source } = parsed;
  if (dataset === undefined) return [];
  const findings = createFindings(parsed.file);
  checkNamespace(findings, source, 'dataset', dataset.name, surroundings);
  checkEnvironmentName(findings, source, ['source', 'environment'], dataset.source.environment, surroundings);
  checkFormat(findings, source, dataset);
  if (!parsed.diagnostics.some(({ severity }) => severity === 'error')) checkLabelling(findings, source, dataset);
  if (dataset.source.kind === 'file') {
    const { path } = dataset.source;
    if (surroundings.exists(toPathIn(toFolder(parsed.file), path))) return findings.list;
    findings.add('missing-file', source.valueRange(['source', 'path']), t`There is no file \`${path}\` in the folder of this one.`);
  }
  if (dataset.source.kind !== 'python') return findings.list;
  const { entry } = dataset.source;
  const entryFile = checkEntryFile(findings, source, ['source', 'entry'], entry, surroundings);
  const reading = entryFile === undefined ? undefined : surroundings.entry(entryFile, entry.function);
  if (entryFile === undefined || reading === undefined) return findings.list;
  return [...findings.list, ...checkLoaderSignature({ entry, source, entryFile, reading })];
}

export function checkEnvironment(parsed: ParsedFile<EnvironmentDefinition>, surroundings: Surroundings): readonly Diagnostic[] {
  const { value, source } = parsed;
  const findings = createFindings(parsed.file);
  if (value?.lock !== undefined && !surroundings.exists(toPathIn(toFolder(parsed.file), value.lock))) {
    findings.add('missing-file', source.valueRange(['lock']), t`There is no file \`${value.lock}\` beside this one.`);
  }
  if (value?.python !== undefined && !hasCommonPython([value.python])) {
    findings.add('python-conflict', source.valueRange(['python']), t`No version of Python is ${value.python}.`);
  }
  checkVariables(findings, source, value?.variables ?? {});
  return findings.list;
}

/** A value under such a name is readable in the repository for ever. */
function checkVariables(findings: Findings, source: SourceMap, variables: { readonly [name: string]: string }): void {
  for (const [name, value] of Object.entries(variables)) {
    if (value === '' || !/(?:^|_)(?:PASSWORD|PASSWD|SECRET|SECRET_KEY|API_KEY|ACCESS_KEY|ACCESS_TOKEN|AUTH_TOKEN)$/i.test(name)) continue;
    const message = t`\`${name}\` looks like a secret that everybody can read here. List the name under \`secrets\`: its value comes from the agent.`;
    findings.add('plain-secret', source.keyRange(['variables', name]), message, { severity: 'warning' });
  }
}

export function checkManifest(parsed: ParsedFile<WorkspaceManifest>, surroundings: Surroundings): readonly Diagnostic[] {
  const findings = createFindings(parsed.file);
  checkEnvironmentName(findings, parsed.source, ['defaults', 'environment'], parsed.value?.defaults.environment, surroundings);
  return findings.list;
}

function checkEnvironmentName(
  findings: Findings,
  source: SourceMap,
  path: ValuePath,
  name: string | undefined,
  surroundings: Surroundings,
): void {
  if (name === undefined || surroundings.environment(name) !== undefined) return;
  const range = source.valueRange(path);
  const { hint, options } = toSuggestion({ file: source.file, range }, name, surroundings.names('environment'));
  findings.add('unknown-environment', range, t`There is no environment \`${name}\`${hint || '.'}`, options);
}

/** The path of the entry's file, where it exists. */
function checkEntryFile(
  findings: Findings,
  source: SourceMap,
  path: ValuePath,
  entry: Entry,
  surroundings: Surroundings,
): string | undefined {
  const file = toPathIn(toFolder(source.file), entry.file);
  if (surroundings.exists(file)) return file;
  findings.add('missing-file', source.valueRange([...path, '@file']), t`There is no file \`${entry.file}\` in the folder of this one.`);
  return undefined;
}
