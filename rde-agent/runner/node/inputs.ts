import { readFileSync, statSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { type InputValue, TaskFailure } from './wire.ts';

type Leaf = Exclude<InputValue, { kind: 'list' | 'inlines' }>;

/** What the function is given for a port: JSON as a value, files and folders as absolute paths. Throws TaskFailure. */
export function readInput(port: string, value: InputValue, scratch: string): unknown {
  if (value.kind === 'inlines') {
    const { format } = value;
    return value.data.map((data, position) => readInput(`${port}[${String(position)}]`, { kind: 'inline', data, format }, scratch));
  }
  if (value.kind === 'list') return value.items.map((item, position) => readInput(`${port}[${String(position)}]`, item, scratch));
  try {
    return read(port, value, scratch);
  } catch (error) {
    if (error instanceof TaskFailure) throw error;
    const reason = error instanceof Error ? error.message : String(error);
    throw new TaskFailure('input-unreadable', `input '${port}' cannot be read as ${value.format}: ${reason}`);
  }
}

function read(port: string, value: Leaf, scratch: string): unknown {
  switch (value.format) {
    case 'json':
      return JSON.parse(toBytes(value).toString('utf8'));
    case 'raw':
      return toPath(port, value, scratch);
    case 'manifest':
      if (value.kind === 'file' && statSync(value.path).isDirectory()) return value.path;
      throw new TaskFailure('input-unreadable', `input '${port}' is a directory, and its folder is not there`);
    case 'parquet':
    case 'pickle':
      throw new TaskFailure('input-unreadable', `input '${port}' is stored as ${value.format}, which a TypeScript module cannot read`);
    default:
      return value.format satisfies never;
  }
}

function toBytes(value: Leaf): Buffer {
  return value.kind === 'inline' ? Buffer.from(value.data, 'base64') : readFileSync(value.path);
}

/** The stored file itself, or a copy of an inline value in the task's scratch folder. */
function toPath(port: string, value: Leaf, scratch: string): string {
  if (value.kind === 'file') {
    statSync(value.path);
    return value.path;
  }
  const file = path.join(scratch, `input-${port}`);
  writeFileSync(file, toBytes(value));
  return file;
}
