import path from 'node:path';
import { CairnError } from '../../protocol/errors.ts';
import type { BuildDocument } from '../../protocol/documents.ts';
import type { CommandContext } from '../commandContext.ts';
import { toFindingLines } from '../findingText.ts';
import { toDuration, toShortDigest, toSize } from '../numbers.ts';
import { toTable } from '../table.ts';
import { watchTree } from '../treeWatch.ts';
import { watchBuild } from './watchBuild.ts';

export async function build(
  context: CommandContext,
  modules: readonly string[],
  options: { watch: boolean; environments: boolean; wheel: boolean; out?: string },
): Promise<number> {
  const root = context.root();
  if (options.wheel && modules.length === 0)
    throw new CairnError('usage', '--wheel needs the name of a module or a library', {
      next: 'Write `cairn build flights/clean --wheel`.',
    });
  const wheels = options.wheel ? { wheels: path.resolve(context.folder, options.out ?? 'dist') } : {};
  const agent = await context.agent();
  const buildNow = async (changedOnly: boolean): Promise<BuildDocument> => {
    context.progress.show('building');
    const environments = options.environments && !options.wheel && !changedOnly;
    const params = { root, modules: [...modules], environments, ...wheels, ...(changedOnly ? { changedOnly } : {}) };
    return agent.request('workspace.build', params, context.interrupted).finally(() => context.progress.clear());
  };
  if (options.watch) await watchBuild(context, { root, build: buildNow, toText: toBuildText });
  else {
    const document = await buildNow(false).finally(() => tellFindings(context, root));
    context.answer(document, () => toBuildText(document));
  }
  return context.interrupted.aborted ? 130 : 0;
}

/** Every finding of the workspace with its place, as `check` writes them: the message of a failure names only the first few. */
async function tellFindings(context: CommandContext, root: string): Promise<void> {
  if (context.options.json || context.interrupted.aborted) return;
  const watch = await watchTree(await context.agent(), root, context.interrupted);
  for (const line of toFindingLines(context, root, watch.view.diagnostics)) context.stdout.write(`${line}\n`);
  watch.dispose();
}

function toBuildText(document: BuildDocument): string {
  const modules = document.modules.map((module) => [
    module.module,
    module.rebuilt ? 'built' : 'unchanged',
    toShortDigest(module.artifact),
    String(module.files),
    toSize(module.bytes),
    toDuration(module.seconds),
    `detect ${toDuration(module.stages.detect)}, hash ${toDuration(module.stages.hash)}, pack ${toDuration(module.stages.pack)}`,
  ]);
  const environments = document.environments.map((environment) => [
    environment.environment,
    environment.ready ? 'ready' : 'not made',
    toShortDigest(environment.digest),
    environment.node === undefined ? `Python ${environment.python}` : `Node ${environment.node}`,
    `${String(environment.packages)} packages`,
    toDuration(environment.seconds),
  ]);
  const moduleTable =
    modules.length === 0
      ? 'no modules\n'
      : toTable([['MODULE', 'STATE', 'ARTIFACT', 'FILES', 'SIZE', 'TIME', 'STAGES'], ...modules], [3, 4, 5]);
  const environmentTable =
    environments.length === 0
      ? ''
      : `\n${toTable([['ENVIRONMENT', 'STATE', 'DIGEST', 'RUNS ON', 'PACKAGES', 'TIME'], ...environments], [5])}`;
  const wheels = document.modules.flatMap(({ wheel }) =>
    wheel === undefined ? [] : [`\n${wheel.file}  ${toSize(wheel.bytes)}  ${toDuration(wheel.seconds)}\n`],
  );
  return moduleTable + environmentTable + wheels.join('');
}
