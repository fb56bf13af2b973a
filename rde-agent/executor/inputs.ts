import type { PortType } from '../../language/model/portType.ts';
import type { OutputLookup } from '../engine/keys.ts';
import { toProjection } from '../engine/projection.ts';
import type { TaskNode, TaskSource } from '../engine/taskNode.ts';
import type { OutputRecord } from '../protocol/runEvents.ts';
import { CairnError } from '../protocol/errors.ts';
import type { InputValue, RunnerPortType, TaskContext } from '../protocol/runner.ts';
import { SMALL_BLOB } from '../store/store.ts';
import type { BlobCache } from './blobCache.ts';
import type { CodeTrees } from './codeTrees.ts';

/** items from which on a list is a long one */
const LONG = 16;

/** Turns published outputs into what a task is handed: small content inline, the rest by path. Rejects with `unknown-blob`. */
export class Inputs {
  readonly #blobs: BlobCache;
  readonly #trees: CodeTrees;

  constructor(blobs: BlobCache, trees: CodeTrees) {
    this.#blobs = blobs;
    this.#trees = trees;
  }

  /** In the order of the contract. */
  async toInputs(node: TaskNode, outputOf: OutputLookup): Promise<TaskContext['inputs']> {
    const inputs: TaskContext['inputs'] = [];
    for (const port of node.step.contract.inputs) {
      const source = node.inputs[port.name];
      if (source === undefined) continue;
      const value = await this.#toValue(source, toProjection(port.type), outputOf).catch((error: unknown) => {
        throw toUnreadable(error, port.name);
      });
      inputs.push({ name: port.name, type: toRunnerType(port.type), value });
    }
    return inputs;
  }

  async #toValue(source: TaskSource, columns: readonly string[] | null, outputOf: OutputLookup): Promise<InputValue> {
    if (source.kind === 'list') {
      const items: InputValue[] = [];
      for (const item of source.items) items.push(await this.#toValue(item, columns, outputOf));
      return toList(items);
    }
    const output = source.kind === 'given' ? source.output : outputOf(source.task, source.port);
    if (output == null) throw new Error(`${toName(source)} was asked for before it was published`);
    return this.#toLeaf(output, columns);
  }

  /** A list that a nested workflow gave as one output. */
  async #toItems(outputs: readonly OutputRecord[], columns: readonly string[] | null): Promise<InputValue> {
    const items: InputValue[] = [];
    for (const output of outputs) items.push(await this.#toLeaf(output, columns));
    return toList(items);
  }

  async #toLeaf(output: OutputRecord, asked: readonly string[] | null): Promise<InputValue> {
    const { format, digest } = output;
    if (format === 'list') return this.#toItems(output.items ?? [], asked);
    const columns = output.type === 'table' ? asked : null;
    if (format === 'manifest') return { kind: 'file', path: await this.#trees.ensureDirectory(digest), format, columns: null };
    const bytes = this.#blobs.peek(digest) ?? (output.bytes <= SMALL_BLOB ? await this.#blobs.read(digest) : undefined);
    if (bytes !== undefined) return { kind: 'inline', data: Buffer.from(bytes).toString('base64'), format, columns };
    return { kind: 'file', path: await this.#blobs.toPath(digest), format, columns };
  }
}

/** Long lists of small values go over the wire in a form that says what they have in common once. */
function toList(items: readonly InputValue[]): InputValue {
  const [first] = items;
  if (first?.kind !== 'inline' || items.length < LONG) return { kind: 'list', items };
  const data: string[] = [];
  for (const item of items) {
    if (item.kind !== 'inline' || item.format !== first.format || item.columns !== first.columns) return { kind: 'list', items };
    data.push(item.data);
  }
  return { kind: 'inlines', data, format: first.format, columns: first.columns };
}

/** A digest tells people nothing. */
function toUnreadable(error: unknown, port: string): unknown {
  if (!(error instanceof CairnError) || error.code !== 'unknown-blob') return error;
  const message = `the content of input ${port} is damaged or not in the store any more; the next run makes it again (${error.message})`;
  return new CairnError('unknown-blob', message, { cause: error });
}

function toName(source: Exclude<TaskSource, { kind: 'list' }>): string {
  return source.kind === 'given' ? `input ${source.input}` : `${source.task}.${source.port}`;
}

/** The part of a port type that the runner acts on. */
export function toRunnerType(type: PortType): RunnerPortType {
  if (type.kind === 'list') return { kind: 'list', of: toRunnerType(type.of) };
  if (type.kind !== 'table') return { kind: type.kind };
  return { kind: 'table', open: type.open, columns: type.columns.map(({ name, type: arrow }) => ({ name, type: arrow })) };
}
