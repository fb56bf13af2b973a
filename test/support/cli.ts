import { spawn, type ChildProcess } from 'node:child_process';
import { fileURLToPath } from 'node:url';

/** The bundle that ships. */
const CLI = fileURLToPath(new URL('../../dist/agent/cairn.mjs', import.meta.url));

export interface CliResult {
  readonly code: number | null;
  readonly out: string;
  readonly err: string;
}

/** Runs `cairn` as a process of its own in a folder; nothing of npm's own variables reaches it. */
export async function runCairn(
  argv: readonly string[],
  options: { readonly cwd: string; readonly stateFolder: string; readonly env?: { readonly [name: string]: string } },
): Promise<CliResult> {
  return await new CairnProcess(argv, options).ended;
}

/** A `cairn` that is still at it. */
export class CairnProcess {
  readonly child: ChildProcess;
  readonly ended: Promise<CliResult>;
  out = '';
  err = '';

  constructor(
    argv: readonly string[],
    options: { readonly cwd: string; readonly stateFolder: string; readonly env?: { readonly [name: string]: string } },
  ) {
    const { INIT_CWD: _initial, FORCE_COLOR: _colour, ...rest } = process.env;
    const env = { ...rest, CAIRN_HOME: options.stateFolder, NO_COLOR: '1', ...options.env };
    this.child = spawn(process.execPath, [CLI, ...argv], { cwd: options.cwd, env, stdio: ['ignore', 'pipe', 'pipe'] });
    this.child.stdout?.setEncoding('utf8').on('data', (text: string) => (this.out += text));
    this.child.stderr?.setEncoding('utf8').on('data', (text: string) => (this.err += text));
    this.ended = new Promise((resolve) => this.child.once('close', (code) => resolve({ code, out: this.out, err: this.err })));
  }
}
