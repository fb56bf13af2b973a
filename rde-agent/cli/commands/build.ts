import path from 'node:path';
import { CairnError } from '../../protocol/errors.ts';
import type { BuildDocument } from '../../protocol/documents.ts';
import { toWorkspaceUri } from '../../protocol/wire.ts';
import { reduceWorkspace, type WorkspaceAction, type WorkspaceView } from '../../protocol/workspaceView.ts';
import type { CommandContext } from '../commandContext.ts';
import { toDuration, toShortDigest, toSize } from '../numbers.ts';
import { toTable } from '../table.ts';

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
  context.progress.show('building');
  const document = await agent.request(
    'workspace.build',
    { root, modules: [...modules], environments: options.environments && !options.wheel, ...wheels },
    context.interrupted,
  );
  context.answer(document, () => toBuildText(document));
  if (options.watch) await watch(context, root, modules);
  return context.interrupted.aborted ? 130 : 0;
}

/** Builds again whenever the tree has changed, one build at a time, until Ctrl-C. Only what was rebuilt is told. */
async function watch(context: CommandContext, root: string, modules: readonly string[]): Promise<void> {
  const agent = await context.agent();
  let wake: () => void = () => undefined;
  let tree: string | undefined;
  const following = agent.subscribe<WorkspaceView, WorkspaceAction>({
    uri: toWorkspaceUri(root),
    reduce: reduceWorkspace,
    onDidChange: (view) => {
      const changed = tree !== undefined && view.tree !== tree;
      tree = view.tree;
      if (changed) wake();
    },
  });
  context.interrupted.addEventListener('abort', () => wake(), { once: true });
  context.note('Watching; Ctrl-C ends.');
  try {
    while (!context.interrupted.aborted) {
      await new Promise<void>((resolve) => (wake = resolve));
      if (!context.interrupted.aborted) await rebuild(context, root, modules);
    }
  } finally {
    following.dispose();
  }
}

async function rebuild(context: CommandContext, root: string, modules: readonly string[]): Promise<void> {
  const agent = await context.agent();
  const params = { root, modules: [...modules], environments: false, changedOnly: true };
  const document = await agent.request('workspace.build', params, context.interrupted);
  if (document.modules.length > 0) context.answer(document, () => toBuildText({ ...document, environments: [] }));
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
