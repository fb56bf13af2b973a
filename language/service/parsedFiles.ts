import type { DatasetDefinition } from '../model/dataset.ts';
import type { EnvironmentDefinition } from '../model/environment.ts';
import type { FileKind } from '../model/fileForms.ts';
import type { LibraryDefinition } from '../model/library.ts';
import type { ModuleContract } from '../model/module.ts';
import type { Workflow } from '../model/workflow.ts';
import type { WorkspaceManifest } from '../model/workspace.ts';
import { createWorkflowReader, type WorkflowReader } from '../parse/incrementalWorkflow.ts';
import { parseDataset } from '../parse/parseDataset.ts';
import type { ParsedFile } from '../parse/parsedFile.ts';
import { parseEnvironment } from '../parse/parseEnvironment.ts';
import { parseLibrary } from '../parse/parseLibrary.ts';
import { parseManifest } from '../parse/parseManifest.ts';
import { parseModule } from '../parse/parseModule.ts';
import { isSameData } from './sameData.ts';

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

/** Files as they were parsed last, by path. */
export interface ParsedFiles {
  parse(path: string, kind: FileKind, text: string): ParsedAs;
  /** See `CheckCache`. */
  isSameMeaning(one: unknown, other: unknown): boolean;
  keep(paths: ReadonlyMap<string, string>): void;
}

/** `counts.parsed` says how often a text was really read. */
export function createParsedFiles(counts: { parsed: number }): ParsedFiles {
  const files = new Map<string, { readonly text: string; readonly parsedAs: ParsedAs }>();
  const meanings = new WeakMap<object, object>();
  const readers = new Map<string, WorkflowReader>();
  return {
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
      if (typeof one !== 'object' || typeof other !== 'object' || one === null || other === null) return false;
      const meaning = meanings.get(one);
      return meaning !== undefined && meaning === meanings.get(other);
    },
    keep(paths) {
      for (const map of [files, readers]) for (const path of map.keys()) if (!paths.has(path)) map.delete(path);
    },
  };
}

/** Two readings of a file without errors tell others the same; with errors it also matters what they left out. */
function isSameReading(before: ParsedFile<unknown>, after: ParsedFile<unknown>): boolean {
  const isSound = [before, after].every(({ diagnostics }) => diagnostics.every(({ severity }) => severity !== 'error'));
  return isSound && before.name?.text === after.name?.text && isSameData(before.value, after.value);
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
