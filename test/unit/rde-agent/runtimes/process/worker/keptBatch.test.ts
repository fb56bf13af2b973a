import assert from 'node:assert/strict';
import type { PinnedEnvironment } from '../../../../../../rde-agent/protocol/pinned.ts';
import type { RanEntry, TaskContext } from '../../../../../../rde-agent/protocol/runner.ts';
import type { BatchResult, BatchTask } from '../../../../../../rde-agent/runtimes/runtime.ts';
import { KeptBatch } from '../../../../../../rde-agent/runtimes/process/worker/keptBatch.ts';

const CONTEXT: TaskContext = {
  run: 'r',
  task: '',
  attempt: 0,
  module: 'm',
  root: '/',
  entry: { file: 'main.py', function: 'run' },
  code: {},
  inputs: [],
  params: {},
  outputs: [],
  seed: null,
  nominalTime: null,
  scratch: '',
  outputDir: '',
  variables: {},
  threads: 1,
  memory: null,
  inlineBytes: 0,
};

const ENVIRONMENT: PinnedEnvironment = {
  digest: `sha256:${'0'.repeat(64)}`,
  name: 'default',
  python: '3.12.1',
  platform: 'linux-x86_64',
  lock: null,
  packages: {},
  image: null,
  variables: {},
};

/** number of the first task: the interpreter has had others before */
const FIRST = 1000;

/** A batch of `count` tasks, with an interpreter that does what the test says. */
class Bench {
  readonly results: BatchResult[] = [];
  readonly sent: number[] = [];
  readonly begun: number[] = [];
  isDone = false;
  now = 0;
  readonly batch: KeptBatch;
  readonly #left: BatchTask[];

  constructor(count: number) {
    this.#left = Array.from({ length: count }, (_, index) => ({ task: `t[${String(index)}]`, attempt: 1, params: {} }));
    const nothing = (): undefined => undefined;
    this.batch = new KeptBatch({
      request: {
        environment: ENVIRONMENT,
        context: CONTEXT,
        preload: [],
        owner: 'o',
        timeout: undefined,
        idleTimeout: undefined,
        take: (most) => this.#left.splice(0, most),
        observer: {
          running: nothing,
          begun: (index) => this.begun.push(index),
          progress: nothing,
          metric: nothing,
          output: nothing,
          ended: (results) => this.results.push(...results),
        },
      },
      base: FIRST,
      offset: FIRST,
      clock: { now: () => '', monotonic: () => this.now },
      recall: () => true,
      send: (first, tasks) => this.sent.push(...tasks.map((_, at) => first - FIRST + at)),
      done: () => (this.isDone = true),
    });
    this.batch.fill();
  }

  answer(from: number, to: number): void {
    const entries: RanEntry[] = [];
    for (let index = from; index <= to; index++) entries.push(['ok', FIRST + index, 0.0005, false, [], {}]);
    this.batch.take(entries);
  }

  /** Two looks a moment apart at a task that takes long: those behind it are asked back. */
  recallBehind(number: number): void {
    for (let times = 0; times < 2; times++) {
      this.now += 0.025;
      this.look(number, number);
    }
  }

  look(before: number | undefined, now: number | undefined): void {
    this.batch.look(before === undefined ? undefined : FIRST + before, now === undefined ? undefined : FIRST + now);
  }

  ended(kind: 'succeeded' | 'untouched'): readonly number[] {
    return this.results.filter(({ outcome }) => outcome.kind === kind).map(({ index }) => index);
  }
}

describe('a batch in a kept interpreter', () => {
  it('is done when the interpreter was seen at tasks that it was leaving out', () => {
    const bench = new Bench(21);
    bench.answer(0, 0);
    assert.deepEqual(bench.sent.at(-1), 20);
    bench.recallBehind(3);
    // It ran up to 5, and was seen on its way over those that it left out.
    bench.answer(1, 5);
    bench.look(9, undefined);
    bench.look(undefined, undefined);
    assert.deepEqual(bench.ended('succeeded'), [0, 1, 2, 3, 4, 5]);
    assert.deepEqual(
      [...bench.ended('untouched')].sort((one, other) => one - other),
      Array.from({ length: 15 }, (_, at) => at + 6),
    );
    assert.equal(bench.isDone, true);
  });

  it('waits for answers that lie before their marks', () => {
    const bench = new Bench(21);
    bench.answer(0, 0);
    bench.recallBehind(3);
    bench.answer(1, 2);
    bench.batch.take([['ok', FIRST + 3, 0.05, true, [], {}]]);
    bench.look(undefined, undefined);
    assert.deepEqual(bench.ended('untouched'), []);
    bench.batch.mark('out', FIRST + 3);
    bench.batch.mark('err', FIRST + 3);
    bench.look(undefined, undefined);
    assert.deepEqual(bench.ended('succeeded'), [0, 1, 2, 3]);
    assert.equal(bench.ended('untouched').length, 17);
    assert.equal(bench.isDone, true);
  });

  it('counts no answer of a task that was told as taken back', () => {
    const bench = new Bench(30);
    bench.answer(0, 0);
    bench.recallBehind(3);
    bench.look(3, undefined);
    assert.equal(bench.ended('untouched').length, 17);
    bench.answer(1, 3);
    assert.equal(bench.sent.at(-1), 29);
    bench.answer(4, 12);
    bench.answer(21, 28);
    assert.equal(bench.isDone, false);
    bench.answer(29, 29);
    assert.deepEqual(bench.ended('succeeded'), [0, 1, 2, 3, ...Array.from({ length: 9 }, (_, at) => at + 21)]);
    assert.equal(bench.isDone, true);
  });

  it('does not take a task that is being left out for one that runs', () => {
    const bench = new Bench(21);
    bench.answer(0, 0);
    bench.recallBehind(3);
    bench.look(3, 3);
    assert.equal(bench.ended('untouched').length, 17);
    bench.look(9, 9);
    bench.now += 0.025;
    bench.look(9, 9);
    assert.deepEqual(bench.begun, [3]);
  });
});
