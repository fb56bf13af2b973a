import type { Diagnostic, Position } from '../model/diagnostic.ts';
import type { FileKind } from '../model/fileForms.ts';
import { MANIFEST_FILE, type WorkspaceManifest } from '../model/workspace.ts';
import { readLockedPackages } from '../parse/lockText.ts';
import type { ParsedFile } from '../parse/parsedFile.ts';
import { DEFAULT_MANIFEST } from '../parse/parseManifest.ts';
import type { EntryReading, PythonReader } from '../python/pythonReader.ts';
import type { CheckAbilities } from './abilities.ts';
import { toFileKind } from './fileKind.ts';
import { createParsedFiles, type ParsedAs } from './parsedFiles.ts';
import type { Answer, Question } from './questions.ts';
import type { Definition } from './workspaceModel.ts';
import { createWorkflowMemory, type WorkflowMemory } from './workflowMemory.ts';

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

/** Definitions by the reading of their file. */
export type DefinitionMemory = WeakMap<ParsedFile<unknown>, Definition<unknown>>;

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
  /** What was found of the names of these files, where each calls itself the same at the same place as the last time. */
  rememberNames(parsed: readonly ParsedAs[], compute: () => readonly Diagnostic[]): readonly Diagnostic[];
  readonly definitions: DefinitionMemory;
  workflowMemory(path: string): WorkflowMemory;
  /** Forgets files that are gone. */
  keep(paths: ReadonlyMap<string, string>): void;
}

export function createCheckCache(): CheckCache {
  const counts: CheckCounts = { parsed: 0, entriesRead: 0, checked: 0 };
  const files = createParsedFiles(counts);
  const entries = new Map<string, { readonly text: string; readonly readings: Map<string, EntryReading> }>();
  const locks = new Map<string, { readonly text: string; readonly packages: ReadonlySet<string> | undefined }>();
  const checks = new Map<string, RememberedCheck>();
  const memories = new Map<string, WorkflowMemory>();
  let kept: ReadonlySet<string> = new Set();
  return {
    counts,
    checks,
    parse: files.parse,
    isSameMeaning: files.isSameMeaning,
    toKind: createKindMemory(),
    remember: createMemory(),
    rememberNames: createNameMemory(),
    definitions: new WeakMap(),
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
    workflowMemory(path) {
      const memory = memories.get(path) ?? createWorkflowMemory();
      memories.set(path, memory);
      return memory;
    },
    keep(paths) {
      if (isSameKeys(kept, paths)) return;
      kept = new Set(paths.keys());
      files.keep(paths);
      for (const map of [entries, locks, checks, memories]) for (const path of map.keys()) if (!paths.has(path)) map.delete(path);
    },
  };
}

/** What files are is asked of the patterns once, for as long as the manifest is the same. */
function createKindMemory(): CheckCache['toKind'] {
  const kinds = new Map<string, FileKind | undefined>();
  let kindsOf: WorkspaceManifest | undefined;
  return (path, manifest, abilities) => {
    if (kindsOf !== manifest) kinds.clear();
    kindsOf = manifest;
    if (!kinds.has(path)) kinds.set(path, toFileKind(path, manifest, abilities.matchesGlob));
    return kinds.get(path);
  };
}

function isSameKeys(known: ReadonlySet<string>, paths: ReadonlyMap<string, string>): boolean {
  if (known.size !== paths.size) return false;
  for (const path of paths.keys()) if (!known.has(path)) return false;
  return true;
}

function createNameMemory(): CheckCache['rememberNames'] {
  let known: { readonly parsed: readonly ParsedAs[]; readonly found: readonly Diagnostic[] } | undefined;
  return (parsed, compute) => {
    const before = known;
    const isSame = before?.parsed.length === parsed.length && parsed.every((file, index) => isSameName(file, before.parsed[index]));
    known = { parsed, found: isSame ? before.found : compute() };
    return known.found;
  };
}

function isSameName(one: ParsedAs, other: ParsedAs | undefined): boolean {
  if (one === other) return true;
  if (other === undefined || one.kind !== other.kind || one.parsed.file !== other.parsed.file) return false;
  const [now, before] = [one.parsed.name, other.parsed.name];
  if (now === undefined || before === undefined) return now === before;
  const [{ start, end }, former] = [now.range, before.range];
  return now.text === before.text && isSamePlace(start, former.start) && isSamePlace(end, former.end);
}

function isSamePlace(one: Position, other: Position): boolean {
  return one.line === other.line && one.column === other.column;
}

function createMemory(): CheckCache['remember'] {
  const remembered = new Map<string, Remembered<unknown>>();
  return <T>(key: string, inputs: readonly unknown[], compute: () => T): T => {
    const known = remembered.get(key) as Remembered<T> | undefined;
    if (known !== undefined && isSameList(known.inputs, inputs)) return known.result;
    const result = compute();
    remembered.set(key, { inputs, result });
    return result;
  };
}

interface Remembered<T> {
  readonly inputs: readonly unknown[];
  readonly result: T;
}

function isSameList(one: readonly unknown[], other: readonly unknown[]): boolean {
  return one.length === other.length && one.every((item, index) => item === other[index]);
}

/** The manifest of a set of files, with defaults where it is absent or broken. */
export function readManifest(files: ReadonlyMap<string, string>, cache: CheckCache): WorkspaceManifest {
  const text = files.get(MANIFEST_FILE);
  const read = text === undefined ? undefined : cache.parse(MANIFEST_FILE, 'manifest', text);
  return (read?.kind === 'manifest' ? read.parsed.value : undefined) ?? DEFAULT_MANIFEST;
}
