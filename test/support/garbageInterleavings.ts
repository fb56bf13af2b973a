import assert from 'node:assert/strict';
import { Garbage } from '../../rde-agent/executor/garbage.ts';
import { GarbageModel, toReusedEvent, type Step } from './garbageModel.ts';
import type { Digest } from '../../language/model/names.ts';

const RETENTION = { days: 1, bytes: null };

/** Collections among those who use the store, each in another order. Fails when something that is needed goes; answers how much was put to the test. */
export async function interleaveMany(seed: number, times: number): Promise<{ readonly collected: number; readonly reused: number }> {
  let collected = 0;
  let reused = 0;
  for (let round = 0; round < times; round++) {
    const { blobs, hits } = await interleave(seed + round);
    collected += blobs;
    reused += hits;
  }
  return { collected, reused };
}

async function interleave(seed: number): Promise<{ readonly blobs: number; readonly hits: number }> {
  const model = new GarbageModel(seed);
  fill(model);
  let hits = 0;
  const workers: Step[] = Array.from({ length: 3 }, () => begin(model, () => (hits += 1)));
  let report: { readonly blobs: number } | undefined;
  const done = new Garbage(model, 1).collect(RETENTION, false).then((answer) => (report = answer));
  for (let turn = 0; report === undefined || workers.length > 0; turn++) {
    assert.ok(turn < 5000, `seed ${String(seed)}: it does not end`);
    const index = Math.floor(model.random() * (workers.length + 2));
    const step = workers[index];
    if (step === undefined) model.pass();
    else {
      const next = step();
      if (next === undefined) workers.splice(index, 1);
      else workers[index] = next;
    }
    // What was let go on comes to its next wait.
    if (report === undefined && !model.isWaiting) await settle(model, () => report !== undefined);
    const missing = model.isChanged ? model.missing() : [];
    if (missing.length > 0) assert.fail(`seed ${String(seed)}, turn ${String(turn)}: ${missing.join(' ')}`);
  }
  await done;
  return { blobs: report.blobs, hits };
}

async function settle(model: GarbageModel, isDone: () => boolean): Promise<void> {
  for (let times = 0; times < 50 && !model.isWaiting && !isDone(); times++) await Promise.resolve();
}

/** Closed runs with results, some of which share files, and a tag. */
function fill(model: GarbageModel): void {
  const shared = [model.newDigest(), model.newDigest()];
  for (let count = 0; count < 3; count++) {
    const run = model.open();
    model.publish(run, model.store([model.newDigest(), model.pick(shared) ?? model.newDigest()]));
    run.isOpen = false;
  }
  model.tags.set('latest', model.store([model.newDigest()]));
  model.store([model.newDigest()]);
}

function begin(model: GarbageModel, onHit: () => void): Step {
  const kinds = [() => reuse(model, onHit), () => reuse(model, onHit), () => compute(model), () => submit(model), () => moveTag(model)];
  return (model.pick(kinds) ?? kinds[0] ?? (() => compute(model)))();
}

/** A run that begins, finds a result, records that it is reused, goes to disk, and ends. Only the list of a directory is looked at, not its files. */
function reuse(model: GarbageModel, onHit: () => void): Step {
  return () => {
    const run = model.open();
    return () => {
      const found = model.pick([...model.entries()].filter(({ id }) => !model.hidden.has(id)));
      if (found !== undefined && Object.values(found.outputs).every(({ digest }) => model.blobs.has(digest))) {
        model.record(run, toReusedEvent(found));
        onHit();
      }
      return () => {
        model.commit(run);
        return () => {
          run.isOpen = false;
          return undefined;
        };
      };
    };
  };
}

/** A run that makes a directory, a file of which may be there already: then it is not written again. */
function compute(model: GarbageModel): Step {
  return () => {
    const run = model.open();
    const old = model.pick([...model.blobs.keys()].filter((digest) => model.blobs.get(digest)?.length === 0)) ?? model.newDigest();
    return () => {
      const files = [old, model.newDigest()];
      model.use(files);
      const output = model.store(files);
      model.use([output]);
      return () => {
        model.publish(run, output);
        model.letGo([...files, output]);
        return () => {
          run.isOpen = false;
          return undefined;
        };
      };
    };
  };
}

/** A client that asks what is missing, sends only that, and refers to all of it; it is refused when something is not there after all. */
function submit(model: GarbageModel): Step {
  return () => {
    const known = model.pick([...model.blobs.keys()].filter((digest) => (model.blobs.get(digest)?.length ?? 0) > 0)) ?? model.newDigest();
    const needed = [known, ...(model.blobs.get(known) ?? [])];
    model.use(needed);
    return () => {
      const run = model.open();
      send(model, known, needed);
      model.record(run, { type: 'run.submitted', tree: known } as never);
      return () => {
        model.commit(run);
        model.letGo(needed);
        return () => {
          run.isOpen = false;
          return undefined;
        };
      };
    };
  };
}

function moveTag(model: GarbageModel): Step {
  return () => {
    const files = [model.newDigest()];
    const artifact =
      model.pick([...model.blobs.keys()].filter((digest) => (model.blobs.get(digest)?.length ?? 0) > 0)) ?? model.store(files);
    const needed = [artifact, ...(model.blobs.get(artifact) ?? [])];
    model.use(needed);
    return () => {
      send(model, artifact, needed);
      model.append('tag:/m', { type: 'tag.moved', module: 'm', tag: 'latest', from: null, to: artifact });
      model.tags.set('latest', artifact);
      model.letGo(needed);
      return undefined;
    };
  };
}

/** What was not there when it was asked about is sent. */
function send(model: GarbageModel, manifest: Digest, needed: readonly Digest[]): void {
  for (const digest of needed) if (!model.blobs.has(digest)) model.blobs.set(digest, digest === manifest ? needed.slice(1) : []);
}
