import type { DatasetDefinition } from '../model/dataset.ts';
import type { Diagnostic } from '../model/diagnostic.ts';
import type { EnvironmentDefinition } from '../model/environment.ts';
import type { FileKind } from '../model/fileForms.ts';
import type { LibraryDefinition } from '../model/library.ts';
import type { ModuleContract } from '../model/module.ts';
import type { Workflow } from '../model/workflow.ts';
import type { WorkspaceManifest } from '../model/workspace.ts';
import { parseDataset } from '../parse/parseDataset.ts';
import type { ParsedFile } from '../parse/parsedFile.ts';
import { parseEnvironment } from '../parse/parseEnvironment.ts';
import { parseLibrary } from '../parse/parseLibrary.ts';
import { readLockedPackages } from '../parse/lockText.ts';
import { DEFAULT_MANIFEST, parseManifest } from '../parse/parseManifest.ts';
import { parseModule } from '../parse/parseModule.ts';
import { createWorkflowReader, type WorkflowReader } from '../parse/incrementalWorkflow.ts';
import type { EntryReading, PythonReader } from '../python/pythonReader.ts';
import type { CheckAbilities } from './abilities.ts';
import type { Answer, Question } from './questions.ts';
import { toFileKind } from './fileKind.ts';
import { MANIFEST_FILE } from '../model/workspace.ts';

/** What each kind of file is parsed to. */
export interface ParsedKinds {
  readonly manifest: ParsedFile<WorkspaceManifest>;
  readonly module: ParsedFile<ModuleContract>;
  readonly library: ParsedFile<LibraryDefinition>;
  readonly dataset: ParsedFile<DatasetDefinition>;
  readonly environment: ParsedFile<EnvironmentDefinition>;
  readonly workflow: ParsedFile<Workflow>;
}

/** A file with the kind that it was parsed as. */
export type ParsedAs = { readonly [Kind in FileKind]: { readonly kind: Kind; readonly parsed: ParsedKinds[Kind] } }[FileKind];

/** The findings of a file's check, good for as long as everything that it asked has the same answer. */
export interface RememberedCheck {
  readonly parsed: unknown;
  readonly asked: readonly { readonly question: Question; readonly answer: Answer }[];
  /** its findings name places in other files, so that it matters where those are */
  readonly hasOtherPlaces: boolean;
  readonly diagnostics: readonly Diagnostic[];
}

/** How much work was really done: what an incremental check is judged by. */
export interface CheckCounts {
  parsed: number;
  entriesRead: number;
  checked: number;
}

/** Remembers what a check of a workspace found out, so that the next one only looks at what changed. Answers are the same with and without. */
export interface CheckCache {
  readonly counts: CheckCounts;
  readonly checks: Map<string, RememberedCheck>;
  parse(path: string, kind: FileKind, text: string): ParsedAs;
  /**
   * Whether two answers tell a check the same: they are one, or two readings of a sound file that differ only in where things stand (a
   * comment, a blank line).
   */
  isSameMeaning(one: Answer, other: Answer): boolean;
  readEntry(python: PythonReader, path: string, text: string, functionName: string): EntryReading;
  /** Names of a lock's packages; `undefined` where it can't be read whole. The same text gives the same object. */
  readLock(path: string, text: string): ReadonlySet<string> | undefined;
  toKind(path: string, manifest: WorkspaceManifest, abilities: CheckAbilities): FileKind | undefined;
  /** What was computed of these inputs the last time under this key, where they are the same one by one. */
  remember<T>(key: string, inputs: readonly unknown[], compute: () => T): T;
  /** Forgets files that are gone. */
  keep(paths: ReadonlyMap<string, string>): void;
}

