import { lstat } from 'node:fs/promises';
import { join, sep } from 'node:path';
import { isDigest, type Digest } from '../../language/model/names.ts';
import type { OutputPort } from '../../language/model/module.ts';
import type { Hash } from '../engine/hash.ts';
import type { OutputRecord, TaskError } from '../protocol/runEvents.ts';
import type { WorkerOutput } from '../protocol/runner.ts';
import { CairnError } from '../protocol/errors.ts';
import { SMALL_BLOB, type BlobStore, type SmallBlob } from '../store/store.ts';
import type { Faults } from '../protocol/faults.ts';
import { parseDirectory } from './manifests.ts';

/** Outputs that may be published: small content still to be written with the event, everything else durable already. */
export interface CollectedOutputs {
  readonly outputs: { readonly [port: string]: OutputRecord };
  readonly blobs: readonly SmallBlob[];
}

/** What a worker said is not what the contract or the bytes say. */
export class OutputProblem extends Error {
  readonly problem: TaskError;
  readonly failure: 'user' | 'infrastructure';

  constructor(failure: 'user' | 'infrastructure', problem: TaskError) {
    super(problem.message);
    this.name = 'OutputProblem';
    this.problem = problem;
    this.failure = failure;
  }
}

export interface OutputCollectorOptions {
  readonly blobs: BlobStore;
  readonly hash: Hash;
  readonly faults: Faults | undefined;
}

/**
 * Takes over what an attempt wrote into `folder`. Rejects with OutputProblem when it is not exactly what the contract declares or
 * when bytes are not what their digest says, and with CairnError `store-failed`.
 */
export async function collectOutputs(
  given: readonly WorkerOutput[],
  declared: readonly OutputPort[],
  folder: string,
  options: OutputCollectorOptions,
): Promise<CollectedOutputs> {
  assertDeclared(given, declared);
  const small: SmallBlob[] = [];
  const outputs: { [port: string]: OutputRecord } = {};
  if (given.some((output) => output.path !== undefined)) options.faults?.hit('before-adopt');
  for (const output of given) {
    outputs[output.name] = toRecord(output);
    if (output.format === 'manifest') await takeDirectory(output, folder, small, options);
    else if (output.data !== undefined) await takeBytes(output, Buffer.from(output.data, 'base64'), small, options);
    else await adopt(output, output.path ?? '', toDigest(output, output.digest), folder, options);
  }
  if (given.some((output) => output.path !== undefined)) options.faults?.hit('after-adopt');
  return { outputs, blobs: small };
}

function assertDeclared(given: readonly WorkerOutput[], declared: readonly OutputPort[]): void {
  const names = new Set(given.map((output) => output.name));
  for (const port of declared) {
    if (!names.has(port.name)) throw new OutputProblem('user', { code: 'output-missing', message: `output ${port.name} was not returned` });
  }
  for (const output of given) {
    const port = declared.find((each) => each.name === output.name);
    if (port === undefined)
      throw new OutputProblem('user', { code: 'output-unexpected', message: `output ${output.name} is not declared` });
    if (port.type.kind !== output.type) {
      throw new OutputProblem('user', {
        code: 'output-wrong',
        message: `output ${output.name} is a ${output.type}, declared is ${port.type.kind}`,
      });
    }
  }
}

async function takeBytes(
  output: WorkerOutput,
  bytes: Uint8Array,
  small: SmallBlob[],
  { blobs, hash }: OutputCollectorOptions,
): Promise<void> {
  const digest = hash(bytes);
  if (digest !== output.digest) throw damaged(output, `its bytes have digest ${digest}, not ${output.digest}`);
  if (bytes.length <= SMALL_BLOB) small.push({ digest, bytes });
  else await blobs.put(bytes);
}

/** The files first, then the manifest that names them. */
async function takeDirectory(output: WorkerOutput, folder: string, small: SmallBlob[], options: OutputCollectorOptions): Promise<void> {
  const bytes = Buffer.from(output.data ?? '', 'base64');
  const manifest = parseDirectory(bytes);
  if (manifest === undefined || output.path === undefined) throw damaged(output, 'its manifest cannot be read');
  for (const file of manifest.files) {
    if (!options.blobs.has(file.digest)) await adopt(output, join(output.path, file.path), file.digest, folder, options);
  }
  await takeBytes(output, bytes, small, options);
}

async function adopt(output: WorkerOutput, path: string, digest: Digest, folder: string, { blobs }: OutputCollectorOptions): Promise<void> {
  if (!join(path).startsWith(folder + sep)) throw damaged(output, 'its file is not in the folder of outputs');
  const found = await lstat(path).catch(() => undefined);
  // A link could name any file of the host.
  if (found?.isFile() !== true) throw damaged(output, 'its file is not there');
  try {
    await blobs.adopt(path, digest);
  } catch (error) {
    if (error instanceof CairnError && error.code === 'invalid-request') throw damaged(output, error.message);
    throw error;
  }
}

function toRecord(output: WorkerOutput): OutputRecord {
  const { type, exact, bytes, rows, columns, format } = output;
  return {
    type,
    digest: toDigest(output, output.digest),
    logical: toDigest(output, output.logical),
    exact,
    bytes,
    format,
    ...(rows === undefined ? {} : { rows }),
    ...(columns === undefined ? {} : { columns: columns.map((column) => ({ ...column, digest: toDigest(output, column.digest) })) }),
  };
}

function toDigest(output: WorkerOutput, text: string): Digest {
  if (!isDigest(text)) throw damaged(output, `"${text.slice(0, 80)}" is not a digest`);
  return text;
}

function damaged(output: WorkerOutput, why: string): OutputProblem {
  return new OutputProblem('infrastructure', { code: 'store-failed', message: `output ${output.name} was not taken over: ${why}` });
}
