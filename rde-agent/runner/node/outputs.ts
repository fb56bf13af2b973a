import { createHash, hash } from 'node:crypto';
import {
  closeSync,
  copyFileSync,
  lstatSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  readSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { NotJson, toCanonicalJson } from './canonicalJson.ts';
import { type Reporter, toFinite } from './reporter.ts';
import { TaskFailure, type TaskContext, type WorkerOutput } from './wire.ts';

type Place = Pick<WorkerOutput, 'path' | 'data' | 'digest' | 'bytes'>;
type Written = Omit<WorkerOutput, 'name' | 'type'>;

const CHUNK = 1 << 20;

/** A value that is not what its port declares; the sentence goes on after the name of the port. */
class Broken extends Error {}

/** Exactly the declared outputs in their order, or TaskFailure; nothing is answered of a result that is not whole. */
export function writeOutputs(returned: unknown, context: TaskContext, reporter: Reporter): readonly WorkerOutput[] {
  const values = matchOutputs(returned, context.outputs);
  return context.outputs.map(({ name, type }) => {
    try {
      const written = write(type.kind, values[name], path.join(context.outputDir, name), context.inlineBytes);
      if (type.kind === 'metrics')
        for (const [metric, value] of Object.entries(values[name] as object)) reporter.logMetric(metric, value as number);
      return { name, type: type.kind, ...written };
    } catch (error) {
      if (error instanceof Broken || error instanceof NotJson) throw new TaskFailure('output-wrong', `output '${name}': ${error.message}`);
      throw error;
    }
  });
}

function matchOutputs(returned: unknown, declared: TaskContext['outputs']): { readonly [name: string]: unknown } {
  const names = declared.map(({ name }) => name);
  if (isByName(returned, declared)) return checkNames(returned, names);
  const [only] = names;
  if (only !== undefined && names.length === 1 && returned !== undefined) return { [only]: returned };
  if (only === undefined && returned === undefined) return {};
  if (only === undefined) throw new TaskFailure('output-unexpected', 'the module declares no outputs, but the function returned something');
  if (returned === undefined) throw new TaskFailure('output-missing', `output '${only}' is missing: the function returned nothing`);
  throw new TaskFailure('output-wrong', `the function returned ${describe(returned)}, not an object with the outputs ${names.join(', ')}`);
}

/** An object is a value of `json` or `metrics` by itself, so a single output of these kinds may be returned bare. */
function isByName(returned: unknown, declared: TaskContext['outputs']): returned is { readonly [name: string]: unknown } {
  if (typeof returned !== 'object' || returned === null || Array.isArray(returned) || ArrayBuffer.isView(returned)) return false;
  if (returned instanceof URL) return false;
  const [only] = declared;
  if (declared.length !== 1 || only === undefined) return true;
  const isValue = only.type.kind === 'json' || only.type.kind === 'metrics';
  return Object.hasOwn(returned, only.name) ? Object.keys(returned).length === 1 || !isValue : !isValue;
}

function checkNames(returned: { readonly [name: string]: unknown }, names: readonly string[]): { readonly [name: string]: unknown } {
  const given = Object.keys(returned).filter((name) => returned[name] !== undefined);
  const missing = names.find((name) => !given.includes(name));
  const extra = given.find((name) => !names.includes(name));
  if (missing !== undefined) {
    const there = given.length === 0 ? 'an object without members' : given.join(', ');
    throw new TaskFailure(
      'output-missing',
      `output '${missing}' is missing: the function has to return it by this name; it returned ${there}`,
    );
  }
  if (extra !== undefined)
    throw new TaskFailure('output-unexpected', `output '${extra}' is not declared: declare it in module.yaml, or do not return it`);
  return returned;
}

function write(kind: WorkerOutput['type'], value: unknown, file: string, inline: number): Written {
  switch (kind) {
    case 'json':
      return { format: 'json', ...writeText(toCanonicalJson(value), file, inline), exact: false };
    case 'metrics':
      return { format: 'json', ...writeText(toMetrics(value), file, inline), exact: false };
    case 'file':
      return { format: 'raw', ...writeFile(value, file, inline), exact: true };
    case 'directory':
      return { format: 'manifest', ...writeDirectory(value, file), exact: true };
    default:
      throw new Broken(`a TypeScript module cannot return a ${kind}`);
  }
}

function writeText(text: string, file: string, inline: number): Place & { readonly logical: string } {
  return writeBytes(Buffer.from(text, 'utf8'), file, inline);
}

function writeBytes(bytes: Uint8Array, file: string, inline: number): Place & { readonly logical: string } {
  const digest = `sha256:${hash('sha256', bytes, 'hex')}`;
  const facts = { digest, logical: digest, bytes: bytes.length };
  if (bytes.length <= inline) return { data: Buffer.from(bytes).toString('base64'), ...facts };
  writeFileSync(file, bytes);
  return { path: file, ...facts };
}

function toMetrics(value: unknown): string {
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    throw new Broken(`is ${describe(value)}, not metrics: return an object of names and numbers`);
  for (const [name, number] of Object.entries(value)) {
    if (name === '') throw new Broken('has a metric without a name');
    try {
      toFinite(`metric ${name}`, number);
    } catch (error) {
      throw new Broken(error instanceof Error ? error.message : String(error));
    }
  }
  return toCanonicalJson(value);
}

/** Bytes as they are, or a copy of the file at a path. */
function writeFile(value: unknown, file: string, inline: number): Place & { readonly logical: string } {
  if (value instanceof Uint8Array) return writeBytes(value, file, inline);
  const source = toSource(value);
  const stats = statSync(source);
  if (!stats.isFile()) throw new Broken(`${source} is no regular file`);
  if (stats.size <= inline) return writeBytes(readFileSync(source), file, inline);
  const digest = copyHashed(source, file);
  return { path: file, digest, logical: digest, bytes: statSync(file).size };
}

function toSource(value: unknown): string {
  const source = value instanceof URL ? fileURLToPath(value) : value;
  if (typeof source !== 'string') throw new Broken(`is ${describe(value)}: return bytes, or the path of a file below $TMPDIR`);
  if (lstatSync(source, { throwIfNoEntry: false }) === undefined) throw new Broken(`there is nothing at ${JSON.stringify(source)}`);
  return source;
}

/** Copies the folder; its manifest lists digest, mode, path and size of every file in order. */
function writeDirectory(value: unknown, target: string): Place & { readonly logical: string } {
  const source = toSource(value);
  if (!statSync(source).isDirectory()) throw new Broken(`${source} is no folder`);
  const files: { readonly digest: string; readonly mode: number; readonly path: string; readonly size: number }[] = [];
  const copy = (inside: string): void => {
    mkdirSync(path.join(target, inside), { recursive: true });
    for (const entry of readdirSync(path.join(source, inside), { withFileTypes: true })) {
      const name = inside === '' ? entry.name : `${inside}/${entry.name}`;
      if (name.normalize('NFC') !== name || name.includes('\ufffd'))
        throw new Broken(`the file name ${JSON.stringify(name)} is no NFC text in UTF-8`);
      if (entry.isDirectory()) copy(name);
      else if (entry.isFile()) {
        const digest = copyHashed(path.join(source, name), path.join(target, name));
        const { mode, size } = statSync(path.join(target, name));
        files.push({ digest, mode: (mode & 0o100) === 0 ? 0o644 : 0o755, path: name, size });
      } else throw new Broken(`${name} is a link or a special file; only files and folders can be stored`);
    }
  };
  copy('');
  files.sort((a, b) => (a.path < b.path ? -1 : 1));
  const manifest = Buffer.from(toCanonicalJson({ v: 1, files }), 'utf8');
  return { ...writeBytes(manifest, target, manifest.length), path: target };
}

/** Hashes what was copied, so that the digest is of the bytes that are stored. */
function copyHashed(source: string, target: string): string {
  copyFileSync(source, target);
  const state = createHash('sha256');
  const chunk = Buffer.allocUnsafe(CHUNK);
  const file = openSync(target, 'r');
  try {
    for (let count = readSync(file, chunk); count > 0; count = readSync(file, chunk)) state.update(chunk.subarray(0, count));
  } finally {
    closeSync(file);
  }
  return `sha256:${state.digest('hex')}`;
}

function describe(value: unknown): string {
  if (value === null || value === undefined) return String(value);
  return typeof value === 'object' ? value.constructor.name : typeof value;
}
