import { posix } from 'node:path';
import { CairnError } from '../protocol/errors.ts';
import { git, readHead, readObjects, toHarmless } from './git.ts';

/** What is different between the commit at which two histories parted and the files as they are now. */
export interface Changes {
  readonly base: string;
  readonly head: string;
  /** relative to the folder of the repository; `.` = the same */
  readonly folder: string;
  /** new, changed and deleted files, and both names of renamed ones; relative to the folder, in order */
  readonly paths: readonly string[];
  /** Text of a file as it was then; `undefined` = it was not there. */
  before(path: string): Promise<string | undefined>;
}

/** Files that are not committed count. Rejects with `invalid-request` where nobody can tell: no git, no such commit, a shallow clone. */
export async function readChanges(folder: string, since: string): Promise<Changes> {
  const inside = await git(folder, ['rev-parse', '--is-inside-work-tree']);
  if (inside.kind === 'absent') throw refuse('git is not installed here', 'Install git.');
  if (inside.kind === 'failed') throw refuse(`${folder} is in no git repository that can be read`, 'Call it in a checkout.');
  const head = await readHead(folder);
  if (head === undefined) throw refuse('nothing has been committed here yet', 'Commit first.');
  const base = await findBase(folder, since, head);
  const variables = await toHarmless(folder);
  const changed = [
    'diff',
    '--name-only',
    '-z',
    '--relative',
    '--no-renames',
    '--no-ext-diff',
    '--no-textconv',
    '--ignore-submodules=dirty',
  ];
  const tracked = await git(folder, [...changed, base, '--', '.'], { variables });
  const untracked = await git(folder, ['ls-files', '--others', '--exclude-standard', '-z', '--', '.']);
  if (tracked.kind !== 'ok' || untracked.kind !== 'ok') throw refuse('git could not compare the files', 'See what `git status` says.');
  const paths = new Set([...tracked.text.split('\0'), ...untracked.text.split('\0')].filter((path) => path !== ''));
  const prefix = await readPrefix(folder);
  return {
    base,
    head,
    folder: prefix.replace(/\/$/, '') || '.',
    paths: [...paths].map((path) => path.normalize('NFC').replace(/\/$/, '')).sort(),
    before: async (path) => {
      const [content] = path.includes('\n') ? [] : ((await readObjects(folder, [`${base}:${posix.join(prefix, path)}`])) ?? []);
      return content?.toString('utf8');
    },
  };
}

/** Where the two histories parted. */
async function findBase(folder: string, since: string, head: string): Promise<string> {
  const shallow = await isShallow(folder);
  const hint = shallow
    ? 'This clone is shallow: fetch the history with `git fetch --unshallow`.'
    : 'Fetch it, or name another commit, branch or tag.';
  const named = await git(folder, ['rev-parse', '--verify', '--quiet', '--end-of-options', `${since}^{commit}`]);
  const commit = named.kind === 'ok' ? named.text.trim() : '';
  if (!/^[0-9a-f]{40,64}$/.test(commit)) throw refuse(`there is no commit ${JSON.stringify(since)} in this repository`, hint);
  const base = await git(folder, ['merge-base', commit, head]);
  if (base.kind === 'ok') return base.text.trim();
  throw refuse(`${since} and HEAD have no commit in common`, hint);
}

async function isShallow(folder: string): Promise<boolean> {
  const answer = await git(folder, ['rev-parse', '--is-shallow-repository']);
  return answer.kind === 'ok' && answer.text.trim() === 'true';
}

async function readPrefix(folder: string): Promise<string> {
  const prefix = await git(folder, ['rev-parse', '--show-prefix']);
  return prefix.kind === 'ok' ? prefix.text.replace(/\n$/, '') : '';
}

function refuse(message: string, next: string): CairnError {
  return new CairnError('invalid-request', `no pipeline can be planned: ${message}`, { next });
}
