import * as vscode from 'vscode';
import { newKey } from '../../../rde-agent/client/newKey.ts';
import { CairnError } from '../../../rde-agent/protocol/errors.ts';
import type { TagMove, TagSummary } from '../../../rde-agent/protocol/tagDocuments.ts';
import type { UiContext } from '../context.ts';
import { withProgress } from '../progress.ts';
import { toTime } from '../times.ts';
import { confirmMove, tellMoved, toShortDigest } from './confirmMove.ts';
import { orCancel } from './orCancel.ts';
import { toModuleArgument, toWorkspaceTarget, type WorkspaceTarget } from './targets.ts';

/** What stands for a release; other names are free. */
const RELEASE = 'latest';

/** The tags of all modules; one that is chosen shows where it has been, and can be rolled back there. */
export async function showTags(context: UiContext, argument: unknown): Promise<void> {
  const tag = await askTag(context, await toModuleName(context, argument), vscode.l10n.t('Which tag?'));
  await rollBackTo(context, tag);
}

/** Moves a tag of a module, or gives it a new one. What follows the tag is shown before. */
export async function moveTag(context: UiContext, argument: unknown): Promise<void> {
  const target = await toWorkspaceTarget(context, argument);
  const module = toModuleArgument(target, argument ?? vscode.window.activeTextEditor?.document.uri) ?? (await askModule(target));
  const { tags } = await context.link.request('tag.list', { module });
  const tag = await askName(module, tags);
  const to = await askArtifact(target, module, tags, tag);
  const known = tags.find((one) => one.tag === tag);
  const request = { module, tag, to, ...(known === undefined ? {} : { expect: known.generation }) };
  const preview = await context.link.request('tag.move', { ...request, dryRun: true, key: newKey() });
  await confirmMove(vscode.l10n.t('Move {0} of {1}', tag, module), vscode.l10n.t('Move the tag'), preview);
  tellMoved(await context.link.request('tag.move', { ...request, key: newKey() }));
}

/** Makes what is on the protected branch the release, with the name of who has reviewed it. */
export async function promoteModules(context: UiContext, argument: unknown): Promise<void> {
  const target = await toWorkspaceTarget(context, argument);
  const modules = await toModules(target, argument);
  const reviewer = await askReviewer(modules);
  const request = { root: target.root, modules: [...modules], reviewer };
  const preview = await withProgress(vscode.l10n.t('Cairn: looking at what would be promoted'), (signal) =>
    context.link.request('tag.promote', { ...request, dryRun: true, key: newKey() }, signal),
  );
  const names = modules.join(', ');
  await confirmMove(vscode.l10n.t('Promote {0}', names), vscode.l10n.t('Promote, reviewed by {0}', reviewer), preview);
  tellMoved(
    await withProgress(vscode.l10n.t('Cairn: promoting {0}', names), (signal) =>
      context.link.request('tag.promote', { ...request, key: newKey() }, signal),
    ),
  );
}

/** Moves a tag back to an artifact that it has stood on. What follows it is shown before. */
export async function rollBack(context: UiContext, argument: unknown): Promise<void> {
  const tag = await askTag(context, await toModuleName(context, argument), vscode.l10n.t('Which tag shall go back?'));
  await rollBackTo(context, tag);
}

async function rollBackTo(context: UiContext, { module, tag }: TagSummary): Promise<void> {
  const { tags } = await context.link.request('tag.list', { module, history: true });
  const found = tags.find((one) => one.tag === tag);
  const to = await askMove(module, tag, found?.artifact ?? '', found?.history ?? []);
  const request = { module, tag, to };
  const preview = await context.link.request('tag.rollback', { ...request, dryRun: true, key: newKey() });
  await confirmMove(vscode.l10n.t('Roll back {0} of {1}', tag, module), vscode.l10n.t('Roll back'), preview);
  tellMoved(await context.link.request('tag.rollback', { ...request, key: newKey() }));
}

/** Of a row or the file at hand; `undefined` = any. */
async function toModuleName(context: UiContext, argument: unknown): Promise<string | undefined> {
  if (argument === undefined) return undefined;
  return toModuleArgument(await toWorkspaceTarget(context, argument), argument);
}

async function toModules(target: WorkspaceTarget, argument: unknown): Promise<readonly string[]> {
  const named = toModuleArgument(target, argument);
  if (named !== undefined) return [named];
  const items = target.view.modules.map(({ name, tags }) => ({ label: name, description: Object.keys(tags).sort().join(' · ') }));
  if (items.length === 0) throw toNoModulesError();
  const title = vscode.l10n.t('Which modules shall be promoted?');
  const chosen = await vscode.window.showQuickPick(items, { title, canPickMany: true, matchOnDescription: true });
  if (chosen === undefined || chosen.length === 0) throw new CairnError('cancelled', 'Cancelled.');
  return chosen.map(({ label }) => label);
}

