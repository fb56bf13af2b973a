import { readFileSync } from 'node:fs';
import { SourceMap } from 'node:module';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { type Failure, TaskFailure } from './wire.ts';

/** Longer messages are cut: they travel in one line, are stored with the run, and nobody reads more. */
const MESSAGE_CHARACTERS = 65_536;
const MISSING = new Set<unknown>(['ERR_MODULE_NOT_FOUND', 'MODULE_NOT_FOUND', 'ERR_UNKNOWN_BUILTIN_MODULE']);

/** A place in the user's files. */
interface Frame {
  readonly name: string;
  readonly file: string;
  readonly line: number;
  readonly column: number;
}

/** The parameters of `failed`: what was thrown, with places of the bundle said in the user's own files. */
export function toFailure(thrown: unknown, bundle: string): Failure {
  if (thrown instanceof TaskFailure) return { code: thrown.code, message: cut(thrown.message) };
  const chain = toChain(thrown);
  const described = chain.map((error) => ({ message: toMessage(error), frames: toFrames(error, bundle) }));
  const [first] = described;
  const place = first?.frames[0];
  const code = MISSING.has(thrown instanceof Error && 'code' in thrown ? thrown.code : undefined) ? 'import-failed' : 'user-error';
  const message = cut(first?.message ?? 'nothing was thrown');
  if (place === undefined) return { code, message };
  const traceback = described.map(({ message: text, frames }) => [text, ...frames.map(toLine)].join('\n')).join('\ncaused by ');
  return { code, message, file: place.file, line: place.line, traceback: cut(traceback) };
}

/** The error and those that led to it. */
function toChain(thrown: unknown): readonly unknown[] {
  const chain: unknown[] = [];
  for (let error = thrown; error !== undefined && !chain.includes(error) && chain.length < 10;) {
    chain.push(error);
    error = error instanceof Error ? error.cause : undefined;
  }
  return chain;
}

function toMessage(error: unknown): string {
  if (!(error instanceof Error)) return `thrown: ${typeof error === 'string' ? error : safely(() => JSON.stringify(error))}`;
  return `${error.name}: ${error.message}`;
}

function safely(make: () => string | undefined): string {
  try {
    return make() ?? 'undefined';
  } catch {
    // A value that holds itself, or whose own code throws: its message is not worth a second failure.
    return 'a value that has no text';
  }
}

function toFrames(error: unknown, bundle: string): readonly Frame[] {
  if (!(error instanceof Error) || typeof error.stack !== 'string') return [];
  const map = readMap(bundle);
  const url = pathToFileURL(bundle).href;
  return error.stack.split('\n').flatMap((line) => {
    const found = /^\s+at (?:(.*) \()?(.*?):(\d+):(\d+)\)?$/.exec(line);
    if (found === null || (found[2] !== url && found[2] !== bundle)) return [];
    return toFrame(found[1] ?? '', Number(found[3]), Number(found[4]), map);
  });
}

/** Nothing for frames of installed packages and of Cairn: a user's own code called them. */
function toFrame(name: string, line: number, column: number, map: SourceMap | undefined): readonly Frame[] {
  const entry = map?.findEntry(line - 1, column - 1);
  if (entry === undefined || !('originalSource' in entry)) return [{ name, file: 'main.mjs', line, column }];
  const file = entry.originalSource;
  if (/(?:^|\/)node_modules\//.test(file) || /^[a-z-]{2,}:/.test(file)) return [];
  return [{ name, file, line: entry.originalLine + 1, column: entry.originalColumn + 1 }];
}

function toLine({ name, file, line, column }: Frame): string {
  const place = `${file}:${String(line)}:${String(column)}`;
  return name === '' ? `    at ${place}` : `    at ${name} (${place})`;
}

function readMap(bundle: string): SourceMap | undefined {
  try {
    return new SourceMap(JSON.parse(readFileSync(`${bundle}.map`, 'utf8')) as ConstructorParameters<typeof SourceMap>[0]);
  } catch {
    // Without positions the places in the bundle are said.
    return undefined;
  }
}

/** The bundle that a worker loads, in the module's folder. */
export function toBundle(root: string): string {
  return path.join(root, 'main.mjs');
}

function cut(text: string): string {
  return text.length <= MESSAGE_CHARACTERS ? text : `${text.slice(0, MESSAGE_CHARACTERS - 40)}… (${String(text.length)} characters in all)`;
}
