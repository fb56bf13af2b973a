import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import type { Digest } from '../../../../language/model/names.ts';
import type { PortType } from '../../../../language/model/portType.ts';
import { explain } from '../../../../rde-agent/engine/explain.ts';
import { createKeyMaker, toCacheKey, toInterfaceDigest, type TaskKey } from '../../../../rde-agent/engine/keys.ts';
import { toLogicalDigest, toTableDigest } from '../../../../rde-agent/engine/projection.ts';
import { toTaskGraph } from '../../../../rde-agent/engine/taskGraph.ts';
import type { PinnedEnvironment } from '../../../../rde-agent/protocol/pinned.ts';
import type { OutputRecord } from '../../../../rde-agent/protocol/runEvents.ts';
import { contractOf, digestOf, ENVIRONMENT, stepOf, workflowOf, type StepSketch } from '../../../support/pinnedWorkflow.ts';

const SCOPE = { tenant: 'local', domain: 'experiment' } as const;
const TABLE: OutputRecord = {
  type: 'table',
  digest: digestOf('bytes'),
  logical: digestOf('whole'),
  exact: false,
  bytes: 10,
  rows: 3,
  format: 'parquet',
  columns: ['a', 'b', 'c'].map((name) => ({ name, type: 'int64', digest: digestOf(name) })),
};
const JSON_OUTPUT: OutputRecord = {
  type: 'json',
  digest: digestOf('json'),
  logical: digestOf('json'),
  exact: true,
  bytes: 2,
  format: 'json',
};

interface FixtureTable {
  readonly note: string;
  readonly columns: readonly { readonly name: string; readonly type: string; readonly digest: Digest }[];
  readonly rows: number;
  readonly logical: string;
}

interface Case {
  readonly sketch?: StepSketch;
  readonly environment?: Partial<PinnedEnvironment>;
  readonly outputs?: { readonly [task: string]: OutputRecord };
  readonly scope?: typeof SCOPE | { readonly tenant: string; readonly domain: 'production' };
}

/** Key of a step `t` which reads `up`. */
function keyOf({ sketch = {}, environment = {}, outputs = {}, scope = SCOPE }: Case): TaskKey {
  const steps = [
    stepOf('up', { foreach: sketch.needs?.includes('up[*]') === true ? [1, 2] : undefined }),
    stepOf('t', { needs: ['up'], params: { p: 1 }, ...sketch }),
  ];
  const graph = toTaskGraph(
    workflowOf(steps, { environments: [{ ...ENVIRONMENT, ...environment, digest: ENVIRONMENT.digest }] }),
    { id: 'r', nominalTime: null },
    null,
  );
  const node = graph.byId.get('t');
  assert.ok(node);
  return createKeyMaker(scope, digestOf).toKey(node, (task) => outputs[task] ?? JSON_OUTPUT);
}

const table = (names: readonly string[], open = false): PortType => ({
  kind: 'table',
  open,
  columns: names.map((name) => ({ name, type: 'int64' })),
});
const reads = (type: PortType): StepSketch => ({ contract: { inputs: [{ name: 'in0', type }] } });

