import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import picomatch from 'picomatch';
import type { Diagnostic, Range } from '../../language/model/diagnostic.ts';
import { createPythonReader } from '../../language/python/createPythonReader.ts';
import type { PythonReader } from '../../language/python/pythonReader.ts';
import type { CheckAbilities } from '../../language/service/abilities.ts';

const ROOT = join(import.meta.dirname, '../..');
const WASM = join(ROOT, 'node_modules/@vscode/tree-sitter-wasm/wasm');

let reader: Promise<PythonReader> | undefined;

/** The real reader of Python source; one for the whole process. */
export function readPython(): Promise<PythonReader> {
  reader ??= createPythonReader({
    runtime: readFileSync(join(WASM, 'tree-sitter.wasm')),
    grammar: readFileSync(join(WASM, 'tree-sitter-python.wasm')),
  });
  return reader;
}

/** Abilities over files in memory. */
export function toAbilities(files: ReadonlyMap<string, string>, python: PythonReader | undefined): CheckAbilities {
  return { python, matchesGlob: (path, glob) => picomatch.isMatch(path, glob), exists: (path) => files.has(path) };
}

/** Files written one after the other in one text, each after a line `=== path`. */
function readBundle(text: string): Map<string, string> {
  const files = new Map<string, string>();
  for (const part of text.split(/^=== /m).slice(1)) {
    const end = part.indexOf('\n');
    files.set(part.slice(0, end).trim(), part.slice(end + 1));
  }
  return files;
}

export function readFixture(name: string): Map<string, string> {
  return readBundle(readFileSync(join(ROOT, 'test/fixtures/language', name), 'utf8'));
}

export function toPlaceText({ start, end }: Range): string {
  return `${start.line}:${start.column}-${end.line}:${end.column}`;
}

/** One finding as goldens show it: place, severity, code, sentence, and the repair below. */
export function toFindingText({ file, range, severity, code, message, fix }: Diagnostic): string {
  const edits = (fix?.edits ?? []).map((edit) => `${edit.file}:${toPlaceText(edit.range)} → ${JSON.stringify(edit.newText)}`);
  const repair = fix === undefined ? '' : `\n    fix: ${fix.title} (${edits.join(', ')})`;
  return `${file}:${toPlaceText(range)} ${severity} ${code}: ${message}${repair}`;
}
