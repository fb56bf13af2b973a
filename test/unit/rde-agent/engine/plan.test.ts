import assert from 'node:assert/strict';
import type { CacheLookup } from '../../../../rde-agent/engine/decide.ts';
import type { CachedResult } from '../../../../rde-agent/protocol/cachedResult.ts';
import { createKeyMaker } from '../../../../rde-agent/engine/keys.ts';
import { toFloorLineage } from '../../../../rde-agent/engine/lineage.ts';
import { toPlan } from '../../../../rde-agent/engine/plan.ts';
import { toTaskGraph, type TaskGraph } from '../../../../rde-agent/engine/taskGraph.ts';
import type { OutputRecord } from '../../../../rde-agent/protocol/runEvents.ts';
import { digestOf, sketchWorkflow, stepOf, workflowOf, type StepSketch } from '../../../support/pinnedWorkflow.ts';

const SCOPE = { tenant: 'local', domain: 'experiment' } as const;
type Sketches = { readonly [step: string]: StepSketch };

/** A cache that only remembers; every task's output is a function of its id and `content`. */
class Memory implements CacheLookup {
  readonly results: CachedResult[] = [];
  readonly gone = new Set<string>();
  time = '2026-01-01T00:00:00.000Z';

  entry(key: string): CachedResult | undefined {
    return this.results.find((result) => result.key === key);
  }
  recent(node: { readonly step: { readonly name: string } }): readonly CachedResult[] {
    return this.results.filter((result) => result.parts.module.name === node.step.name);
  }
  has(blob: string): boolean {
    return !this.gone.has(blob);
  }
  filesOf(): undefined {
    return undefined;
  }
  now(): string {
    return this.time;
  }

  /** Runs everything that has no result yet. */
  run(graph: TaskGraph, content: { readonly [task: string]: string } = {}): void {
    const keys = createKeyMaker(SCOPE, digestOf);
    const outputOf = (task: string): OutputRecord => {
      const digest = digestOf(content[task] ?? task);
      return { type: 'json', digest, logical: digest, exact: true, bytes: 1, format: 'json' };
    };
    for (const node of graph.nodes) {
      const { key, parts } = keys.toKey(node, outputOf);
      if (this.entry(key) !== undefined) continue;
      this.results.unshift({
        id: `entry ${node.id}`,
        key,
        parts,
        producer: { run: 'r', task: node.id },
        outputs: { out: outputOf(node.id) },
        metrics: {},
        lineage: [],
        seconds: 2,
        at: this.time,
      });
    }
  }
}

function graphOf(sketches: Sketches): TaskGraph {
  return toTaskGraph(sketchWorkflow(sketches), { id: 'r', nominalTime: null }, null);
}

async function planOf(memory: Memory, sketches: Sketches): Promise<readonly string[]> {
  const plan = await toPlan(graphOf(sketches), { scope: SCOPE, hash: digestOf, cache: memory, expectedSeconds: () => 3 });
  return plan.steps.map((step) => `${step.step} ${step.decision} ${step.reasons.map((reason) => reason.kind).join()}`);
}