describe('engine: cache keys', () => {
  it('is the digest of the canonical parts, however it was written out', () => {
    for (const each of [{}, { sketch: { needs: ['up[*]'] } }, { environment: { packages: { b: '1', a: '2' } } }] satisfies Case[]) {
      const { key, parts } = keyOf(each);
      assert.equal(key, toCacheKey(parts, digestOf));
    }
  });

  it('changes with each part, and the difference names exactly that part', () => {
    const contract = contractOf('test/t', ['in0'], { params: [{ name: 'p', type: 'json' }] });
    const cases: readonly (readonly [Case, readonly string[]])[] = [
      [{ sketch: { code: 'other' } }, ['code']],
      [{ sketch: { params: { p: 2 } } }, ['param p']],
      [{ sketch: { contract: { params: [{ name: 'p', type: 'int' }] } } }, ['param p', 'contract']],
      [{ outputs: { up: { ...JSON_OUTPUT, logical: digestOf('new') } } }, ['input in0']],
      [{ sketch: { contract: { entry: { file: 'main.py', function: 'other' } } } }, ['contract entry']],
      [{ sketch: { contract: { outputs: [...contract.outputs, { name: 'more', type: { kind: 'json' }, addLabels: [] }] } } }, ['contract']],
      [{ environment: { packages: { numpy: '2.1.0+sha256:aa' } } }, ['package numpy']],
      [{ environment: { packages: { numpy: '2.0.0+sha256:bb' } } }, ['package numpy']],
      [{ environment: { packages: { ...ENVIRONMENT.packages, pandas: '3' } } }, ['package pandas']],
      [{ environment: { python: '3.12.0' } }, ['python']],
      [{ environment: { platform: 'linux-aarch64' } }, ['platform']],
      [{ environment: { image: 'sha256:1' } }, ['image']],
      [{ environment: { variables: { TZ: 'CET' } } }, ['variable TZ']],
      [{ sketch: { contract: { seed: 1 } } }, ['seed']],
      [{ sketch: { contract: { determinism: 'seeded' } } }, ['determinism']],
      [{ sketch: { contract: { cache: { version: 2, salt: '' } } } }, ['version']],
      [{ sketch: { contract: { cache: { version: 1, salt: 'x' } } } }, ['salt']],
      [{ scope: { tenant: 'local', domain: 'production' } }, ['scope']],
    ];
    const base = keyOf({});
    const context = { sources: { in0: { kind: 'value', task: 'up', port: 'out' } }, filesOf: () => undefined, folder: undefined } as const;
    for (const [changed, expected] of cases) {
      const other = keyOf(changed);
      assert.notEqual(other.key, base.key, expected.join());
      assert.deepEqual(
        explain(base.parts, other.parts, context).map((reason) => [reason.kind, reason.name].filter(Boolean).join(' ')),
        expected,
      );
      assert.deepEqual(explain(other.parts, other.parts, context), []);
    }
  });

  it('does not change with what decides nothing', () => {
    const base = keyOf({});
    const contract = contractOf('test/t', ['in0'], { params: [{ name: 'p', type: 'json' }] });
    for (const same of [
      {
        sketch: {
          contract: { description: 'x', resources: { cpu: 4, memory: 9, gpu: 0, network: 'any' }, tests: 'tests', preload: ['numpy'] },
        },
      },
      { sketch: { contract: { inputs: contract.inputs.map((port) => ({ ...port, description: 'x', accepts: ['public'] })) } } },
      { sketch: { contract: { outputs: contract.outputs.map((port) => ({ ...port, addLabels: ['secret'], description: 'x' })) } } },
      { sketch: { changes: { timeout: 5, retry: { attempts: 9, backoff: 1, on: [] } } } },
      { environment: { name: 'other', lock: digestOf('lock') } },
      { outputs: { up: { ...JSON_OUTPUT, digest: digestOf('other bytes') } } },
    ] satisfies Case[])
      assert.equal(keyOf(same).key, base.key, JSON.stringify(same));
  });

  it('tells parameters apart by type and value', () => {
    const values = [1, '1', true, null, [1], { a: 1 }, 1.5];
    assert.equal(new Set(values.map((value) => keyOf({ sketch: { params: { p: value } } }).key)).size, values.length);
    const typed = (type: 'int' | 'float'): Digest => keyOf({ sketch: { contract: { params: [{ name: 'p', type }] } } }).key;
    assert.notEqual(typed('int'), typed('float'));
  });

  it('is cut to the columns that the contract reads', () => {
    const outputs = { up: TABLE };
    const key = keyOf({ sketch: reads(table(['a', 'b'])), outputs });
    const c = {
      ...TABLE,
      logical: digestOf('other whole'),
      columns: TABLE.columns?.map((column) => (column.name === 'c' ? { ...column, digest: digestOf('new') } : column)),
    } as OutputRecord;
    assert.equal(keyOf({ sketch: reads(table(['a', 'b'])), outputs: { up: c } }).key, key.key);
    assert.notEqual(
      keyOf({ sketch: reads(table(['a', 'c'])), outputs: { up: c } }).key,
      keyOf({ sketch: reads(table(['a', 'c'])), outputs }).key,
    );
    assert.notEqual(keyOf({ sketch: reads(table(['b', 'a'])), outputs }).key, key.key);
    assert.notEqual(
      keyOf({ sketch: reads(table(['a', 'b'], true)), outputs: { up: c } }).key,
      keyOf({ sketch: reads(table(['a', 'b'], true)), outputs }).key,
    );
    const context = { sources: {}, filesOf: () => undefined, folder: undefined };
    const other = keyOf({ sketch: reads(table(['a'])), outputs });
    assert.deepEqual(
      explain(key.parts, other.parts, context).map((reason) => reason.kind),
      ['columns', 'contract'],
    );
  });

  it('uses the whole where a table has no column digests or lacks a column', () => {
    const { columns: _, ...bare } = TABLE;
    assert.equal(toLogicalDigest(bare, ['a'], digestOf), TABLE.logical);
    assert.equal(toLogicalDigest({ ...TABLE, exact: true }, ['a'], digestOf), TABLE.logical);
    assert.equal(toLogicalDigest(TABLE, ['a', 'x'], digestOf), TABLE.logical);
    assert.equal(toLogicalDigest(TABLE, ['b'], digestOf), toTableDigest([['b', 'int64', digestOf('b')]], 3, digestOf));
  });

  it('does not depend on the order in which a contract names its ports', () => {
    const contract = contractOf('test/t', ['x', 'y']);
    assert.equal(toInterfaceDigest(contract, digestOf), toInterfaceDigest({ ...contract, inputs: contract.inputs.toReversed() }, digestOf));
  });

  it('says what cannot be reused', () => {
    const reason = (sketch: StepSketch): string | undefined => keyOf({ sketch }).uncacheable?.message;
    assert.match(reason({ contract: { determinism: 'sideEffect' } }) ?? '', /side effects/);
    assert.match(reason({ contract: { determinism: 'external' } }) ?? '', /time to live/);
    assert.match(reason({ contract: { reuse: 'worker' } }) ?? '', /interpreter/);
    assert.match(reason({ changes: { cache: 'off' } }) ?? '', /cache: off/);
    for (const sketch of [
      {},
      { contract: { determinism: 'stochastic' } },
      { contract: { determinism: 'external', cache: { ttl: 5, version: 1, salt: '' } } },
    ] satisfies StepSketch[]) {
      assert.equal(reason(sketch), undefined);
    }
  });

  it('computes table digests as the runner does', () => {
    const text = readFileSync(new URL('../../../fixtures/runner/logical.json', import.meta.url), 'utf8');
    const { tables } = JSON.parse(text) as { readonly tables: readonly FixtureTable[] };
    assert.ok(tables.length > 1);
    for (const { note, columns, rows, logical } of tables) {
      assert.equal(
        toTableDigest(
          columns.map((column) => [column.name, column.type, column.digest]),
          rows,
          digestOf,
        ),
        logical,
        note,
      );
    }
  });
});
