import { mkdir, readdir, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import path from 'node:path';
import type { Python } from '../python/pythonProbe.ts';

/**
 * Writes a virtual environment (PEP 405) of an interpreter: a link to it, an empty `site-packages`, and the file that makes it one.
 * By hand because Debian's Python cannot without a further package, and because four writes take no time.
 */
export async function makeVenv(folder: string, python: Python): Promise<void> {
  const [major, minor] = python.parsed.release;
  const name = `python${String(major)}.${String(minor)}`;
  await mkdir(path.join(folder, 'lib', name, 'site-packages'), { recursive: true });
  await mkdir(path.join(folder, 'bin'));
  await symlink(python.executable, path.join(folder, 'bin', 'python'));
  await symlink('python', path.join(folder, 'bin', 'python3'));
  await symlink('python', path.join(folder, 'bin', name));
  await writeFile(path.join(folder, 'pyvenv.cfg'), toConfiguration(python));
}

function toConfiguration(python: Python): string {
  const lines = [
    `home = ${path.dirname(python.executable)}`,
    'implementation = CPython',
    `version_info = ${python.version}`,
    'include-system-site-packages = false',
  ];
  return `${lines.join('\n')}\n`;
}

export function toPythonPath(folder: string): string {
  return path.join(folder, 'bin', 'python');
}

/** Scripts name their interpreter by its absolute path; after a move they must name the new one. */
export async function relocateScripts(folder: string, from: string, to: string): Promise<void> {
  const bin = path.join(folder, 'bin');
  for (const entry of await readdir(bin, { withFileTypes: true })) {
    if (!entry.isFile()) continue;
    const file = path.join(bin, entry.name);
    const bytes = await readFile(file);
    if (bytes.length > 1_000_000 || bytes.subarray(0, 2).toString('latin1') !== '#!') continue;
    const text = bytes.toString('utf8');
    const moved = text.replaceAll(from, to);
    if (moved === text) continue;
    // An installer may have linked the file to its cache: a new file is written, so that the cache keeps its own.
    await rm(file);
    await writeFile(file, moved, { mode: 0o755 });
  }
}
