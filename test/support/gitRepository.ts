import { execFileSync } from 'node:child_process';

const IDENTITY = [
  '-c',
  'user.name=Ada',
  '-c',
  'user.email=ada@example.org',
  '-c',
  'commit.gpgsign=false',
  '-c',
  'protocol.file.allow=always',
];

/** Runs git in a folder, with nothing of the user's configuration; answers what it prints. */
export function runGit(folder: string, ...args: readonly string[]): string {
  const env = { ...process.env, GIT_CONFIG_GLOBAL: '/dev/null', GIT_CONFIG_SYSTEM: '/dev/null' };
  return execFileSync('git', [...IDENTITY, ...args], { cwd: folder, env, stdio: ['ignore', 'pipe', 'pipe'] })
    .toString()
    .trim();
}

/** Makes a folder a repository with everything committed on `main`; answers the commit. */
export function initRepository(folder: string): string {
  runGit(folder, 'init', '-q', '-b', 'main');
  return commitAll(folder, 'begin');
}

export function commitAll(folder: string, message: string): string {
  runGit(folder, 'add', '-A');
  runGit(folder, 'commit', '-q', '-m', message);
  return runGit(folder, 'rev-parse', 'HEAD');
}
