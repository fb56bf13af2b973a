import assert from 'node:assert/strict';
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const FOLDER = fileURLToPath(new URL('../fixtures/golden/', import.meta.url));

/**
 * Compares a text with `test/fixtures/golden/<name>`. `UPDATE_GOLDEN=1` rewrites it; a mismatch leaves `<name>.actual` beside it. What
 * differs between two machines or two runs must be replaced by placeholders before.
 */
export function assertGolden(name: string, actual: string): void {
  const path = join(FOLDER, name);
  if (process.env['UPDATE_GOLDEN'] === '1') {
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, actual);
  }
  const expected = existsSync(path) ? readFileSync(path, 'utf8') : '';
  if (expected === actual) return rmSync(`${path}.actual`, { force: true });
  writeFileSync(`${path}.actual`, actual);
  assert.equal(actual, expected, `differs from ${path}`);
}

/**
 * The output of the command line with placeholders for ids, digests, times, durations, sizes, processes and folders. What they stood for
 * decided how wide columns are, so rows of spaces become two.
 */
export function toTranscript(text: string, folders: { readonly [placeholder: string]: string }): string {
  let transcript = text;
  for (const [placeholder, folder] of Object.entries(folders)) transcript = transcript.replaceAll(folder, `<${placeholder}>`);
  return transcript
    .replace(/[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}/g, '<run>')
    .replace(/sha256:[0-9a-f]{64}/g, '<digest>')
    .replace(/\b[0-9a-f]{12}\b/g, '<short>')
    .replace(/\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?Z/g, '<time>')
    .replace(/ *\b\d+(?:\.\d+)? (?:ms|s)\b/g, ' <duration>')
    .replace(/\b\d+(?:\.\d+)? (?:B|kB|MB|GB)\b/g, '<size>')
    .replace(/\b(forked|kept|spawned|cold) \d+ */g, '<mode> <pid> ')
    .replace(/\b(process|port) +\d+/g, '$1 <number>')
    .replace(/ {2,}/g, '  ');
}
