import type { DatasetDefinition } from '../model/dataset.ts';
import type { EnvironmentDefinition } from '../model/environment.ts';
import type { FileKind } from '../model/fileForms.ts';
import type { LibraryDefinition } from '../model/library.ts';
import type { ModuleContract } from '../model/module.ts';
import type { Workflow } from '../model/workflow.ts';
import type { ParsedFile } from '../parse/parsedFile.ts';
import type { EntryReading } from '../python/pythonReader.ts';

/** What has a name of its own. */
export type NamedKind = Exclude<FileKind, 'manifest'>;

/** Everything that the check of one file may want to know about others. */
export type Question =
  | { readonly kind: NamedKind; readonly name: string }
  /** all names of a kind, for suggestions */
  | { readonly kind: 'names'; readonly of: NamedKind }
  | { readonly kind: 'default'; readonly of: 'environment' | 'domain' }
  /** those that `cairn.yaml` declares */
  | { readonly kind: 'namespaces' }
  | { readonly kind: 'exists'; readonly path: string }
  | { readonly kind: 'entry'; readonly path: string; readonly function: string }
  | { readonly kind: 'lock'; readonly path: string };

/** Answers are compared with `===`: parsed files are kept by the cache, names come as one text. */
export type Answer = ParsedFile<unknown> | EntryReading | ReadonlySet<string> | string | boolean | undefined;

/** What is known about the rest of the workspace while one file is checked. */
export interface Surroundings {
  module(name: string): ParsedFile<ModuleContract> | undefined;
  library(name: string): ParsedFile<LibraryDefinition> | undefined;
  dataset(name: string): ParsedFile<DatasetDefinition> | undefined;
  environment(name: string): ParsedFile<EnvironmentDefinition> | undefined;
  workflow(name: string): ParsedFile<Workflow> | undefined;
  names(of: NamedKind): readonly string[];
  /** `environment`: `undefined` = none; `domain`: always one */
  default(of: 'environment' | 'domain'): string | undefined;
  namespaces(): readonly string[];
  exists(path: string): boolean;
  /** `undefined`: the text is not known, or nobody reads Python here */
  entry(path: string, functionName: string): EntryReading | undefined;
  /** Normalised names of a lock's packages. `undefined`: the text is not known, or something in it is not understood */
  lock(path: string): ReadonlySet<string> | undefined;
}

export interface Recording {
  readonly surroundings: Surroundings;
  readonly asked: readonly { readonly question: Question; readonly answer: Answer }[];
}

/** The same answers, with a record of what was asked. */
export function recordQuestions(surroundings: Surroundings): Recording {
  const asked: { readonly question: Question; readonly answer: Answer }[] = [];
  const record = <T extends Answer>(question: Question, answer: T): T => {
    asked.push({ question, answer });
    return answer;
  };
  const recordNames = (question: Question, names: readonly string[]): readonly string[] => {
    record(question, toNamesAnswer(names));
    return names;
  };
  return {
    asked,
    surroundings: {
      module: (name) => record({ kind: 'module', name }, surroundings.module(name)),
      library: (name) => record({ kind: 'library', name }, surroundings.library(name)),
      dataset: (name) => record({ kind: 'dataset', name }, surroundings.dataset(name)),
      environment: (name) => record({ kind: 'environment', name }, surroundings.environment(name)),
      workflow: (name) => record({ kind: 'workflow', name }, surroundings.workflow(name)),
      exists: (path) => record({ kind: 'exists', path }, surroundings.exists(path)),
      entry: (path, functionName) => record({ kind: 'entry', path, function: functionName }, surroundings.entry(path, functionName)),
      lock: (path) => record({ kind: 'lock', path }, surroundings.lock(path)),
      default: (of) => record({ kind: 'default', of }, surroundings.default(of)),
      namespaces: () => recordNames({ kind: 'namespaces' }, surroundings.namespaces()),
      names: (of) => recordNames({ kind: 'names', of }, surroundings.names(of)),
    },
  };
}

export function toAnswer(question: Question, surroundings: Surroundings): Answer {
  switch (question.kind) {
    case 'module':
      return surroundings.module(question.name);
    case 'library':
      return surroundings.library(question.name);
    case 'dataset':
      return surroundings.dataset(question.name);
    case 'environment':
      return surroundings.environment(question.name);
    case 'workflow':
      return surroundings.workflow(question.name);
    case 'names':
      return toNamesAnswer(surroundings.names(question.of));
    case 'default':
      return surroundings.default(question.of);
    case 'namespaces':
      return toNamesAnswer(surroundings.namespaces());
    case 'exists':
      return surroundings.exists(question.path);
    case 'entry':
      return surroundings.entry(question.path, question.function);
    case 'lock':
      return surroundings.lock(question.path);
  }
}

const joined = new WeakMap<readonly string[], string>();

/** One text for a list of names; the same list is joined once. */
function toNamesAnswer(names: readonly string[]): string {
  const known = joined.get(names);
  if (known !== undefined) return known;
  const text = names.join('\0');
  joined.set(names, text);
  return text;
}
