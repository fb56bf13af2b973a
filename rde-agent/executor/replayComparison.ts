import type { Missing, ReplayDocument, ReplayStep } from '../protocol/comparisons.ts';
import type { PinnedWorkflow } from '../protocol/pinned.ts';
import type { Receipt, ReceiptTask } from '../protocol/receipt.ts';
import type { OutputRecord } from '../protocol/runEvents.ts';
import { findUpstream } from './replayUpstream.ts';
import { toUse, type ListedTask } from './runTasks.ts';

/** A replay, as far as it has come. */
export interface Replayed {
  readonly run: string;
  readonly state: Exclude<ReplayDocument['state'], null>;
  readonly isFinished: boolean;
  readonly tasks: readonly ListedTask[];
  /** paths of tasks that were given their content by the receipt */
  readonly pinned: ReadonlySet<string>;
}

/** Classes of results that may differ, by what their contracts say. */
const MAY_DIFFER: ReadonlySet<string> = new Set(['stochastic', 'external', 'sideEffect']);

/** How a replay compares with the run that it repeats: by logical digests, task by task. */
export function compareReplay(receipt: Receipt, replayed: Replayed): ReplayDocument {
  const after = new Map(replayed.tasks.map((each) => [each.path, each]));
  const rows = receipt.tasks
    .filter(({ path }) => !path.endsWith('[*]'))
    .map((before) => ({ before, row: compareTask(before, after.get(before.path), replayed) }));
  const different = rows.filter(({ row }) => row.equal === false).map(({ before }) => before.path);
  const steps = rows.map(({ before, row }) =>
    row.equal === false ? { ...row, ...findCause(before, after.get(before.path), receipt.definition, different) } : row,
  );
  const known = new Set(receipt.tasks.map(({ path }) => path));
  const added = replayed.tasks.filter(({ path }) => !known.has(path)).map(toAdded);
  const all = [...steps, ...added];
  return {
    v: 1,
    run: replayed.run,
    of: receipt.run,
    workflow: receipt.workflow,
    state: replayed.state,
    steps: all,
    equal: replayed.isFinished ? all.every(({ equal }) => equal !== false) : all.some(({ equal }) => equal === false) ? false : null,
    missing: [],
  };
}

/** What is said of a replay that could not begin. `missingOf` = what of it a task needs. */
export function toRefused(
  receipt: Receipt,
  missing: readonly Missing[],
  missingOf: (task: ReceiptTask) => readonly Missing[],
): ReplayDocument {
  const steps = receipt.tasks.map((task): ReplayStep => {
    const own = missingOf(task);
    return {
      step: task.path,
      ...toUse({ kind: task.kind, name: task.module }),
      state: { before: task.state, after: null },
      equal: null,
      outputs: Object.entries(task.outputs).map(([name, { logical }]) => ({ name, before: logical, after: null, equal: false })),
      ...(own.length === 0 ? {} : { missing: [...own] }),
    };
  });
  return { v: 1, run: null, of: receipt.run, workflow: receipt.workflow, state: null, steps, equal: null, missing: [...missing] };
}

type Outputs = { readonly [port: string]: OutputRecord };

/** Without the cause of a difference. */
function compareTask(before: ReceiptTask, listed: ListedTask | undefined, { pinned, isFinished }: Replayed): ReplayStep {
  const after = listed?.task;
  const outputs = compareOutputs(before.outputs, after?.outputs ?? {});
  const isEnded = after !== undefined && after.state !== 'queued' && after.state !== 'running';
  const isComparable = before.state === 'succeeded' && (isEnded || isFinished);
  const isEqual = after?.state === 'succeeded' && outputs.every(({ equal }) => equal);
  return {
    step: before.path,
    ...toUse({ kind: before.kind, name: before.module }),
    state: { before: before.state, after: after?.state ?? null },
    equal: isComparable ? isEqual : null,
    outputs,
    ...(pinned.has(before.path) ? { pinned: true } : {}),
  };
}

export function compareOutputs(before: Outputs, after: Outputs): ReplayStep['outputs'] {
  const names = [...new Set([...Object.keys(before), ...Object.keys(after)])];
  return names.map((name) => {
    const [old, now] = [before[name]?.logical ?? null, after[name]?.logical ?? null];
    return { name, before: old, after: now, equal: old === now };
  });
}

/** Why a result that should be the same is not: the first of these that holds. */
function findCause(
  before: ReceiptTask,
  listed: ListedTask | undefined,
  definition: PinnedWorkflow,
  different: readonly string[],
): Pick<ReplayStep, 'because' | 'class' | 'upstream' | 'message'> {
  const upstream = findUpstream(before.path, definition, different);
  if (MAY_DIFFER.has(before.determinism)) {
    const message = `${before.module} is ${before.determinism}: what it gives may differ from one execution to the next`;
    return { because: 'determinism', class: before.determinism, ...(upstream === undefined ? {} : { upstream }), message };
  }
  if (upstream !== undefined) return { because: 'upstream', upstream, message: `${upstream}, which it reads, differs` };
  if (before.kind === 'workflow') {
    const inside = different.find((path) => path.startsWith(`${before.path}/`));
    if (inside !== undefined) return { because: 'upstream', upstream: inside, message: `${inside} inside of it differs` };
  }
  if (listed?.task.state !== 'succeeded') {
    const message = listed === undefined ? 'it is not part of the replay' : (listed.task.error?.message ?? `it is ${listed.task.state}`);
    return { because: 'failed', message };
  }
  // JSON has one text for one value.
  const isExact = Object.values(listed.task.outputs).some(({ exact, format }) => exact && format !== 'json');
  if (isExact) {
    const message = 'only its bytes could be compared, and these may differ though the content is the same (pickles of sets, for one)';
    return { because: 'bytes', message };
  }
  return { because: 'unexplained', message: `${before.module} says that its results are ${before.determinism}, and it gave another one` };
}

/** A task that the run did not have: its fan-out has other elements now. */
function toAdded({ path, task, step }: ListedTask): ReplayStep {
  return {
    step: path,
    ...toUse(step),
    state: { before: null, after: task.state },
    equal: false,
    outputs: compareOutputs({}, task.outputs),
    because: 'upstream',
    message: 'the run had no such task: what its fan-out runs over differs',
  };
}
