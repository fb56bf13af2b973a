import { toPortTypeText } from '../../language/model/portType.ts';
import { toStepEdges, toStepElements } from '../../language/model/stepGraph.ts';
import { toWorkspacePath, type PinnedStep, type PinnedWorkflow } from '../protocol/pinned.ts';
import type { PushedGraphDocument } from '../protocol/portalDocuments.ts';
import type { PushedSources } from './pushedSources.ts';

type Graph = PushedGraphDocument['graph'];

/** What a pushed definition, and all that it nests, look like; its sources say where each is written, as far as they are here. */
export function toPushedGraph(definition: PinnedWorkflow, sources: PushedSources): Omit<PushedGraphDocument, 'v' | 'pushed'> {
  const all = [definition, ...(definition.workflows ?? [])];
  const steps = all.flatMap((workflow) => workflow.steps);
  const code = steps.flatMap((step) => {
    const place = toCodePlace(step);
    return place !== undefined && sources.paths.has(place.entry) ? [[step.name, place] as const] : [];
  });
  const [graph, ...nested] = all.map((workflow) => toGraph(workflow, sources));
  return { graph: graph ?? toGraph(definition, sources), nested, code: Object.fromEntries(code) };
}

/** Steps stand as they are written, where that is known: the definition has each behind those that it refers to. */
function toGraph(definition: PinnedWorkflow, sources: PushedSources): Graph {
  const { workflow, declared = [], steps } = definition;
  const written = sources.find(workflow, steps);
  const lineOf = (step: PinnedStep): number => written?.lines[step.id] ?? 1;
  const ordered = steps.toSorted((one, other) => lineOf(one) - lineOf(other));
  const known = new Set(steps.map(({ id }) => id));
  const isKnown = (id: string): boolean => known.has(id);
  return {
    name: workflow,
    file: written?.file ?? '',
    description: written?.description ?? '',
    params: [...declared],
    steps: ordered.map((step) => toStep(step, lineOf(step))),
    // Pinning has filled the ports of all references in.
    edges: ordered.flatMap((step) => toStepEdges(step, isKnown, ({ port }) => port ?? '')).map(({ from, to }) => ({ from, to })),
    errors: 0,
  };
}

function toStep({ id, kind, name, foreach, contract }: PinnedStep, line: number): Graph['steps'][number] {
  const toPort = ({ name: port, type }: PinnedStep['contract']['inputs'][number]): { name: string; type: string } => ({
    name: port,
    type: toPortTypeText(type),
  });
  const { elements, ...dynamic } = toStepElements(foreach);
  return {
    id,
    kind,
    name,
    line,
    elements: elements === null ? null : [...elements],
    ...dynamic,
    inputs: contract.inputs.map(toPort),
    outputs: contract.outputs.map(toPort),
  };
}

/** `undefined` = it has no code of its own. */
function toCodePlace({ kind, folder, contract: { entry } }: PinnedStep): PushedGraphDocument['code'][string] | undefined {
  if (kind === 'workflow' || folder === undefined || entry.file === '') return undefined;
  return { folder, entry: toWorkspacePath(folder, entry.file) };
}