async function askModule({ view }: WorkspaceTarget): Promise<string> {
  if (view.modules.length === 0) throw toNoModulesError();
  const names = view.modules.map(({ name }) => name);
  return orCancel(await vscode.window.showQuickPick(names, { title: vscode.l10n.t('Which module?') }));
}

async function askTag(context: UiContext, module: string | undefined, title: string): Promise<TagSummary> {
  const { tags } = await context.link.request('tag.list', module === undefined ? {} : { module });
  if (tags.length === 0) {
    const next = vscode.l10n.t('Push with “Cairn: Push”: that tags what was built.');
    throw new CairnError('unknown-tag', vscode.l10n.t('There are no tags yet.'), { next });
  }
  const items = tags.map((tag) => ({
    label: `${tag.module} · ${tag.tag}`,
    description: toShortDigest(tag.artifact),
    detail: vscode.l10n.t('moved {0} by {1}', toTime(tag.at), tag.by),
    tag,
  }));
  return orCancel(await vscode.window.showQuickPick(items, { title, matchOnDetail: true })).tag;
}

async function askName(module: string, tags: readonly TagSummary[]): Promise<string> {
  const another = { label: `$(add) ${vscode.l10n.t('New tag…')}`, description: '', tag: undefined };
  const known = tags.map(({ tag, artifact }) => ({ label: tag, description: toShortDigest(artifact), tag }));
  const title = vscode.l10n.t('Which tag of {0}?', module);
  const chosen = known.length === 0 ? another : orCancel(await vscode.window.showQuickPick([...known, another], { title }));
  if (chosen.tag !== undefined) return chosen.tag;
  const text = await vscode.window.showInputBox({ title: vscode.l10n.t('Name of the new tag'), placeHolder: 'candidate' });
  return orCancel(orCancel(text).trim() || undefined);
}

/** What other tags stand on, and what is built now. */
async function askArtifact({ view }: WorkspaceTarget, module: string, tags: readonly TagSummary[], tag: string): Promise<string> {
  const built = view.modules.find(({ name }) => name === module)?.artifact ?? undefined;
  const now = built === undefined ? [] : [{ label: vscode.l10n.t('As it is now'), description: toShortDigest(built), to: built }];
  const others = tags
    .filter((one) => one.tag !== tag)
    .map((one) => ({ label: one.tag, description: toShortDigest(one.artifact), to: one.tag }));
  const items = [...others, ...now];
  if (items.length === 0) {
    throw new CairnError('unknown-tag', vscode.l10n.t('{0} has nothing that a tag could stand on.', module), {
      next: vscode.l10n.t('Push with “Cairn: Push”: that tags what was built.'),
    });
  }
  return orCancel(await vscode.window.showQuickPick(items, { title: vscode.l10n.t('What shall {0} stand on?', tag) })).to;
}

async function askReviewer(modules: readonly string[]): Promise<string> {
  const reviewer = await vscode.window.showInputBox({
    title: vscode.l10n.t('Who has reviewed {0}?', modules.join(', ')),
    prompt: vscode.l10n.t('The name is recorded with the promotion to {0}.', RELEASE),
    ignoreFocusOut: true,
    validateInput: (text) => (text.trim() === '' ? vscode.l10n.t('A promotion names its reviewer.') : undefined),
  });
  return orCancel(reviewer).trim();
}

/** Newest first; where it stands now is no choice. */
async function askMove(module: string, tag: string, now: string, history: readonly TagMove[]): Promise<string> {
  const former = history.filter(({ to }, at) => to !== now && history.findIndex((move) => move.to === to) === at);
  if (former.length === 0) {
    throw new CairnError('unknown-tag', vscode.l10n.t('{0} of {1} has stood on nothing else.', tag, module), {
      next: vscode.l10n.t('Move it with “Cairn: Move Tag”.'),
    });
  }
  const items = former.map(({ to, at, by, commit, reviewer }) => ({
    label: toShortDigest(to),
    description: vscode.l10n.t('since {0} by {1}', toTime(at), by),
    detail: [commit === undefined ? '' : vscode.l10n.t('commit {0}', commit.slice(0, 10)), reviewer ?? ''].filter(Boolean).join(' · '),
    to,
  }));
  return orCancel(
    await vscode.window.showQuickPick(items, {
      title: vscode.l10n.t('Where shall {0} go back to?', tag),
      matchOnDescription: true,
      matchOnDetail: true,
    }),
  ).to;
}

function toNoModulesError(): CairnError {
  const next = vscode.l10n.t('Make one with “Cairn: New Module”.');
  return new CairnError('unknown-module', vscode.l10n.t('This workspace has no module.'), { next });
}
