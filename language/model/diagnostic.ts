/** A place in a text. Lines and columns count from 1; columns count UTF-16 code units, as editors do. */
export interface Position {
  readonly line: number;
  readonly column: number;
}

/** A half-open stretch of text: `end` is the position after the last character. */
export interface Range {
  readonly start: Position;
  readonly end: Position;
}

export type Severity = 'error' | 'warning' | 'info';

/**
 * Everything that the checker can find. Codes are part of the product: they are listed in the documentation,
 * scripts match on them, and they never change meaning.
 */
export const DIAGNOSTIC_CODES = [
  'syntax',
  'unknown-key',
  'missing-key',
  'invalid-value',
  'unknown-module',
  'unknown-dataset',
  'unknown-environment',
  'unknown-step',
  'unknown-port',
  'unknown-param',
  'missing-input',
  'type-mismatch',
  'column-mismatch',
  'cycle',
  'duplicate-name',
  'signature-drift',
  'missing-file',
  'unresolved-tag',
  'yaml-tag',
  'cut-by-comment',
  'limit-exceeded',
  'not-supported',
  'unlabelled-column',
  'labels-exceeded',
  'production-uses-alpha',
  'unknown-workflow',
  'workflow-cycle',
  'unknown-library',
  'library-cycle',
  'library-conflict',
  'unused-param',
  'unused-step',
  'unused-input',
  'unused-foreach',
  'invalid-condition',
  'condition-type',
  'constant-condition',
  'unknown-metric',
  'invalid-schedule',
  'unknown-timezone',
  'invalid-join',
  'quorum-too-large',
  'foreach-type',
  'too-many-elements',
  'missing-package',
  'python-conflict',
  'plain-secret',
  'format-mismatch',
  'retry-side-effect',
  'cache-without-effect',
  'timeout-without-effect',
  'repeated-reference',
  'undeclared-namespace',
  'empty-workflow',
  'build-failed',
] as const;

export type DiagnosticCode = (typeof DIAGNOSTIC_CODES)[number];

/** One replacement of text. Applied as range edits: everything outside stays byte for byte the same. */
export interface TextEdit {
  readonly file: string;
  readonly range: Range;
  readonly newText: string;
}

/** An offered repair: a title for people and the edits that make it. */
export interface Fix {
  readonly title: string;
  readonly edits: readonly TextEdit[];
}

/** A finding in a user's text. `file` is relative to the workspace root, with `/`. */
export interface Diagnostic {
  readonly file: string;
  readonly range: Range;
  readonly severity: Severity;
  readonly code: DiagnosticCode;
  readonly message: string;
  readonly fix?: Fix;
}

/** What every parser returns: user text never throws. `value` is absent when nothing usable could be read. */
export interface Parsed<T> {
  readonly value: T | undefined;
  readonly diagnostics: readonly Diagnostic[];
}
