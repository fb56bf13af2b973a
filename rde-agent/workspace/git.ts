import { execFile, spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import path from 'node:path';

/** What version control says about a folder. Without git, or outside a repository: no commit, and dirty. */
export interface SourceState {
  readonly commit: string | null;
  readonly dirty: boolean;
}

/** `absent` = there is no git. `failed`: `code` is git's own, `null` = it took too long or was too much. */
export type GitAnswer =
  | { readonly kind: 'ok'; readonly text: string }
  | { readonly kind: 'failed'; readonly code: number | null; readonly message: string }
  | { readonly kind: 'absent' };

const TIMEOUT = 10_000;
const UNKNOWN: SourceState = { commit: null, dirty: true };
const COMMIT = /^[0-9a-f]{40,64}$/;
/** submodules that are looked into */
const MOST_SUBMODULES = 50;

/** Asks git by arguments, never through a shell, and without running what a repository's configuration might name. A push never fails for that. */
export async function readSourceState(folder: string): Promise<SourceState> {
  const commit = await readHead(folder);
  if (commit === undefined) return UNKNOWN;
  return { commit, dirty: await isDirty(folder, MOST_SUBMODULES) };
}

/** The commit that is checked out. */
export async function readHead(folder: string): Promise<string | undefined> {
  const head = await git(folder, ['rev-parse', '--verify', '--quiet', 'HEAD']);
  return head.kind === 'ok' && COMMIT.test(head.text.trim()) ? head.text.trim() : undefined;
}

async function isDirty(folder: string, submodules: number): Promise<boolean> {
  // Git would look into submodules with what their own configuration names; they are asked one by one instead.
  const status = await git(folder, ['status', '--porcelain', '--untracked-files=normal', '--ignore-submodules=dirty', '--', '.'], {
    variables: await toHarmless(folder),
  });
  if (status.kind !== 'ok' || status.text.trim() !== '') return true;
  for (const inner of await listSubmodules(folder)) {
    if (submodules <= 0 || (await isDirty(inner, submodules - 1))) return true;
  }
  return false;
}

/** Those that are checked out below the folder. */
async function listSubmodules(folder: string): Promise<readonly string[]> {
  const top = await git(folder, ['rev-parse', '--show-toplevel']);
  if (top.kind !== 'ok' || !existsSync(path.join(top.text.replace(/\n$/, ''), '.gitmodules'))) return [];
  const files = await git(folder, ['ls-files', '--stage', '-z', '--', '.']);
  const entries = files.kind === 'ok' ? files.text.split('\0') : [];
  return entries
    .filter((entry) => entry.startsWith('160000 '))
    .map((entry) => path.join(folder, entry.slice(entry.indexOf('\t') + 1)))
    .filter((inner) => existsSync(path.join(inner, '.git')));
}

/** Programs that the repository itself (not the user) names as filters are not run: what they would change counts as changed. */
export async function toHarmless(folder: string): Promise<{ readonly [name: string]: string }> {
  const names = new Set<string>();
  for (const place of ['--local', '--worktree']) {
    const found = await git(folder, ['config', place, '--includes', '--name-only', '-z', '--get-regexp', '^filter\\.']);
    for (const key of found.kind === 'ok' ? found.text.split('\0') : []) if (key !== '') names.add(key.slice(0, key.lastIndexOf('.')));
  }
  const settings = [...names].flatMap((name) => [
    [`${name}.clean`, ''],
    [`${name}.smudge`, ''],
    [`${name}.process`, ''],
    [`${name}.required`, 'false'],
  ]);
  const numbered = settings.flatMap(([key = '', value = ''], index): readonly (readonly [string, string])[] => [
    [`GIT_CONFIG_KEY_${String(index)}`, key],
    [`GIT_CONFIG_VALUE_${String(index)}`, value],
  ]);
  const variables: { readonly [name: string]: string } = Object.fromEntries(numbered);
  return { ...variables, GIT_CONFIG_COUNT: String(settings.length) };
}

export interface GitOptions {
  readonly variables?: { readonly [name: string]: string };
}

/** Arguments that begin with `-` must be ours: names of others follow `--` or `--end-of-options`, or are full commit names. */
export function git(folder: string, args: readonly string[], { variables = {} }: GitOptions = {}): Promise<GitAnswer> {
  const options = { cwd: folder, timeout: TIMEOUT, maxBuffer: 67_108_864, env: toVariables(variables) };
  return new Promise((resolve) => {
    execFile('git', toArguments(args), options, (error, stdout, stderr) => {
      if (error === null) resolve({ kind: 'ok', text: stdout });
      else if (error.code === 'ENOENT') resolve({ kind: 'absent' });
      else resolve({ kind: 'failed', code: typeof error.code === 'number' ? error.code : null, message: stderr.trim() });
    });
  });
}

/** Contents of objects by their names, in order; `undefined` = one of them is not there, or git has failed. */
export function readObjects(folder: string, names: readonly string[]): Promise<readonly Buffer[] | undefined> {
  return new Promise((resolve) => {
    const child = spawn('git', toArguments(['cat-file', '--batch']), {
      cwd: folder,
      env: toVariables({}),
      stdio: ['pipe', 'pipe', 'ignore'],
    });
    const chunks: Buffer[] = [];
    const timer = setTimeout(() => child.kill('SIGKILL'), TIMEOUT);
    child.once('error', () => resolve(undefined));
    child.stdin.on('error', () => undefined);
    child.stdout.on('data', (chunk: Buffer) => chunks.push(chunk));
    child.once('close', (code) => {
      clearTimeout(timer);
      resolve(code === 0 ? parseObjects(Buffer.concat(chunks), names.length) : undefined);
    });
    child.stdin.end(names.map((name) => `${name}\n`).join(''));
  });
}

/** `<name> <type> <size>\n<content>\n` for each. */
function parseObjects(bytes: Buffer, count: number): readonly Buffer[] | undefined {
  const contents: Buffer[] = [];
  let at = 0;
  for (let index = 0; index < count; index += 1) {
    const end = bytes.indexOf(10, at);
    const size = Number(/^[0-9a-f]+ blob (\d+)$/.exec(bytes.toString('latin1', at, end))?.[1] ?? Number.NaN);
    if (end === -1 || !Number.isSafeInteger(size)) return undefined;
    contents.push(bytes.subarray(end + 1, end + 1 + size));
    at = end + 1 + size + 1;
  }
  return contents;
}

function toArguments(args: readonly string[]): readonly string[] {
  return ['-c', 'core.fsmonitor=false', '-c', 'core.hooksPath=/dev/null', ...args];
}

function toVariables(more: { readonly [name: string]: string }): NodeJS.ProcessEnv {
  return { ...process.env, GIT_OPTIONAL_LOCKS: '0', GIT_TERMINAL_PROMPT: '0', GIT_NO_LAZY_FETCH: '1', LC_ALL: 'C', ...more };
}
