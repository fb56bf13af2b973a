import { createHash } from 'node:crypto';
import { posix } from 'node:path';
import type { WorkspaceModel } from '../../language/service/workspaceModel.ts';
import { CairnError } from '../protocol/errors.ts';
import type { PromotionConfig } from '../protocol/agentConfig.ts';
import type { Promotion, PromotionCandidate } from '../protocol/roles.ts';
import type { Principal } from '../protocol/who.ts';
import { git, readObjects, readSourceState } from './git.ts';
import type { Current, Workspace } from './workspace.ts';

/** What is checked out: a clean commit, and the modules that are what its files make. */
interface Here {
  readonly commit: string;
  readonly modules: ReadonlySet<string>;
}

export interface PromotionsOptions {
  readonly workspace: Workspace;
  readonly config: PromotionConfig;
}

/** The protected branch, as this repository knows it. */
interface Protected {
  readonly ref: string;
  readonly name: string;
}

/** Judges whether versions may become `latest`: they are built from a clean commit that the protected branch holds, and somebody has reviewed them. */
export class Promotions {
  readonly #workspace: Workspace;
  readonly #config: PromotionConfig;

  constructor({ workspace, config }: PromotionsOptions) {
    this.#workspace = workspace;
    this.#config = config;
  }

  /** Rejects with `denied`, which says of the first module that fails why; of all or none. */
  async verify(reviewer: string, candidates: readonly PromotionCandidate[], who: Principal): Promise<readonly Promotion[]> {
    const current = await this.#workspace.current({});
    const branch = await this.#findProtected();
    const here = await this.#readHere(current, candidates);
    const promotions: Promotion[] = [];
    for (const candidate of candidates) {
      const commit = await this.#findCommit(candidate, here, branch, current.checked.model);
      await this.#assertReviewed(reviewer, candidate, commit, who);
      promotions.push({ module: candidate.module, artifact: candidate.artifact, commit });
    }
    return promotions;
  }

