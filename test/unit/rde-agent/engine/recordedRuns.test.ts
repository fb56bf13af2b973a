import assert from 'node:assert/strict';
import { copyFileSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { fileURLToPath } from 'node:url';
import { createKeyMaker } from '../../../../rde-agent/engine/keys.ts';
import { RunMachine } from '../../../../rde-agent/engine/runMachine.ts';
import { toTaskGraph } from '../../../../rde-agent/engine/taskGraph.ts';
import type { RunEvent } from '../../../../rde-agent/protocol/runEvents.ts';
import { digestOf } from '../../../support/pinnedWorkflow.ts';

const FIXTURES = fileURLToPath(new URL('../../../fixtures/state/', import.meta.url));

describe('engine: runs that earlier versions recorded', () => {
  for (const version of readdirSync(FIXTURES)) {
    const runs = readRuns(join(FIXTURES, version, 'events.db'));

    it(`${version}: replay to the end that was recorded`, () => {
      assert.ok(runs.length > 0);
      for (const events of runs) {
        const { machine } = replay(events);
        const last = events.at(-1);
        assert.equal(machine.finished, last?.type === 'run.finished' ? last.state : null);
        assert.deepEqual(machine.finished === null ? [] : machine.resume(), []);
      }
    });

    it(`${version}: keys stay as they were, byte for byte`, () => {
      assert.ok(runs.reduce((count, events) => count + replay(events).keys, 0) > 0);
    });
  }
});

/** Applies a run's events and compares the key of each task that was decided. */
function replay(events: readonly RunEvent[]): { readonly machine: RunMachine; readonly keys: number } {
  const [first] = events;
  assert.ok(first?.type === 'run.submitted');
  const { definition, run, from } = first;
  const machine = new RunMachine(toTaskGraph(definition, { id: run, nominalTime: null }, from));
  const maker = createKeyMaker({ tenant: 'local', domain: definition.domain }, digestOf);
  let keys = 0;
  for (const event of events) {
    if ((event.type === 'task.started' || event.type === 'task.reused') && event.key !== null) {
      const task = machine.graph.byId.get(event.task);
      assert.ok(task !== undefined);
      assert.equal(maker.toKey(task, machine.output).key, event.key);
      keys += 1;
    }
    machine.apply(event);
  }
  return { machine, keys };
}

/** Every run's events in order. A copy is read: the committed file is left alone. */
function readRuns(file: string): readonly (readonly RunEvent[])[] {
  const folder = mkdtempSync(join(tmpdir(), 'cairn-recorded-'));
  try {
    const copy = join(folder, 'events.db');
    copyFileSync(file, copy);
    const database = new DatabaseSync(copy);
    const rows = database.prepare(`SELECT stream, payload FROM events WHERE stream LIKE 'run:/%' ORDER BY stream, seq`).all();
    database.close();
    const runs = Map.groupBy(rows, (row) => String(row['stream']));
    return [...runs.values()].map((events) => events.map((row) => JSON.parse(String(row['payload'])) as RunEvent));
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
