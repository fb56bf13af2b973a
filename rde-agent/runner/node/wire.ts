// What of the runner's wire (rde-agent/protocol/runner.ts) a Node worker reads and says. Checked against it by test/fixtures/runner.

export type InputFormat = 'parquet' | 'pickle' | 'json' | 'raw' | 'manifest';

/** A value of an input port. Paths are absolute and read-only; `inline` is base64 of the same bytes. */
export type InputValue =
  | { readonly kind: 'file'; readonly path: string; readonly format: InputFormat }
  | { readonly kind: 'inline'; readonly data: string; readonly format: InputFormat }
  | { readonly kind: 'list'; readonly items: readonly InputValue[] }
  /** a list whose items are all inline and of one format */
  | {
      readonly kind: 'inlines';
      readonly data: readonly string[];
      readonly format: InputFormat;
      readonly columns: readonly string[] | null;
    };

export interface PortType {
  readonly kind: 'table' | 'model' | 'file' | 'directory' | 'json' | 'metrics' | 'list';
}

/** The parts of a task's context that matter here. */
export interface TaskContext {
  readonly root: string;
  readonly entry: { readonly file: string; readonly function: string };
  readonly inputs: readonly { readonly name: string; readonly type: PortType; readonly value: InputValue }[];
  readonly params: { readonly [name: string]: unknown };
  readonly outputs: readonly { readonly name: string; readonly type: PortType }[];
  readonly seed: number | null;
  readonly scratch: string;
  readonly outputDir: string;
  readonly variables: { readonly [name: string]: string };
  readonly inlineBytes: number;
}

/** One published output: `data` (base64) or `path`. */
export interface WorkerOutput {
  readonly name: string;
  readonly type: PortType['kind'];
  readonly format: InputFormat;
  readonly path?: string;
  readonly data?: string;
  readonly digest: string;
  readonly logical: string;
  readonly exact: boolean;
  readonly bytes: number;
}

/** The parameters of `failed`. `file` is relative to the module's folder. */
export interface Failure {
  readonly code:
    | 'user-error'
    | 'output-missing'
    | 'output-wrong'
    | 'output-unexpected'
    | 'input-unreadable'
    | 'entry-missing'
    | 'import-failed'
    | 'store-failed';
  readonly message: string;
  readonly file?: string;
  readonly line?: number;
  readonly traceback?: string;
}

/** Says one thing to the agent. */
export type Send = (method: string, params: object) => void;

/** An expected failure: a broken contract, an unreadable input. */
export class TaskFailure extends Error {
  readonly code: Failure['code'];

  constructor(code: Failure['code'], message: string) {
    super(message);
    this.code = code;
  }
}
