import { findWorkspace } from '../findWorkspace.ts';
import type { CommandContext } from '../commandContext.ts';
import type { ListedKind } from './commandTree.ts';
import type { Asked, Candidate } from './complete.ts';
import { listDefined, listSteps } from './listDefined.ts';
import { askClusters, askOutputs, askRuns, askRunSteps, askSchedules, askTags, askVersions } from './askAgent.ts';

/** Names for a person who is typing: from the files, and from an agent that is there. None is started, and nothing is ever said. */
export async function listNames(kind: ListedKind, asked: Asked, context: CommandContext): Promise<readonly Candidate[]> {
  try {
    return await listKind(kind, asked, context);
  } catch {
    return []; // whatever it is, the command itself will say it when it is run
  }
}

function listKind(kind: ListedKind, asked: Asked, context: CommandContext): Promise<readonly Candidate[]> {
  const { known, command } = asked;
  const root = (): string => findWorkspace(context.folder, context.options.workspace);
  switch (kind) {
    case 'run':
      return askRuns(context);
    case 'tag':
      return askTags(context, known.module);
    case 'cluster':
      return askClusters(context);
    case 'step':
      return known.run === undefined ? listSteps(root(), known.workflow) : askRunSteps(context, known.run);
    case 'output':
      return listOutputs(asked, context, root);
    case 'workflow':
      return command.startsWith('schedule') ? askSchedules(context) : listDefined(['workflow'], root());
    case 'name':
      return listDefined(['module', 'library', 'workflow'], root());
    case 'module':
      return listDefined(['module', 'library'], root());
    case 'dataset':
    case 'environment':
      return listDefined([kind], root());
  }
}

/** First runs and datasets, then what is in the one that was begun. */
async function listOutputs({ current }: Asked, context: CommandContext, root: () => string): Promise<readonly Candidate[]> {
  const [, run] = /^([0-9a-f-]{36}):/.exec(current) ?? [];
  if (run !== undefined) return askOutputs(context, run);
  const [, dataset] = /^([^@:]+)@/.exec(current) ?? [];
  if (dataset !== undefined) return askVersions(context, root(), dataset);
  const datasets = await listDefined(['dataset'], root()).catch(() => []);
  const runs = await askRuns(context);
  return [...datasets, ...runs.map(({ value, description }) => ({ value: `${value}:`, description }))];
}
