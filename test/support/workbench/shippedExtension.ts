import { execFile, execFileSync } from 'node:child_process';
import { copyFileSync, mkdirSync, mkdtempSync, rmSync, symlinkSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import { packageExtension } from './packagedExtension.ts';
import { startWorkbench, type Workbench, type WorkbenchOptions } from './workbench.ts';

/** The VSIX as a user gets it: a file elsewhere, a machine without node and cairn on PATH, a state folder of its own. */
export interface ShippedExtension extends AsyncDisposable {
  readonly vsix: string;
  /** Empty folder for the test's own use; removed at the end. */
  readonly folder: string;
  /** What server, extension host and agent are given. */
  readonly environment: Readonly<Record<string, string>>;
  /** Runs the command-line program that is inside the VSIX and answers its JSON document. */
  cairn(...args: readonly string[]): Promise<unknown>;
}

/** A window on its folder, with the packaged extension and the surroundings that it was made for. */
export function openShipped(
  { folder, vsix, environment }: ShippedExtension,
  more: Partial<Omit<WorkbenchOptions, 'folder' | 'vsix'>> = {},
): Promise<Workbench> {
  return startWorkbench({ folder, vsix, environment, ...more });
}

/** Programs of the machine that people have; everything else is not on PATH. */
const programs = ['sh', 'env', 'uname', 'git', 'ls', 'cat', 'getconf'];

export async function shipExtension(): Promise<ShippedExtension> {
  const scratch = mkdtempSync(path.join(os.tmpdir(), 'vsx-'));
  const vsix = path.join(scratch, 'cairn.vsix');
  copyFileSync(await packageExtension(), vsix);
  execFileSync('python3', ['-m', 'zipfile', '-e', vsix, path.join(scratch, 'unpacked')]);
  const folder = path.join(scratch, 'demo');
  mkdirSync(folder);
  const environment = { PATH: makePath(scratch), HOME: scratch, CAIRN_HOME: path.join(scratch, 'state'), LANG: 'C.UTF-8' };
  const program = path.join(scratch, 'unpacked/extension/dist/agent/cairn.mjs');
  const cairn = async (...args: readonly string[]): Promise<unknown> => {
    const { stdout } = await promisify(execFile)(process.execPath, [program, ...args, '--json'], { env: environment, cwd: folder });
    return JSON.parse(stdout);
  };
  const end = async (): Promise<void> => {
    await cairn('agent', 'stop').catch(() => undefined); // none was started
    rmSync(scratch, { recursive: true, force: true, maxRetries: 5, retryDelay: 100 });
  };
  return { vsix, folder, environment, cairn, [Symbol.asyncDispose]: end };
}

function makePath(scratch: string): string {
  const bin = path.join(scratch, 'bin');
  mkdirSync(bin);
  const python = execFileSync('python3', ['-c', 'import sys; print(sys.executable)'], { encoding: 'utf8' }).trim();
  symlinkSync(python, path.join(bin, 'python3'));
  for (const name of programs) {
    const found = execFileSync('/bin/sh', ['-c', `command -v ${name} || true`], { encoding: 'utf8' }).trim();
    if (found !== '') symlinkSync(found, path.join(bin, name));
  }
  return bin;
}