export function createCheckCache(): CheckCache {
  const files = new Map<string, { readonly text: string; readonly parsedAs: ParsedAs }>();
  const entries = new Map<string, { readonly text: string; readonly readings: Map<string, EntryReading> }>();
  const remembered = new Map<string, Remembered<unknown>>();
  const meanings = new WeakMap<object, object>();
  const locks = new Map<string, { readonly text: string; readonly packages: ReadonlySet<string> | undefined }>();
  const readers = new Map<string, WorkflowReader>();
  const kinds = new Map<string, FileKind | undefined>();
  let kindsOf: WorkspaceManifest | undefined;
  const counts: CheckCounts = { parsed: 0, entriesRead: 0, checked: 0 };
  const checks = new Map<string, RememberedCheck>();
  return {
    counts,
    checks,
    parse(path, kind, text) {
      const known = files.get(path);
      if (known !== undefined && known.text === text && known.parsedAs.kind === kind) return known.parsedAs;
      counts.parsed += 1;
      const parsedAs = parseAs(kind, path, text, readers);
      const before = known?.parsedAs.parsed;
      const isSame = before !== undefined && isSameReading(before, parsedAs.parsed);
      meanings.set(parsedAs.parsed, (isSame ? meanings.get(before) : undefined) ?? {});
      files.set(path, { text, parsedAs });
      return parsedAs;
    },
    isSameMeaning(one, other) {
      if (one === other) return true;
      if (typeof one !== 'object' || typeof other !== 'object') return false;
      const meaning = meanings.get(one);
      return meaning !== undefined && meaning === meanings.get(other);
    },
    readEntry(python, path, text, functionName) {
      const known = entries.get(path);
      const readings = known?.text === text ? known.readings : new Map<string, EntryReading>();
      if (readings !== known?.readings) entries.set(path, { text, readings });
      const read = readings.get(functionName);
      if (read !== undefined) return read;
      counts.entriesRead += 1;
      const reading = python.readEntry(text, functionName);
      readings.set(functionName, reading);
      return reading;
    },
    readLock(path, text) {
      const known = locks.get(path);
      if (known?.text === text) return known.packages;
      const packages = readLockedPackages(text);
      locks.set(path, { text, packages });
      return packages;
    },
    toKind(path, manifest, abilities) {
      if (kindsOf !== manifest) kinds.clear();
      kindsOf = manifest;
      if (!kinds.has(path)) kinds.set(path, toFileKind(path, manifest, abilities.matchesGlob));
      return kinds.get(path);
    },
    remember<T>(key: string, inputs: readonly unknown[], compute: () => T): T {
      const known = remembered.get(key) as Remembered<T> | undefined;
      if (known !== undefined && isSameList(known.inputs, inputs)) return known.result;
      const result = compute();
      remembered.set(key, { inputs, result });
      return result;
    },
    keep(paths) {
      for (const path of files.keys()) if (!paths.has(path)) files.delete(path);
      for (const path of readers.keys()) if (!paths.has(path)) readers.delete(path);
      for (const path of entries.keys()) if (!paths.has(path)) entries.delete(path);
      for (const path of locks.keys()) if (!paths.has(path)) locks.delete(path);
      for (const path of checks.keys()) if (!paths.has(path)) checks.delete(path);
    },
  };
}

interface Remembered<T> {
  readonly inputs: readonly unknown[];
  readonly result: T;
}

function isSameList(one: readonly unknown[], other: readonly unknown[]): boolean {
  return one.length === other.length && one.every((item, index) => item === other[index]);
}

/** Two readings of a file without errors tell others the same; with errors it also matters what they left out. */
function isSameReading(before: ParsedFile<unknown>, after: ParsedFile<unknown>): boolean {
  const isSound = [...before.diagnostics, ...after.diagnostics].every(({ severity }) => severity !== 'error');
  return isSound && JSON.stringify([before.name?.text, before.value]) === JSON.stringify([after.name?.text, after.value]);
}

function parseAs(kind: FileKind, path: string, text: string, readers: Map<string, WorkflowReader>): ParsedAs {
  switch (kind) {
    case 'manifest':
      return { kind, parsed: parseManifest(path, text) };
    case 'module':
      return { kind, parsed: parseModule(path, text) };
    case 'library':
      return { kind, parsed: parseLibrary(path, text) };
    case 'dataset':
      return { kind, parsed: parseDataset(path, text) };
    case 'environment':
      return { kind, parsed: parseEnvironment(path, text) };
    case 'workflow':
      return { kind, parsed: readWorkflow(path, text, readers) };
  }
}

/** Workflows grow long: only the steps that changed are read again. */
function readWorkflow(path: string, text: string, readers: Map<string, WorkflowReader>): ParsedFile<Workflow> {
  const reader = readers.get(path) ?? createWorkflowReader(path);
  readers.set(path, reader);
  return reader.read(text);
}

/** The manifest of a set of files, with defaults where it is absent or broken. */
export function readManifest(files: ReadonlyMap<string, string>, cache: CheckCache): WorkspaceManifest {
  const text = files.get(MANIFEST_FILE);
  const read = text === undefined ? undefined : cache.parse(MANIFEST_FILE, 'manifest', text);
  return (read?.kind === 'manifest' ? read.parsed.value : undefined) ?? DEFAULT_MANIFEST;
}
