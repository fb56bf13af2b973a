import assert from 'node:assert/strict';
import { toTaskGraph, type TaskGraph } from '../../../../rde-agent/engine/taskGraph.ts';
import type { TaskNode, TaskSource } from '../../../../rde-agent/engine/taskNode.ts';
import { CairnError } from '../../../../rde-agent/protocol/errors.ts';
import { sketchWorkflow, stepOf, workflowOf, type StepSketch } from '../../../support/pinnedWorkflow.ts';

const RUN = { id: 'run-1', nominalTime: '2026-01-01T00:00:00Z' };

function graphOf(sketches: { readonly [step: string]: StepSketch }, from: string | null = null): TaskGraph {
  return toTaskGraph(sketchWorkflow(sketches), RUN, from);
}

/** `task <- needs` for each task. */
function check(sketches: { readonly [step: string]: StepSketch }, expected: readonly string[], from: string | null = null): void {
  const { nodes } = graphOf(sketches, from);
  assert.deepEqual(nodes.map(toLine), expected);
}

function toLine({ id, mustReuse, place }: TaskNode): string {
  const needs = [...new Set(Object.values(place.inputs).flatMap(toTasks))];
  return `${id} <- ${needs.join(' ')}${mustReuse ? ' (reused)' : ''}`;
}

function toTasks(source: TaskSource): readonly string[] {
  if (source.kind === 'list') return source.items.flatMap(toTasks);
  return [source.kind === 'value' ? source.task : `inputs.${source.input}`];
}

function refused(code: string, message: RegExp): (error: unknown) => boolean {
  return (error) => error instanceof CairnError && error.code === code && message.test(error.message);
}

describe('engine: tasks of a workflow', () => {
  it('expands steps, fan-outs and joins', () => {
    check({ a: {}, b: { needs: ['a'] }, c: { needs: ['a', 'b', 'a'] } }, ['a <- ', 'b <- a', 'c <- a b']);
    check({ a: {}, e: { needs: ['a'], foreach: ['x', 7] }, j: { needs: ['e[*]', 'e[7]'] } }, [
      'a <- ',
      'e[x] <- a',
      'e[7] <- a',
      'j <- e[x] e[7]',
    ]);
    check({ e: { foreach: [] }, j: { needs: ['e[*]'] } }, ['j <- ']);
  });

  it('starts from a step: what follows runs, what is above must be reusable, the rest is left out', () => {
    const flow = { a: {}, b: { needs: ['a'] }, side: { needs: ['a'] }, other: {}, c: { needs: ['b', 'other'] }, d: { needs: ['c'] } };
    check(flow, ['a <-  (reused)', 'b <- a', 'other <-  (reused)', 'c <- b other', 'd <- c'], 'b');
    assert.throws(() => graphOf(flow, 'x'), refused('unknown-step', /no step x/));
  });

  it('substitutes elements and the run, and keeps the type of a lone substitution', () => {
    const part = (scope: 'foreach' | 'run', name: string) => ({ kind: 'substitution' as const, scope, name });
    const params = {
      typed: { kind: 'template' as const, parts: [part('foreach', 'each')] },
      text: { kind: 'template' as const, parts: [{ kind: 'text' as const, text: 'n=' }, part('foreach', 'each')] },
      run: { kind: 'template' as const, parts: [part('run', 'id')] },
      time: { kind: 'template' as const, parts: [part('run', 'nominalTime')] },
    };
    const graph = toTaskGraph(workflowOf([stepOf('e', { foreach: [1, 'b'], changes: { params } }), stepOf('f')]), RUN, null);
    assert.deepEqual(
      graph.nodes.map((node) => node.params),
      [
        { typed: 1, text: 'n=1', run: 'run-1', time: RUN.nominalTime },
        { typed: 'b', text: 'n=b', run: 'run-1', time: RUN.nominalTime },
        {},
      ],
    );
    assert.deepEqual(
      graph.nodes.map((node) => node.nominalTime),
      [RUN.nominalTime, RUN.nominalTime, null],
    );
  });

  it('refuses references to nothing', () => {
    for (const [sketches, message] of [
      [{ a: { needs: ['b'] } }, /not a step before it/],
      [{ a: { needs: ['a'] } }, /not a step before it/],
      [{ a: {}, b: { needs: ['a[*]'] } }, /has no foreach/],
      [{ a: { foreach: [1] }, b: { needs: ['a'] } }, /not a task/],
      [{ a: { foreach: [1] }, b: { needs: ['a[2]'] } }, /not a task/],
    ] as const)
      assert.throws(() => graphOf(sketches), refused('invalid-request', message));
  });
});
