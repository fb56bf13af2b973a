import type { OutputPort } from '../../language/model/module.ts';
import type { Hash } from '../engine/hash.ts';
import { isDigest, type Digest } from '../../language/model/names.ts';
import type { OutputRecord } from '../protocol/runEvents.ts';
import type { ShortOutput, WorkerOutput } from '../protocol/runner.ts';
import { SMALL_BLOB, type SmallBlob } from '../store/store.ts';
import type { CollectedOutputs } from './outputs.ts';

/**
 * Outputs that are all small and exactly those declared, at once: ten thousand tasks of a fan-out go this way. `undefined` = something
 * about them needs a closer look, which `collectOutputs` takes.
 */
export function takeShort(given: readonly ShortOutput[], declared: readonly OutputPort[], hash: Hash): CollectedOutputs | undefined {
  if (given.length !== declared.length) return undefined;
  const outputs: { [port: string]: OutputRecord } = {};
  const blobs: SmallBlob[] = [];
  for (let at = 0; at < given.length; at++) {
    const output = given[at];
    const port = declared[at];
    if (output === undefined || output.name !== port?.name || output.type !== port.type.kind || output.format === 'manifest')
      return undefined;
    const bytes = toBytes(output);
    if (bytes === undefined || bytes.length > SMALL_BLOB) return undefined;
    const digest = hash(bytes);
    const record = toRecord(output, bytes.length, digest);
    if (record === undefined) return undefined;
    outputs[output.name] = record;
    blobs.push({ digest, bytes });
  }
  return { outputs, blobs };
}

/** What was left out of short outputs, put back. */
export function toWhole(given: readonly ShortOutput[], hash: Hash): readonly WorkerOutput[] {
  return given.map((output) => {
    const bytes = toBytes(output);
    const digest = output.digest ?? (bytes === undefined ? '' : hash(bytes));
    return { ...output, digest, logical: output.logical ?? digest, exact: output.exact ?? false };
  });
}

function toBytes({ data }: ShortOutput): Buffer | undefined {
  return data === undefined ? undefined : Buffer.from(data, 'base64');
}

function toRecord(output: ShortOutput, bytes: number, digest: Digest): OutputRecord | undefined {
  const { type, format, exact = false, logical = digest, rows, columns } = output;
  if ((output.digest ?? digest) !== digest || (logical !== digest && !isDigest(logical))) return undefined;
  const plain: OutputRecord = { type, digest, logical, exact, bytes, format };
  if (rows === undefined && columns === undefined) return plain;
  const named = columns?.map((column) => ({ ...column, digest: column.digest as Digest }));
  if (named?.some((column) => !isDigest(column.digest)) === true) return undefined;
  return { ...plain, ...(rows === undefined ? {} : { rows }), ...(named === undefined ? {} : { columns: named }) };
}
