import type { DatasetDefinition } from '../model/dataset.ts';
import type { EnvironmentDefinition } from '../model/environment.ts';
import type { ModuleContract } from '../model/module.ts';
import type { ParsedFile } from '../parse/parsedFile.ts';
import type { EntryReading } from '../python/pythonReader.ts';

/** Everything that the check of one file may want to know about others. */
export type Question =
  | { readonly kind: 'module' | 'dataset' | 'environment'; readonly name: string }
  /** all names of a kind, for suggestions */
  | { readonly kind: 'names'; readonly of: 'module' | 'dataset' | 'environment' }
  | { readonly kind: 'exists'; readonly path: string }
  | { readonly kind: 'entry'; readonly path: string; readonly function: string };

/** Answers are compared with `===`: parsed files are kept by the cache, names come as one text. */
export type Answer = ParsedFile<unknown> | EntryReading | string | boolean | undefined;

/** What is known about the rest of the workspace while one file is checked. */
export interface Surroundings {
  module(name: string): ParsedFile<ModuleContract> | undefined;
  dataset(name: string): ParsedFile<DatasetDefinition> | undefined;
  environment(name: string): ParsedFile<EnvironmentDefinition> | undefined;
  names(of: 'module' | 'dataset' | 'environment'): readonly string[];
  exists(path: string): boolean;
  /** `undefined`: the text is not known, or nobody reads Python here */
  entry(path: string, functionName: string): EntryReading | undefined;
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
  return {
    asked,
    surroundings: {
      module: (name) => record({ kind: 'module', name }, surroundings.module(name)),
      dataset: (name) => record({ kind: 'dataset', name }, surroundings.dataset(name)),
      environment: (name) => record({ kind: 'environment', name }, surroundings.environment(name)),
      exists: (path) => record({ kind: 'exists', path }, surroundings.exists(path)),
      entry: (path, functionName) => record({ kind: 'entry', path, function: functionName }, surroundings.entry(path, functionName)),
      names(of) {
        const names = surroundings.names(of);
        record({ kind: 'names', of }, names.join('\0'));
        return names;
      },
    },
  };
}

export function toAnswer(question: Question, surroundings: Surroundings): Answer {
  switch (question.kind) {
    case 'module':
      return surroundings.module(question.name);
    case 'dataset':
      return surroundings.dataset(question.name);
    case 'environment':
      return surroundings.environment(question.name);
    case 'names':
      return surroundings.names(question.of).join('\0');
    case 'exists':
      return surroundings.exists(question.path);
    case 'entry':
      return surroundings.entry(question.path, question.function);
  }
}
