import assert from 'node:assert/strict';
import type { Condition } from '../../../../language/model/condition.ts';
import type { Foreach, Join } from '../../../../language/model/workflow.ts';
import type { CacheLookup } from '../../../../rde-agent/engine/cacheLookup.ts';
import type { CachedResult } from '../../../../rde-agent/protocol/cachedResult.ts';
import { createKeyMaker, type SourceLookup } from '../../../../rde-agent/engine/keys.ts';
import { toFloorLineage } from '../../../../rde-agent/engine/lineage.ts';
import { toPlan, type PlanOptions } from '../../../../rde-agent/engine/plan.ts';
import { RunMachine } from '../../../../rde-agent/engine/runMachine.ts';
import { toTaskGraph, type TaskGraph } from '../../../../rde-agent/engine/taskGraph.ts';
import type { PinnedStep, PinnedWorkflow } from '../../../../rde-agent/protocol/pinned.ts';
import type { OutputRecord } from '../../../../rde-agent/protocol/runEvents.ts';
import { digestOf, sketchWorkflow, stepOf, workflowOf, type StepSketch } from '../../../support/pinnedWorkflow.ts';

const SCOPE = { tenant: 'local', domain: 'experiment' } as const;
type Sketches = { readonly [step: string]: StepSketch };

/** A cache that only remembers; every task's output is a function of its id and `content`. */
class Memory implements CacheLookup {
  readonly results: CachedResult[] = [];
  readonly gone = new Set<string>();
  time = '2026-01-01T00:00:00.000Z';
  metrics: { readonly [name: string]: number } = {};

