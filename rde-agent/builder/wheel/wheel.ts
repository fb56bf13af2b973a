import { hash } from 'node:crypto';
import type { Digest } from '../../../language/model/names.ts';
import { toZip, type ZipEntry } from './zip.ts';

/** What a wheel is made of. Files are laid out as a worker lays them out: the module's at the root, a library's below its import name. */
export interface WheelContent {
  /** of the module or library, `flights/clean` */
  readonly name: string;
  readonly description: string;
  /** of its artifact and those of its libraries: what is in the wheel decides its version */
  readonly artifacts: readonly Digest[];
  /** `file:function` of a module; absent = a library */
  readonly entry: { readonly file: string; readonly function: string } | undefined;
  readonly files: readonly ZipEntry[];
  /** version specifier; `undefined` = any */
  readonly python: string | undefined;
  /** as in the lock: `name==version ; marker` */
  readonly requirements: readonly string[];
}

export interface Wheel {
  /** `flights_clean-0.0.0+642e1a7c9211-py3-none-any.whl` */
  readonly file: string;
  readonly version: string;
  readonly bytes: Uint8Array;
}

const TAG = 'py3-none-any';
const VERSION_DIGITS = 12;

/**
 * A wheel (version 1.0 of the format, pure Python). Equal content gives equal bytes everywhere: sorted, stored, one time for all. Its local
 * version names the content, so another content is never taken for it.
 */
export function toWheel(content: WheelContent): Wheel {
  const distribution = content.name.replaceAll(/[^A-Za-z0-9]+/g, '_');
  const [first = 'sha256:'] = content.artifacts;
  const digest = content.artifacts.length === 1 ? first.slice('sha256:'.length) : hash('sha256', content.artifacts.join('\n'), 'hex');
  const version = `0.0.0+${digest.slice(0, VERSION_DIGITS)}`;
  const folder = `${distribution}-${version}.dist-info`;
  const facts: ZipEntry[] = [
    toText(`${folder}/METADATA`, toMetadata(content, distribution, version)),
    toText(`${folder}/WHEEL`, `Wheel-Version: 1.0\nGenerator: cairn\nRoot-Is-Purelib: true\nTag: ${TAG}\n`),
    ...(content.entry === undefined ? [] : [toText(`${folder}/entry_points.txt`, toEntryPoints(content.name, content.entry))]),
  ];
  const entries = [...content.files.toSorted(byPath), ...facts.toSorted(byPath)];
  const record = [...entries.map(toRecordLine), `${folder}/RECORD,,`].map((line) => `${line}\n`).join('');
  return { file: `${distribution}-${version}-${TAG}.whl`, version, bytes: toZip([...entries, toText(`${folder}/RECORD`, record)]) };
}

function byPath(a: ZipEntry, b: ZipEntry): number {
  return a.path < b.path ? -1 : 1;
}

function toText(path: string, text: string): ZipEntry {
  return { path, bytes: Buffer.from(text, 'utf8'), mode: 0o644 };
}

function toMetadata({ description, python, requirements }: WheelContent, distribution: string, version: string): string {
  const lines = ['Metadata-Version: 2.1', `Name: ${distribution.replaceAll('_', '-')}`, `Version: ${version}`];
  // One line each: a description must not become a header of its own.
  if (description !== '') lines.push(`Summary: ${description.replaceAll(/\s+/g, ' ').trim()}`);
  if (python !== undefined) lines.push(`Requires-Python: ${/^\d[\d.]*$/.test(python) ? `==${python}.*` : python}`);
  lines.push(...requirements.map((requirement) => `Requires-Dist: ${requirement}`));
  return `${lines.join('\n')}\n`;
}

/** So that the function is found by the module's name: `importlib.metadata.entry_points(group="cairn.modules")`. */
function toEntryPoints(name: string, entry: { readonly file: string; readonly function: string }): string {
  const module = entry.file.replace(/\.py$/, '').replaceAll('/', '.');
  return `[cairn.modules]\n${name} = ${module}:${entry.function}\n`;
}

function toRecordLine({ path, bytes }: ZipEntry): string {
  const name = /[",\n]/.test(path) ? `"${path.replaceAll('"', '""')}"` : path;
  return `${name},sha256=${hash('sha256', bytes, 'base64url')},${String(bytes.length)}`;
}
