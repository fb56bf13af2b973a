import type { EnvironmentsDocument, EnvironmentSummary } from '../../protocol/documents.ts';
import type { CommandContext } from '../commandContext.ts';
import { toDuration, toShortDigest } from '../numbers.ts';
import { toTable } from '../table.ts';
import { toPlainText } from '../terminal.ts';

export async function listEnvironments(context: CommandContext): Promise<number> {
  const root = context.root();
  const agent = await context.agent();
  return answer(context, await agent.request('environment.list', { root }, context.interrupted));
}

export async function lockEnvironments(context: CommandContext, names: readonly string[], options: { upgrade: boolean }): Promise<number> {
  const root = context.root();
  const agent = await context.agent();
  context.progress.show('solving');
  return answer(
    context,
    await agent.request('environment.lock', { root, environments: [...names], upgrade: options.upgrade }, context.interrupted),
  );
}

export async function syncEnvironments(context: CommandContext, names: readonly string[]): Promise<number> {
  const root = context.root();
  const agent = await context.agent();
  context.progress.show('making environments ready');
  return answer(context, await agent.request('environment.sync', { root, environments: [...names] }, context.interrupted));
}

/** Exit 1 when something is wrong with one of them. */
function answer(context: CommandContext, document: EnvironmentsDocument): number {
  context.answer(document, () => toEnvironmentsText(document));
  return document.environments.some(({ problem }) => problem !== undefined) ? 1 : 0;
}

function toEnvironmentsText({ environments }: EnvironmentsDocument): string {
  if (environments.length === 0) return 'no environments\n';
  const rows = environments.map((environment) => [
    environment.environment,
    toState(environment),
    environment.digest === null ? '' : toShortDigest(environment.digest),
    [environment.python === null ? '' : `Python ${environment.python}`, environment.node === null ? '' : `Node ${environment.node}`]
      .filter((text) => text !== '')
      .join(', '),
    String(environment.packages),
    toLockState(environment),
    environment.seconds === undefined ? '' : toDuration(environment.seconds),
  ]);
  const problems = environments.flatMap(({ environment, problem }) =>
    problem === undefined ? [] : [`${environment}: ${toPlainText(problem)}\n`],
  );
  return toTable([['ENVIRONMENT', 'STATE', 'DIGEST', 'RUNS ON', 'PACKAGES', 'LOCK', 'TIME'], ...rows], [4, 6]) + problems.join('');
}

function toState({ problem, ready }: EnvironmentSummary): string {
  if (problem !== undefined) return 'broken';
  return ready ? 'ready' : 'not made';
}

function toLockState({ lock, stale, changed }: EnvironmentSummary): string {
  if (lock === null) return 'none';
  if (stale) return 'stale: lock again';
  if (changed === undefined) return 'current';
  return changed ? 'written' : 'unchanged';
}
