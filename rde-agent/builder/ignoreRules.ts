import { existsSync, readFileSync, statSync } from 'node:fs';
import path from 'node:path';
import createIgnore, { type Ignore } from 'ignore';
import { toDenial } from './denyList.ts';

const CAIRN_IGNORE = '.cairnignore';
const GIT_IGNORE = '.gitignore';

/** bytes of one ignore file that are looked at; wildcards in one pattern (matching time grows with them) */
const MAX_FILE = 65_536;
const MAX_WILDCARDS = 8;

export function isIgnoreFile(name: string): boolean {
  return name === CAIRN_IGNORE || name === GIT_IGNORE;
}

/** Whether a path is left out, and by what: a sentence for people. */
export type Verdict = { readonly kind: 'in' } | { readonly kind: 'out'; readonly why: string };

const IN: Verdict = { kind: 'in' };

interface FolderRules {
  readonly cairn: Ignore | undefined;
  readonly git: Ignore | undefined;
}

/**
 * Deny-list, then `.cairnignore`, then `.gitignore`. Ignore files count in every folder for what is below it, the deepest
 * first; a `.cairnignore` can take in again what git ignores, nothing can take in what the deny-list refuses.
 */
export interface IgnoreRules {
  /** `file` is relative to the root with `/`. Only right for a path whose parent folder is not left out. */
  judge(file: string, isFolder: boolean): Verdict;
  /** Reads the ignore files of one folder anew (`''` = the root). */
  load(folder: string): void;
  /** One folder has no ignore files. */
  clear(folder: string): void;
  /** Forgets a folder that is gone. */
  forget(folder: string): void;
}

export function createIgnoreRules(root: string): IgnoreRules {
  const rules = new Map<string, FolderRules>();
  const outer = readOuterRules(root);
  return {
    judge: (file, isFolder) => judge(rules, outer, file, isFolder),
    load: (folder) => {
      const found = readFolderRules(path.join(root, folder));
      if (found === undefined) rules.delete(folder);
      else rules.set(folder, found);
    },
    clear: (folder) => void rules.delete(folder),
    forget: (folder) => {
      for (const known of rules.keys()) if (known === folder || known.startsWith(`${folder}/`)) rules.delete(known);
    },
  };
}

function judge(rules: ReadonlyMap<string, FolderRules>, outer: readonly OuterRule[], file: string, isFolder: boolean): Verdict {
  const denial = toDenial(file.slice(file.lastIndexOf('/') + 1), isFolder);
  if (denial !== undefined) return { kind: 'out', why: denial };
  if (rules.size === 0 && outer.length === 0) return IN;
  const tested = isFolder ? `${file}/` : file;
  const byCairn = decide(rules, tested, 'cairn');
  if (byCairn !== undefined) return byCairn;
  return decide(rules, tested, 'git') ?? decideOuter(outer, tested) ?? IN;
}

/** From the deepest folder up: the first file with an opinion decides. */
function decide(rules: ReadonlyMap<string, FolderRules>, tested: string, which: 'cairn' | 'git'): Verdict | undefined {
  let folder = tested.endsWith('/') ? tested.slice(0, -1) : tested;
  while (folder !== '') {
    folder = folder.includes('/') ? folder.slice(0, folder.lastIndexOf('/')) : '';
    const ignore = rules.get(folder)?.[which];
    if (ignore === undefined) continue;
    const verdict = toVerdict(
      ignore,
      folder === '' ? tested : tested.slice(folder.length + 1),
      `${folder === '' ? '' : `${folder}/`}${which === 'cairn' ? CAIRN_IGNORE : GIT_IGNORE}`,
    );
    if (verdict !== undefined) return verdict;
  }
  return undefined;
}

function toVerdict(ignore: Ignore, relative: string, source: string): Verdict | undefined {
  const result = ignore.test(relative);
  if (result.ignored) return { kind: 'out', why: `${source} has the rule \`${result.rule?.pattern ?? ''}\`` };
  return result.unignored ? IN : undefined;
}

function readFolderRules(folder: string): FolderRules | undefined {
  const cairn = readIgnoreFile(path.join(folder, CAIRN_IGNORE));
  const git = readIgnoreFile(path.join(folder, GIT_IGNORE));
  return cairn === undefined && git === undefined ? undefined : { cairn, git };
}

function readIgnoreFile(file: string): Ignore | undefined {
  if (!existsSync(file) || !statSync(file).isFile()) return undefined;
  const lines = readFileSync(file).subarray(0, MAX_FILE).toString('utf8').split(/\r?\n/);
  return createIgnore().add(lines.filter((line) => (line.match(/\*+/g)?.length ?? 0) <= MAX_WILDCARDS));
}

interface OuterRule {
  readonly ignore: Ignore;
  readonly source: string;
  /** from the folder of the rule to the workspace root, ends with `/` */
  readonly prefix: string;
}

/** A workspace inside a repository obeys the `.gitignore` files above it, up to the repository's root. */
function readOuterRules(root: string): readonly OuterRule[] {
  const found: OuterRule[] = [];
  if (existsSync(path.join(root, '.git'))) return found;
  for (let folder = path.dirname(root); ; folder = path.dirname(folder)) {
    const ignore = readIgnoreFile(path.join(folder, GIT_IGNORE));
    const prefix = `${path.relative(folder, root).split(path.sep).join('/')}/`;
    // A root that is itself ignored (a temporary checkout in `build/`) would lose everything: then the rules above do not count.
    if (ignore !== undefined && !ignore.test(prefix).ignored)
      found.push({ ignore, prefix, source: path.join(path.relative(root, folder), GIT_IGNORE) });
    if (existsSync(path.join(folder, '.git'))) return found;
    if (folder === path.dirname(folder)) return [];
  }
}

function decideOuter(outer: readonly OuterRule[], tested: string): Verdict | undefined {
  for (const { ignore, prefix, source } of outer) {
    const verdict = toVerdict(ignore, `${prefix}${tested}`, source);
    if (verdict !== undefined) return verdict;
  }
  return undefined;
}
