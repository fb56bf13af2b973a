import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { summarize } from '../../../tools/start/summary.mjs';

const step = (name, more) => ({
  step: name,
  state: 'succeeded',
  seconds: 0.5,
  reasons: [],
  metrics: {},
  worker: null,
  error: null,
  ...more,
});
const metrics = { mae: 12, baseline_mae: 24, improvement: 0.5 };
const worker = { mode: 'forked', pid: 7, parent: 6 };

describe('summary of npm start', () => {
  let folder;
  let workflowFile;

  before(() => {
    folder = mkdtempSync(path.join(os.tmpdir(), 'summary-'));
    workflowFile = path.join(folder, 'x.workflow.yaml');
    writeFileSync(
      workflowFile,
      'steps:\n  raw: { dataset: d/x }\n  train: { module: m/train, in: { t: raw }, foreach: { kind: [a, b] } }\n  best: { module: m/best, in: { all: "train[*].model", t: raw.table } }\n',
    );
  });
  after(() => rmSync(folder, { recursive: true }));

  const run = (steps, more) => ({ run: 'r1', state: 'succeeded', seconds: 2, saved: 0, steps, ...more });
  const summary = (first, second = first) => summarize({ first, second, workflowFile });

  it('draws the graph with the elements that ran', () => {
    const text = summary(run([step('raw'), step('train[a]'), step('train[b]'), step('best')]));
    assert.match(text, /raw +dataset d\/x\n/);
    assert.match(text, /train ×2 +module m\/train +← raw\n/);
    assert.match(text, /best +module m\/best +← train, raw\n/);
  });

  it('shows how each step started', () => {
    assert.match(
      summary(run([step('train[a]', { decision: 'executed', worker })])),
      /train\[a\] +succeeded +executed +0\.50 s +forked +7 +6\n/,
    );
  });

  it('sets the metric beside the baseline', () => {
    assert.match(summary(run([step('best', { metrics })])), /12\.00 min; baseline \(.*\) 24\.00 min: 50\.0 % better/);
  });

  it('says why steps were reused, and what that saved', () => {
    const reused = step('raw', { decision: 'reused', reasons: [{ kind: 'hit', message: 'all as before' }] });
    const text = summary(run([step('raw')]), run([reused], { saved: 41.5 }));
    assert.match(text, /1 of 1 steps reused\n +raw +reused +all as before/);
    assert.match(text, /saved by reuse: 41\.5 s/);
  });

  it('names the error of a step that failed', () => {
    const failed = step('best', { state: 'failed', error: { message: 'no candidate' } });
    const text = summary(run([failed], { state: 'failed' }));
    assert.match(text, /best: no candidate/);
    assert.match(text, /the evaluation did not succeed/);
  });
});