describe('engine: plan', () => {
  const chain = { a: {}, b: { needs: ['a'] }, c: { needs: ['b'] } };

  it('predicts misses without a past, and conditions below them as misses too', async () => {
    assert.deepEqual(await planOf(new Memory(), chain), ['a miss no-prior', 'b miss no-prior', 'c miss no-prior']);
  });

  it('predicts hits, and sums up what they save', async () => {
    const memory = new Memory();
    memory.run(graphOf(chain));
    const plan = await toPlan(graphOf(chain), { scope: SCOPE, hash: digestOf, cache: memory, expectedSeconds: () => 3 });
    assert.deepEqual([plan.saved, plan.predictedSeconds, plan.steps[2]?.entry], [6, 0, 'entry c']);
  });

  it('says on which digest a step below a miss depends, and that what else changed makes it a miss anyway', async () => {
    const memory = new Memory();
    memory.run(graphOf(chain));
    assert.deepEqual(await planOf(memory, { ...chain, a: { code: 'new' } }), ['a miss code', 'b conditional input', 'c conditional input']);
    const plan = await toPlan(graphOf({ ...chain, a: { code: 'new' } }), {
      scope: SCOPE,
      hash: digestOf,
      cache: memory,
      expectedSeconds: () => 3,
    });
    assert.deepEqual([plan.steps[1]?.on, plan.steps[1]?.reasons[0]?.upstream, plan.predictedSeconds], [digestOf('a'), 'a', 6]);
    assert.deepEqual((await planOf(memory, { ...chain, a: { code: 'new' }, c: { needs: ['b'], params: { x: 1 } } })).slice(1), [
      'b conditional input',
      'c miss param,contract',
    ]);
    memory.gone.add(digestOf('b'));
    assert.deepEqual((await planOf(memory, { ...chain, a: { code: 'new' } }))[1], 'b miss blob-missing');
  });

  it('lists the elements of a fan-out, and names the element that a join depends on', async () => {
    const flow = (elements: readonly string[]): Sketches => ({ e: { foreach: elements }, j: { needs: ['e[*]'] } });
    const memory = new Memory();
    memory.run(graphOf(flow(['x', 'y'])));
    assert.deepEqual(await planOf(memory, flow(['x', 'y'])), ['e[x] hit hit', 'e[y] hit hit', 'j hit hit']);
    assert.deepEqual(await planOf(memory, flow(['x', 'z'])), ['e[x] hit hit', 'e[z] miss param', 'j conditional input']);
    assert.deepEqual((await planOf(memory, flow(['y', 'z'])))[2], 'j miss input', 'a known element differs already');
    assert.deepEqual((await planOf(memory, flow(['x', 'y', 'z']))).at(-1), 'j miss input', 'another number of elements');
  });

  it('compares with the nearest earlier result, the newest of equals', async () => {
    const memory = new Memory();
    const flow = (code: string, p: number): Sketches => ({ a: { code, params: { p } } });
    memory.run(graphOf(flow('one', 1)));
    memory.run(graphOf(flow('two', 2)));
    assert.deepEqual(await planOf(memory, flow('two', 3)), ['a miss param']);
    assert.deepEqual(await planOf(memory, flow('three', 1)), ['a miss code']);
  });

  it('knows what expires, what is forced and what is never reused', async () => {
    const memory = new Memory();
    const ttl = { a: { contract: { cache: { ttl: 60, version: 1, salt: '' } } } };
    memory.run(graphOf(ttl));
    memory.time = '2026-01-01T00:01:00.000Z';
    assert.deepEqual(await planOf(memory, ttl), ['a hit hit']);
    memory.time = '2026-01-01T00:01:00.001Z';
    assert.deepEqual(await planOf(memory, ttl), ['a miss expired']);
    memory.run(graphOf(chain));
    assert.deepEqual((await planOf(memory, { ...chain, a: { changes: { cache: 'refresh' } } }))[0], 'a miss forced');
    assert.deepEqual((await planOf(memory, { ...chain, a: { changes: { cache: 'off' } } }))[0], 'a miss uncacheable');
  });
});

describe('engine: lineage at the floor', () => {
  it('derives each output from everything that was given, enforced where the columns were cut', () => {
    const type = { kind: 'table', open: false, columns: [{ name: 'a', type: 'int64' }] } as const;
    const cut = stepOf('t', { needs: ['up'], contract: { inputs: [{ name: 'in0', type }] } });
    const whole = stepOf('w', { needs: ['e[*]'] });
    const graph = toTaskGraph(
      workflowOf([stepOf('up'), cut, stepOf('e', { foreach: [1, 2] }), whole]),
      { id: 'r', nominalTime: null },
      null,
    );
    const [up, t, , , w] = graph.nodes.map(toFloorLineage);
    assert.deepEqual(up, [{ output: 'out', evidence: 'floor', sources: [] }]);
    assert.deepEqual(t, [{ output: 'out', evidence: 'enforced', sources: [{ task: 'up', port: 'out', columns: ['a'] }] }]);
    assert.deepEqual(w, [
      { output: 'out', evidence: 'floor', sources: ['e[1]', 'e[2]'].map((task) => ({ task, port: 'out', columns: null })) },
    ]);
  });
});
