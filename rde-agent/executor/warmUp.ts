import type { TaskGraph } from '../engine/taskGraph.ts';
import type { TaskNode } from '../engine/taskNode.ts';
import type { Logger } from '../protocol/logger.ts';
import type { Runtime } from '../runtimes/runtime.ts';
import type { CodeTrees } from './codeTrees.ts';
import type { Environments } from './environments.ts';

export interface WarmUpServices {
  readonly runtimes: { readonly [cluster: string]: Runtime };
  readonly trees: CodeTrees;
  readonly environments: Environments;
  readonly logger: Logger;
}

/**
 * Gets ready for what is coming: environments, their imports, code. Best effort and never waited for; whatever fails here fails
 * again, with its reason, in the task that needs it.
 */
export function warmUp(graph: TaskGraph, services: WarmUpServices): void {
  // Nested runs warm up for themselves.
  const steps = new Map(graph.nodes.filter((node) => node.step.kind !== 'workflow').map((node) => [node.step.id, node]));
  const places = Map.groupBy(steps.values(), (node) => `${node.step.cluster} ${node.environment.digest}`);
  for (const nodes of places.values()) {
    const [first] = nodes;
    const runtime = first && services.runtimes[first.step.cluster];
    if (first === undefined || runtime === undefined) continue;
    warmPlace(runtime, first, nodes, services).catch((error: unknown) => services.logger.debug('An environment was not warmed', { error }));
  }
}

async function warmPlace(
  runtime: Runtime,
  { environment }: TaskNode,
  nodes: readonly TaskNode[],
  { environments, trees, logger }: WarmUpServices,
): Promise<void> {
  await environments.ensure(runtime, environment, (message) =>
    logger.info('Preparing an environment', { environment: environment.name, message }),
  );
  const preload = [...new Set(nodes.flatMap((node) => node.step.contract.preload))].sort();
  await runtime.warm(environment, preload);
  for (const { step } of nodes) {
    const tree = await trees.ensure(step);
    runtime.compile(environment, tree.files);
  }
}
