import type { Range } from '../model/diagnostic.ts';
import type { Json } from '../model/json.ts';
import type { ArgumentUses } from './findArgument.ts';

/** How a parameter can be given. `args` is `*name`, `kwargs` is `**name`. */
export type ParameterStyle = 'positional' | 'normal' | 'keyword' | 'args' | 'kwargs';

/** A default value: a literal that can be compared, or some other expression. */
export type DefaultValue =
  | { readonly kind: 'none' }
  | { readonly kind: 'literal'; readonly value: Json; readonly isFloat: boolean; readonly range: Range }
  | { readonly kind: 'expression'; readonly text: string; readonly range: Range };

export interface PythonParameter {
  readonly name: string;
  readonly style: ParameterStyle;
  readonly default: DefaultValue;
  /** text of the annotation; `undefined` = none */
  readonly annotation: string | undefined;
  /** of the name */
  readonly range: Range;
}

/** What the function returns, as far as a reader of text can tell. */
export type ReturnedKeys =
  /** every `return` is a dict display whose keys are all plain texts */
  | { readonly kind: 'literal'; readonly returns: readonly (readonly { readonly key: string; readonly range: Range }[])[] }
  | { readonly kind: 'unknown' };

export interface PythonEntry {
  readonly name: string;
  /** of the function's name */
  readonly range: Range;
  /** of the parentheses with all parameters */
  readonly parametersRange: Range;
  readonly parameters: readonly PythonParameter[];
  readonly returns: ReturnedKeys;
  readonly isAsync: boolean;
  /** A decorator may change the signature, so a decorated function's parameters prove nothing. */
  readonly decorators: readonly string[];
}

export type EntryReading =
  | { readonly kind: 'found'; readonly entry: PythonEntry }
  /** `near`: names of top-level functions, the most similar first */
  | { readonly kind: 'missing'; readonly near: readonly string[] }
  /** The text is not Python: nothing can be said about its functions. */
  | { readonly kind: 'unreadable'; readonly range: Range }
  /** The name is bound by something else (a class, an import, an assignment): it may be callable, nobody can tell from here. */
  | { readonly kind: 'other'; readonly range: Range };

/** Reads Python source in the editor. Never throws on any text; never feeds a cache key. */
export interface PythonReader {
  readEntry(source: string, functionName: string): EntryReading;
  /** Every use of an argument in a function of the top level, for renaming it. */
  findArgument(source: string, functionName: string, argument: string): ArgumentUses;
}
