import { z } from 'zod';
import { DiffDocument, ReceiptDocument, ReplayDocument } from './comparisons.ts';
import { PinDocument } from './cacheDocuments.ts';
import { CancelDocument, LogLine, RunDocument, RunsDocument, TriggerDocument, WhyDocument } from './documents.ts';
import { PreviewDocument } from './previewDocument.ts';
import { documents, key, name, operation, params, root, texts } from './operation.ts';

/** What of a table is shown. */
const PAGE = {
  /** of the first row */
  offset: z.int().min(0).default(0),
  limit: z.int().min(1).max(500).default(100),
  /** of the whole table, which takes longer the first time */
  statistics: z.boolean().default(true),
};

/** What is asked of runs, and what starts one. Part of the registry in `operations.ts`. */
export const RUN_OPERATIONS = {
  'run.submit': operation({
    summary: 'Pin a workflow of the working tree and run it',
    params: z.strictObject({
      root,
      workflow: name,
      params,
      /** of a fork: the path of a step that runs whatever, `train` or `check/score` */
      from: name.optional(),
      force: z.boolean().default(false),
      /** a run: its results stand wherever they are still right */
      fork: name.optional(),
      documents,
      key,
    }),
    result: z.object({ v: z.literal(1), run: z.string(), uri: z.string() }),
    action: 'submit',
    mutates: true,
  }),
  'run.rerun': operation({
    summary: 'Run a run again, everything pinned as it was; from a step on: what is above is taken from that run',
    params: z.strictObject({ run: name, from: name.optional(), force: z.boolean().default(false), params, texts, key }),
    result: z.object({ v: z.literal(1), run: z.string(), uri: z.string() }),
    action: 'submit',
    mutates: true,
  }),
  'run.clone': operation({
    summary: 'A new run of the workflow of a run, with its code, environments and parameters, some of them changed',
    params: z.strictObject({ run: name, params, texts, key }),
    result: z.object({ v: z.literal(1), run: z.string(), uri: z.string() }),
    action: 'submit',
    mutates: true,
  }),
  'run.receipt': operation({
    summary: 'Everything that it takes to repeat a run that has ended',
    params: z.strictObject({ run: name }),
    result: ReceiptDocument,
    action: 'read',
    mutates: false,
  }),
  'run.export': operation({
    summary: 'Write the receipt of a run into a folder on the host of the agent, with the blobs that it names',
    params: z.strictObject({ run: name, folder: root }),
    result: ReceiptDocument,
    action: 'write',
    mutates: false,
  }),
  'run.replay': operation({
    summary: 'Run a run again from its receipt, everything pinned and nothing reused; `folder` = a receipt that was written there',
    params: z.strictObject({ run: name.optional(), folder: root.optional(), key }),
    result: ReplayDocument,
    action: 'submit',
    mutates: true,
  }),
  'run.replayed': operation({
    summary: 'How a replay compares with the run that it repeats, as far as it has come',
    params: z.strictObject({ run: name }),
    result: ReplayDocument,
    action: 'read',
    mutates: false,
  }),
  'run.diff': operation({
    summary: 'In what two runs differ: code, environments, inputs, parameters, columns of outputs, metrics, states and times',
    params: z.strictObject({ run: name, other: name }),
    result: DiffDocument,
    action: 'read',
    mutates: false,
  }),
  'run.trigger': operation({
    summary: 'Run a pushed workflow, as last pushed',
    params: z.strictObject({ workflow: name, params, texts, key }),
    result: TriggerDocument,
    action: 'submit',
    mutates: true,
  }),
  'output.preview': operation({
    summary: 'An output for people: rows and statistics of a table, a picture, text; never executed, values of masked columns left out',
    params: z.strictObject({
      run: name,
      /** path of a step: `train[ridge]`, `check/score` */
      step: z.string().min(1).max(1024),
      /** may be left out where the step has one output */
      port: name.optional(),
      ...PAGE,
    }),
    result: PreviewDocument,
    action: 'read',
    mutates: false,
  }),
  'dataset.preview': operation({
    summary: 'A version of a dataset that has arrived, as the output that it arrived as; without `version` the newest',
    params: z.strictObject({ dataset: name, version: z.string().min(1).max(1024).optional(), ...PAGE }),
    result: PreviewDocument,
    action: 'read',
    mutates: false,
  }),
  'run.list': operation({
    summary: 'Runs, newest first; without `parent` those that are not nested in another',
    params: z.strictObject({
      after: z.string().optional(),
      limit: z.int().min(1).max(500).default(50),
      workflow: name.optional(),
      parent: name.optional(),
    }),
    result: RunsDocument,
    action: 'read',
    mutates: false,
  }),
  'run.show': operation({
    summary: 'One run with all its steps',
    params: z.strictObject({ run: name }),
    result: RunDocument,
    action: 'read',
    mutates: false,
  }),
  'run.cancel': operation({
    summary: 'Cancel a run; its processes are stopped',
    params: z.strictObject({ run: name, key }),
    result: CancelDocument,
    action: 'submit',
    mutates: true,
  }),
  'run.why': operation({
    summary: 'Why a step ran or was reused',
    params: z.strictObject({ run: name, step: name }),
    result: WhyDocument,
    action: 'read',
    mutates: false,
  }),
  'run.pin': operation({
    summary: 'Keep everything of a run, or (`pinned` false) no longer',
    params: z.strictObject({ run: name, pinned: z.boolean().default(true) }),
    result: PinDocument,
    action: 'submit',
    mutates: false,
  }),
  'run.logs': operation({
    summary: 'Log lines after a cursor; with `wait` the answer comes when there is something new or the run has ended',
    params: z.strictObject({
      run: name,
      step: name.optional(),
      after: z.string().optional(),
      wait: z.boolean().default(false),
      limit: z.int().min(1).max(5000).default(1000),
    }),
    result: z.object({ v: z.literal(1), lines: z.array(LogLine), after: z.string(), done: z.boolean() }),
    action: 'read',
    mutates: false,
  }),
} as const;