  entry(key: string): CachedResult | undefined {
    return this.results.find((result) => result.key === key);
  }
  recent(node: { readonly step: { readonly name: string } }): readonly CachedResult[] {
    return this.results.filter((result) => result.parts.module.name === node.step.name);
  }
  candidates(): readonly CachedResult[] {
    return [];
  }
  judge(): { readonly kind: 'none' } {
    return { kind: 'none' };
  }
  learn(): Promise<void> {
    return Promise.resolve();
  }
  refused(): undefined {
    return undefined;
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
  run(graph: TaskGraph, content: { readonly [task: string]: string } = {}, versionOf?: SourceLookup): void {
    const keys = createKeyMaker(SCOPE, digestOf, versionOf === undefined ? {} : { versionOf });
    const outputOf = (task: string): OutputRecord => {
      const digest = digestOf(content[task] ?? task);
      return { type: 'json', digest, logical: digest, exact: true, bytes: 1, format: 'json' };
    };
    for (const node of graph.nodes) {
      if (node === node.place.placeholder || node.id.endsWith('[*]')) continue;
      const { key, parts } = keys.toKey(node, outputOf);
      if (this.entry(key) !== undefined) continue;
      this.results.unshift({
        id: `entry ${node.id}`,
        key,
        parts,
        producer: { run: 'r', task: node.id },
        outputs: { out: outputOf(node.id) },
        metrics: this.metrics,
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

function planOf(memory: Memory, sketches: Sketches): Promise<readonly string[]> {
  return rowsOf(memory, graphOf(sketches));
}

async function rowsOf(memory: Memory, graph: TaskGraph, elementsOf?: PlanOptions['elementsOf']): Promise<readonly string[]> {
  const options = { scope: SCOPE, hash: digestOf, cache: memory, expectedSeconds: () => 3 };
  const plan = await toPlan(graph, elementsOf === undefined ? options : { ...options, elementsOf });
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

  it('names every input that it waits for, and one digest only where it is one', async () => {
    const memory = new Memory();
    const diamond = { a: {}, b: {}, c: { needs: ['a', 'b'] }, d: { needs: ['a'] } };
    memory.run(graphOf(diamond));
    const edited = { ...diamond, a: { code: 'new' }, b: { code: 'new' } };
    const plan = await toPlan(graphOf(edited), { scope: SCOPE, hash: digestOf, cache: memory, expectedSeconds: () => 3 });
    assert.deepEqual(
      plan.steps.slice(2).map(({ decision, on, reasons }) => [decision, on, reasons.map(({ upstream, before }) => [upstream, before])]),
      [
        [
          'conditional',
          undefined,
          [
            ['a', digestOf('a')],
            ['b', digestOf('b')],
          ],
        ],
        ['conditional', digestOf('a'), [['a', digestOf('a')]]],
      ],
    );
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

describe('engine: plan of fan-outs, conditions, joins and nested workflows', () => {
  const over = (step: string): Foreach => ({ names: ['x'], values: {}, from: { x: { step, port: 'out', select: { kind: 'none' } } } });
  const above = (step: string, limit: number): Condition => ({
    kind: 'compare',
    operator: '>',
    left: { kind: 'metric', step, name: 'm' },
    right: { kind: 'literal', value: limit },
  });
  const told = (memory: Memory, graph: TaskGraph): Promise<readonly string[]> => rowsOf(memory, graph, () => Promise.resolve(['u', 'v']));

  it('expands a fan-out whose elements come from a hit, and else says that they are not known', async () => {
    const x = { kind: 'template', parts: [{ kind: 'substitution', scope: 'foreach', name: 'x' }] } as const;
    const sketches: Sketches = { a: {}, e: { changes: { foreach: over('a'), params: { x } } }, j: { needs: ['e[*]'] } };
    const memory = new Memory();
    memory.run(graphOf({ a: {} }));
    assert.deepEqual(await told(memory, graphOf(sketches)), ['a hit hit', 'e[0] miss no-prior', 'e[1] miss no-prior', 'j miss no-prior']);
    assert.deepEqual(await told(memory, graphOf({ ...sketches, a: { code: 'new' } })), [
      'a miss code',
      'e[*] conditional input',
      'j miss no-prior',
    ]);
    const plan = await toPlan(graphOf(sketches), { scope: SCOPE, hash: digestOf, cache: memory, expectedSeconds: () => 3 });
    assert.deepEqual([plan.steps[1]?.step, plan.steps[1]?.elements, plan.steps[1]?.reasons[0]?.upstream], ['e[*]', null, 'a']);
    const known = graphOf(sketches);
    known.expand('e', { x: ['u', 'v'] }, 2);
    memory.run(known);
    assert.deepEqual(await told(memory, graphOf(sketches)), ['a hit hit', 'e[0] hit hit', 'e[1] hit hit', 'j hit hit']);
    assert.deepEqual((await told(memory, graphOf({ ...sketches, a: { code: 'new' } })))[2], 'j conditional input');
  });

  it('judges conditions by metrics that are known, and says what is not run', async () => {
    const flow = (limit: number, code = 'a'): Sketches => ({
      a: { code },
      b: { needs: ['a'], changes: { when: above('a', limit) } },
      c: { needs: ['b'] },
    });
    const memory = new Memory();
    memory.metrics = { m: 2 };
    memory.run(graphOf(flow(1)));
    assert.deepEqual(await planOf(memory, flow(1)), ['a hit hit', 'b hit hit', 'c hit hit']);
    assert.deepEqual(await planOf(memory, flow(3)), ['a hit hit', 'b conditional condition', 'c conditional condition']);
    assert.deepEqual(await planOf(memory, flow(1, 'new')), ['a miss code', 'b conditional condition,input', 'c conditional input']);
    const plan = await toPlan(graphOf(flow(3)), { scope: SCOPE, hash: digestOf, cache: memory, expectedSeconds: () => 3 });
    assert.deepEqual(
      plan.steps.slice(1).map((step) => [step.predictedSeconds, step.reasons[0]?.message]),
      [
        [0, 'not run: its condition is false'],
        [0, 'not run: b, which it needs, is not run'],
      ],
    );
  });

  it('leaves open which elements of a join come first, unless it takes them all', async () => {
    const flow = (join: Join): Sketches => ({ e: { foreach: ['x', 'y'] }, j: { needs: ['e[*]'], changes: { join } } });
    const memory = new Memory();
    assert.deepEqual((await planOf(memory, flow({ kind: 'any' })))[2], 'j miss no-prior');
    memory.run(graphOf(flow({ kind: 'all' })));
    assert.deepEqual((await planOf(memory, flow({ kind: 'any' })))[2], 'j conditional input');
    assert.deepEqual((await planOf(memory, flow({ kind: 'quorum', count: 2 })))[2], 'j hit hit');
    assert.deepEqual((await planOf(memory, flow({ kind: 'quorum', count: 3 })))[2], 'j conditional condition', 'never enough');
  });

  it('plans what is nested beside its own step, to any depth', async () => {
    const given = { in0: { step: 'inputs', port: 'x', select: { kind: 'none' } } } as const;
    const workflow = (name: string, steps: readonly PinnedStep[]): PinnedWorkflow =>
      workflowOf(steps, { workflow: name, outputs: { out: { step: 'last', port: 'out', select: { kind: 'none' } } } });
    const use = (id: string, name: string, changes: Partial<PinnedStep> = {}): PinnedStep =>
      stepOf(id, { contract: { inputs: [{ name: 'x', type: { kind: 'json' } }] }, changes: { kind: 'workflow', name, ...changes } });
    const innermost = workflow('test/innermost', [stepOf('last', { changes: { inputs: given } })]);
    const inner = workflow('test/inner', [use('last', 'test/innermost', { inputs: { x: given.in0 } })]);
    const up = { x: { step: 'up', port: 'out', select: { kind: 'none' } } } as const;
    const outer = (code: string): TaskGraph =>
      toTaskGraph(
        workflowOf([stepOf('up', { code }), use('check', 'test/inner', { inputs: up }), stepOf('j', { needs: ['check'] })], {
          workflows: [inner, innermost],
        }),
        { id: 'r', nominalTime: null },
        null,
      );
    const memory = new Memory();
    assert.deepEqual(await told(memory, outer('up')), [
      'up miss no-prior',
      'check miss no-prior',
      'check/last miss no-prior',
      'check/last/last miss no-prior',
      'j miss no-prior',
    ]);
    // What the nested runs leave behind: `up` gives its id as content, and so does `last`.
    memory.run(toTaskGraph(workflowOf([stepOf('up')]), { id: 'r', nominalTime: null }, null));
    const x = memory.results[0]?.outputs['out'];
    assert.ok(x !== undefined);
    memory.run(toTaskGraph(innermost, { id: 'r', nominalTime: null, inputs: { x } }, null));
    const last = memory.results[0]?.outputs['out'];
    memory.run(toTaskGraph(workflowOf([stepOf('check'), stepOf('j', { needs: ['check'] })]), { id: 'r', nominalTime: null }, null), {
      check: 'last',
    });
    assert.equal(last?.digest, digestOf('last'));
    assert.deepEqual(await told(memory, outer('up')), [
      'up hit hit',
      'check hit hit',
      'check/last hit hit',
      'check/last/last hit hit',
      'j hit hit',
    ]);
    assert.deepEqual(await told(memory, outer('new')), [
      'up miss code',
      'check conditional input',
      'check/last conditional input',
      'check/last/last conditional input',
      'j conditional input',
    ]);
  });

  it('asks for the version of a fetched source, and names its change', async () => {
    const source = { kind: 'file', path: 'a.csv' } as const;
    const fetched = stepOf('d', { changes: { kind: 'dataset', source: { ...source, environment: undefined }, format: 'csv' } });
    const graph = (): TaskGraph => toTaskGraph(workflowOf([fetched]), { id: 'r', nominalTime: null }, null);
    const memory = new Memory();
    memory.run(graph(), {}, () => 'one');
    const plan = async (version: string | undefined): Promise<readonly (string | undefined)[]> => {
      const options = { scope: SCOPE, hash: digestOf, cache: memory, expectedSeconds: () => 3, versionOf: () => Promise.resolve(version) };
      const [step] = (await toPlan(graph(), options)).steps;
      return [step?.decision, step?.reasons[0]?.kind, step?.reasons[0]?.message];
    };
    assert.deepEqual((await plan('one')).slice(0, 2), ['hit', 'hit']);
    assert.deepEqual(await plan('two'), ['miss', 'input', 'the version of the source: one → two']);
    assert.deepEqual((await plan(undefined)).slice(0, 2), ['miss', 'uncacheable']);
  });

  it('F34: 10,000 tasks wide, deep or as a diamond are planned, run and cancelled in work that grows with them', async () => {
    const count = 10_000;
    const wide = Array.from({ length: count }, (_, index) => index);
    const deep = Object.fromEntries(wide.map((index) => [`s${String(index)}`, { needs: index === 0 ? [] : [`s${String(index - 1)}`] }]));
    const shapes: readonly Sketches[] = [
      { e: { foreach: wide } },
      deep,
      { a: {}, e: { needs: ['a'], foreach: wide }, j: { needs: ['e[*]'] } },
    ];
    for (const sketches of shapes) {
      const memory = new Memory();
      const rows = await planOf(memory, sketches);
      assert.ok(rows.length >= count && rows.every((row) => row.endsWith('miss no-prior')));
      const graph = graphOf(sketches);
      const machine = new RunMachine(graph);
      const tasks = graph.nodes.map((node) => node.id);
      machine.apply({ type: 'run.submitted', run: 'r', definition: graph.definition, tasks, force: false, from: null, requestKey: 'k' });
      const cancels = machine.apply({ type: 'run.cancelRequested' });
      assert.equal(cancels.length, tasks.length);
      const last = tasks.map((task) => machine.apply({ type: 'task.cancelled', task })).at(-1);
      assert.deepEqual(last, [{ kind: 'finish', state: 'cancelled' }]);
    }
  }).timeout(60_000);
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