  /** The remote's branch counts where it is known; nothing is fetched. */
  async #findProtected(): Promise<Protected> {
    const { root } = this.#workspace;
    const { branch, remote } = this.#config;
    const inside = await git(root, ['rev-parse', '--is-inside-work-tree']);
    if (inside.kind === 'absent')
      throw refuse(
        'git is not installed here, so nobody can tell which commit it is built from',
        'Install git, or promote from another host.',
      );
    if (inside.kind === 'failed')
      throw refuse(
        `${root} is in no git repository that can be read here`,
        'Promote from a checkout of the repository that the modules come from.',
      );
    for (const [ref, name] of [
      [`refs/remotes/${remote}/${branch}`, `${remote}/${branch}`],
      [`refs/heads/${branch}`, branch],
    ] as const) {
      const found = await git(root, ['rev-parse', '--verify', '--quiet', '--end-of-options', `${ref}^{commit}`]);
      if (found.kind === 'ok') return { ref, name };
    }
    throw refuse(
      `the protected branch ${branch} is not known in ${root}, neither of ${remote} nor of this repository`,
      `Fetch it (\`git fetch ${remote} ${branch}\`), or name another one under \`promotion\` in agent.yaml.`,
    );
  }

  /** The commit that is checked out, with the modules whose artifacts are what its files make; `null` = it is dirty, or there is none. */
  async #readHere(current: Current, candidates: readonly PromotionCandidate[]): Promise<Here | null> {
    const { commit, dirty } = await readSourceState(this.#workspace.root);
    if (commit === null || dirty || (await this.#hasHidden())) return null;
    const modules = candidates.filter(({ module, artifact }) => {
      const target = current.targets.modules.get(module) ?? current.targets.libraries.get(module);
      const result = target === undefined ? undefined : this.#workspace.builds.build(target);
      return result?.kind === 'built' && result.artifact.digest === artifact;
    });
    return { commit, modules: new Set(modules.map(({ module }) => module)) };
  }

  /** Files whose changes git was told not to look at. */
  async #hasHidden(): Promise<boolean> {
    const files = await git(this.#workspace.root, ['ls-files', '-v', '-z', '--', '.']);
    if (files.kind !== 'ok') return true;
    return files.text.split('\0').some((entry) => /^(?:[a-z]|S) /.test(entry) && this.#workspace.live.index.has(entry.slice(2)));
  }

  async #findCommit(candidate: PromotionCandidate, here: Here | null, branch: Protected, model: WorkspaceModel): Promise<string> {
    const { module, commit } = candidate;
    const folder = (model.modules.get(module) ?? model.libraries.get(module))?.folder;
    if (folder === undefined)
      throw refuse(`${module} is not in this workspace`, 'Promote it from a checkout of the workspace that it comes from.');
    const commits = [...(commit === null ? [] : [commit]), ...(here?.modules.has(module) === true ? [here.commit] : [])];
    if (commits.length === 0)
      throw refuse(
        `${module} ${candidate.artifact} was pushed from a tree with changes that are not committed`,
        `Commit them, bring them to ${branch.name}, and push from a clean checkout: \`cairn push\`.`,
      );
    const problems: string[] = [];
    for (const each of new Set(commits)) {
      const problem = (await this.#findUnreachable(each, branch)) ?? (await this.#findForeign(each, folder, candidate));
      if (problem === undefined) return each;
      problems.push(problem);
    }
    throw refuse(
      `${module}: ${problems.join('; ')}`,
      `Merge it into ${branch.name}, fetch, check it out and push from there; then promote.`,
    );
  }

  async #findUnreachable(commit: string, { ref, name }: Protected): Promise<string | undefined> {
    const { root } = this.#workspace;
    const short = commit.slice(0, 12);
    const known = await git(root, ['cat-file', '-e', `${commit}^{commit}`]);
    const shallow = await git(root, ['rev-parse', '--is-shallow-repository']);
    const hint = shallow.kind === 'ok' && shallow.text.trim() === 'true' ? '; this clone is shallow, see `git fetch --unshallow`' : '';
    if (known.kind !== 'ok') return `the commit ${short} is not in this repository${hint}`;
    const reached = await git(root, ['merge-base', '--is-ancestor', commit, ref]);
    return reached.kind === 'ok' ? undefined : `the commit ${short} is not reachable from ${name}${hint}`;
  }

  /** Every file of the code must be in the commit as it is: what git ignores, or was told not to look at, is not. A bundle holds none of them. */
  async #findForeign(commit: string, folder: string, { files, module }: PromotionCandidate): Promise<string | undefined> {
    if (files === null) return undefined;
    const { root } = this.#workspace;
    const prefix = await git(root, ['rev-parse', '--show-prefix']);
    const place = posix.join(prefix.kind === 'ok' ? prefix.text.replace(/\n$/, '') : '', folder);
    const listed = await git(root, ['ls-tree', '-r', '-z', '--full-tree', commit, '--', `${place}/`]);
    if (listed.kind !== 'ok') return `the files of the commit ${commit.slice(0, 12)} can't be read`;
    const names = new Map(listed.text.split('\0').map((entry) => [entry.slice(entry.indexOf('\t') + 1), entry.split(/[ \t]/)[2] ?? '']));
    const paths = files.map(({ path }) => posix.join(place, path));
    const absent = paths.find((path) => !names.has(path));
    const contents =
      absent === undefined
        ? await readObjects(
            root,
            paths.map((path) => names.get(path) ?? ''),
          )
        : undefined;
    const wrong =
      absent ?? (contents === undefined ? paths[0] : paths.find((_, index) => !isContent(contents[index], files[index]?.digest)));
    return wrong === undefined ? undefined : `${wrong} of ${module} is not in the commit ${commit.slice(0, 12)} as it was pushed`;
  }

  /** By default people may review what they have pushed: on a laptop there is nobody else. */
  async #assertReviewed(reviewer: string, { by, module }: PromotionCandidate, commit: string, who: Principal): Promise<void> {
    if (this.#config.selfReview) return;
    const author = await git(this.#workspace.root, ['show', '--no-patch', '--no-show-signature', '--format=%an%n%ae', commit]);
    const names = [who.id, by, ...(author.kind === 'ok' ? author.text.trim().split('\n') : [])].flatMap((name) => [
      name,
      name.replace(/^\w+:/, ''),
    ]);
    const same = names.find((name) => name.toLowerCase() === reviewer.trim().toLowerCase());
    if (same !== undefined)
      throw refuse(
        `${module}: ${reviewer} has written, pushed or promotes it, and can't be its reviewer`,
        'Ask somebody else to review it; `promotion.selfReview` in agent.yaml is false.',
      );
  }
}

/** The content itself, or what git keeps in place of a large file. */
function isContent(bytes: Buffer | undefined, digest: string | undefined): boolean {
  if (bytes === undefined || digest === undefined) return false;
  if (`sha256:${createHash('sha256').update(bytes).digest('hex')}` === digest) return true;
  const pointer =
    bytes.length < 1024
      ? /^version https:\/\/git-lfs[^\n]*\n(?:[^\n]*\n)*?oid (sha256:[0-9a-f]{64})\n/.exec(bytes.toString('latin1'))
      : null;
  return pointer?.[1] === digest;
}

function refuse(message: string, next: string): CairnError {
  return new CairnError('denied', `not promoted: ${message}`, { next });
}
