import { resolve } from 'node:path';
import type { AgentClient } from '../../client/agentClient.ts';
import { newKey } from '../../client/newKey.ts';
import type { ReceiptDocument, ReplayDocument, ReplayStep } from '../../protocol/comparisons.ts';
import { toRunUri } from '../../protocol/wire.ts';
import { NO_RUN, reduceRun, type RunView } from '../../protocol/runView.ts';
import type { Recorded, RunEvent } from '../../protocol/runEvents.ts';
import type { CommandContext } from '../commandContext.ts';
import { toCount, toSize } from '../numbers.ts';
import { toTable } from '../table.ts';
import type { Style } from '../terminal.ts';

/** What it takes to repeat a run; with `out` it is written there. */
export async function receipt(context: CommandContext, run: string, options: { out?: string }): Promise<number> {
  const agent = await context.agent();
  const document =
    options.out === undefined
      ? await agent.request('run.receipt', { run }, context.interrupted)
      : await agent.request('run.export', { run, folder: resolve(context.folder, options.out) }, context.interrupted);
  context.answer(document, () => toReceiptText(document));
  return document.missing.length === 0 ? 0 : 1;
}

function toReceiptText({ run, digest, blobs, bytes, missing, folder }: ReceiptDocument): string {
  const written = folder === undefined ? '' : `written to ${folder}; elsewhere: cairn replay ${run} --from FOLDER\n`;
  return `receipt of ${run}: ${digest}\n${toCount(blobs, 'blob')}, ${toSize(bytes)}\n${written}${toMissingText(missing)}`;
}

export interface ReplayOptions {
  readonly from?: string;
}

/** Runs a run again from its receipt, everything pinned and nothing reused, and tells what came out equal. Exit 0 equal, 1 not. */
export async function replay(context: CommandContext, target: string, options: ReplayOptions): Promise<number> {
  const agent = await context.agent();
  context.progress.show('making sure that everything is here');
  const request = { ...toTarget(context, target, options), key: newKey() };
  const begun = await agent.request('run.replay', request, context.interrupted);
  if (begun.run !== null && !(await waitForEnd(context, agent, begun.run))) {
    context.note(`The replay goes on. Compare it when it has ended: cairn replay ${begun.of}`);
    return 130;
  }
  const document = begun.run === null ? begun : await agent.request('run.replayed', { run: begun.run });
  context.answer(document, () => toReplayText(context, document));
  return document.equal === true ? 0 : 1;
}

const RUN_ID = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

/** A run, or the folder of its receipt. */
function toTarget(context: CommandContext, target: string, { from }: ReplayOptions): { readonly run?: string; readonly folder?: string } {
  const folder = from === undefined ? {} : { folder: resolve(context.folder, from) };
  if (RUN_ID.test(target)) return { run: target, ...folder };
  return from === undefined ? { folder: resolve(context.folder, target) } : { run: target, ...folder };
}

/** False = Ctrl-C; the replay goes on. */
function waitForEnd(context: CommandContext, agent: AgentClient, run: string): Promise<boolean> {
  return new Promise((settle, reject) => {
    const onAbort = (): void => finish(() => settle(false));
    const finish = (act: () => void): void => {
      context.interrupted.removeEventListener('abort', onAbort);
      // Not from within the call of the subscription itself, which has not returned yet.
      queueMicrotask(() => following.dispose());
      act();
    };
    const following = agent.subscribe<RunView, Recorded<RunEvent>>({
      uri: toRunUri(run),
      reduce: reduceRun,
      from: { state: NO_RUN, seq: 0 },
      onDidChange: (view, { durable, seq }) => {
        const ended = Object.values(view.tasks).filter((task) => task.finished !== null).length;
        context.progress.show(`replaying: ${ended} of ${view.order.length} tasks`);
        if (view.finished !== null && durable >= seq) finish(() => settle(true));
      },
      onDidFail: (error) => finish(() => reject(error)),
    });
    if (context.interrupted.aborted) return onAbort();
    context.interrupted.addEventListener('abort', onAbort, { once: true });
  });
}

function toReplayText(context: CommandContext, document: ReplayDocument): string {
  const { run, of, workflow, steps, equal, missing } = document;
  if (run === null) return `${of} cannot be repeated here:\n${toMissingText(missing)}`;
  const rows = steps.map((step) => {
    const [style, text] = toVerdict(step);
    return [step.step, step.module ?? step.dataset ?? step.workflow ?? '', context.paint(style, text), step.message ?? ''];
  });
  const compared = steps.filter((step) => step.equal !== null);
  const same = compared.filter((step) => step.equal === true).length;
  const verdict = equal === true ? context.paint('green', 'equal') : context.paint('red', 'different');
  return `${toTable([['STEP', 'USES', 'RESULT', 'WHY'], ...rows])}${workflow}: ${verdict}, ${String(same)} of ${toCount(compared.length, 'result')} as in ${of}; the replay is ${run}\n`;
}

function toVerdict({ equal, pinned, because, state }: ReplayStep): readonly [Style, string] {
  if (equal === null) return ['dim', state.after ?? 'not run'];
  if (equal) return ['green', pinned === true ? 'pinned' : 'equal'];
  return because === 'determinism' ? ['yellow', 'differs as declared'] : ['red', because === 'failed' ? 'failed' : 'different'];
}

function toMissingText(missing: ReplayDocument['missing']): string {
  return missing
    .map(({ kind, name, step, message }) => `missing ${kind} ${name}${step === undefined ? '' : ` (for ${step})`}: ${message}\n`)
    .join('');
}
