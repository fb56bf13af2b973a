import type { DatasetDefinition } from '../model/dataset.ts';
import type { EnvironmentDefinition } from '../model/environment.ts';
import type { Entry, ModuleContract } from '../model/module.ts';
import type { WorkspaceManifest } from '../model/workspace.ts';
import { createFindings, toSuggestion, type Findings } from '../parse/findings.ts';
import type { ParsedFile } from '../parse/parsedFile.ts';
import type { SourceMap, ValuePath } from '../parse/sourceMap.ts';
import { checkLoaderSignature, checkModuleSignature } from './checkSignature.ts';
import { toFolder, toPathIn } from './fileKind.ts';
import type { Surroundings } from './questions.ts';
import type { Diagnostic } from '../model/diagnostic.ts';

/** The environment that is named exists; the entry's file and function exist and fit to the contract. */
export function checkModule(parsed: ParsedFile<ModuleContract>, surroundings: Surroundings): readonly Diagnostic[] {
  const module = parsed.value;
  if (module === undefined) return [];
  const findings = createFindings(parsed.file);
  checkEnvironmentName(findings, parsed.source, ['environment'], module.environment, surroundings);
  const entryFile = checkEntryFile(findings, parsed.source, ['entry'], module.entry, surroundings);
  if (entryFile === undefined) return findings.list;
  const reading = surroundings.entry(entryFile, module.entry.function);
  if (reading === undefined) return findings.list;
  return [...findings.list, ...checkModuleSignature({ module, source: parsed.source, entryFile, reading })];
}

export function checkDataset(parsed: ParsedFile<DatasetDefinition>, surroundings: Surroundings): readonly Diagnostic[] {
  const dataset = parsed.value;
  if (dataset === undefined) return [];
  const findings = createFindings(parsed.file);
  checkEnvironmentName(findings, parsed.source, ['source', 'environment'], dataset.source.environment, surroundings);
  if (dataset.source.kind !== 'python') return findings.list;
  const { entry } = dataset.source;
  const entryFile = checkEntryFile(findings, parsed.source, ['source', 'entry'], entry, surroundings);
  if (entryFile === undefined) return findings.list;
  const reading = surroundings.entry(entryFile, entry.function);
  if (reading === undefined) return findings.list;
  return [...findings.list, ...checkLoaderSignature({ entry, source: parsed.source, entryFile, reading })];
}

export function checkEnvironment(parsed: ParsedFile<EnvironmentDefinition>, surroundings: Surroundings): readonly Diagnostic[] {
  const findings = createFindings(parsed.file);
  const lock = parsed.value?.lock;
  if (lock !== undefined && !surroundings.exists(toPathIn(toFolder(parsed.file), lock))) {
    findings.add('missing-file', parsed.source.valueRange(['lock']), `There is no file \`${lock}\` beside this one.`);
  }
  return findings.list;
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
  findings.add('unknown-environment', range, `There is no environment \`${name}\`${hint || '.'}`, options);
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
  findings.add('missing-file', source.valueRange([...path, '@file']), `There is no file \`${entry.file}\` in the folder of this one.`);
  return undefined;
}
