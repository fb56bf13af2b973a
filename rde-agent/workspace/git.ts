import { execFile } from 'node:child_process';

/** What version control says about a folder. Without git, or outside a repository: no commit, and dirty. */
export interface SourceState {
  readonly commit: string | null;
  readonly dirty: boolean;
}

const TIMEOUT = 10_000;
const UNKNOWN: SourceState = { commit: null, dirty: true };

/** Asks git by arguments, never through a shell, and without running what a repository's configuration might name. */
export async function readSourceState(folder: string): Promise<SourceState> {
  const commit = await git(folder, ['rev-parse', '--verify', '--quiet', 'HEAD']);
  if (commit === undefined || !/^[0-9a-f]{40,64}$/.test(commit.trim())) return UNKNOWN;
  const status = await git(folder, ['status', '--porcelain', '--untracked-files=normal', '--', '.']);
  return { commit: commit.trim(), dirty: status === undefined || status.trim() !== '' };
}

/** Standard output; `undefined` when git is absent, fails or takes too long: a push never fails for that. */
function git(folder: string, args: readonly string[]): Promise<string | undefined> {
  const options = {
    cwd: folder,
    timeout: TIMEOUT,
    maxBuffer: 16_777_216,
    env: { ...process.env, GIT_OPTIONAL_LOCKS: '0', GIT_TERMINAL_PROMPT: '0' },
  };
  return new Promise((resolve) => {
    execFile('git', ['-c', 'core.fsmonitor=false', '-c', 'core.hooksPath=/dev/null', ...args], options, (error, stdout) =>
      resolve(error === null ? stdout : undefined),
    );
  });
}
