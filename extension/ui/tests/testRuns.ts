import { join } from 'node:path';
import * as vscode from 'vscode';
import type { TestCase, TestsDocument } from '../../../rde-agent/protocol/ciDocuments.ts';
import { toCairnError } from '../../../rde-agent/protocol/errors.ts';
import { toSignal } from '../../platform/abortSignals.ts';
import type { UiContext } from '../context.ts';
import type { TestTree } from './testTree.ts';

/** What of one module is asked for. `tests` absent = all of it. */
export interface Batch {
  readonly root: string;
  readonly module: string;
  readonly items: readonly vscode.TestItem[];
  readonly tests: readonly string[] | undefined;
}

type TestResult = Pick<TestCase, 'state' | 'seconds' | 'message' | 'traceback' | 'failedAt'>;

/** modules whose tests are asked for at the same time: results of one are shown while others run */
const AT_ONCE = 2;

/** Carries out what a person asked of the test view. Cancelling ends the tests, not only the waiting. */
export async function runTests(
  context: UiContext,
  controller: vscode.TestController,
  tree: TestTree,
  request: vscode.TestRunRequest,
  token: vscode.CancellationToken,
): Promise<void> {
  await carryOut(controller, tree, request, async (run, batches) => {
    const waiting = [...batches];
    const signal = toSignal(token);
    for (const { items } of waiting) for (const item of items) run.enqueued(item);
    const work = async (): Promise<void> => {
      for (let batch = waiting.shift(); batch !== undefined && !signal.aborted; batch = waiting.shift())
        await runBatch(context, tree, run, batch, signal);
    };
    await Promise.all(Array.from({ length: AT_ONCE }, work));
  });
}

/** Does with each module what a person asked, in one run of the test view, which ends with it. */
export async function carryOut(
  controller: vscode.TestController,
  tree: TestTree,
  request: vscode.TestRunRequest,
  work: (run: vscode.TestRun, batches: readonly Batch[]) => Promise<void>,
): Promise<void> {
  const run = controller.createTestRun(request);
  try {
    await work(run, toBatches(tree, ...toChosen(controller, request)));
  } finally {
    run.end();
  }
}

/** What a person has chosen, and what of it is left out. */
function toChosen(
  controller: vscode.TestController,
  request: vscode.TestRunRequest,
): [chosen: readonly vscode.TestItem[], excluded: ReadonlySet<vscode.TestItem>] {
  const excluded = new Set(request.exclude ?? []);
  const chosen = request.include ?? [...controller.items].map(([, item]) => item);
  return [chosen.filter((item) => !excluded.has(item)), excluded];
}

function toBatches(tree: TestTree, chosen: readonly vscode.TestItem[], excluded: ReadonlySet<vscode.TestItem>): readonly Batch[] {
  const batches = new Map<string, { root: string; module: string; items: vscode.TestItem[]; tests: string[] | undefined }>();
  for (const item of chosen) {
    const node = tree.nodeOf(item);
    if (node === undefined) continue;
    const key = `${node.root}#${node.module}`;
    const batch = batches.get(key) ?? { root: node.root, module: node.module, items: [], tests: [] };
    batches.set(key, batch);
    const leaves = toLeaves(item).filter((leaf) => !isBelow(leaf, excluded));
    batch.items.push(...leaves);
    const isWhole = node.test === undefined && leaves.length === toLeaves(item).length;
    if (isWhole) batch.tests = undefined;
    else batch.tests?.push(...leaves.flatMap((leaf) => tree.nodeOf(leaf)?.test ?? []));
  }
  return [...batches.values()];
}

function isBelow(item: vscode.TestItem, excluded: ReadonlySet<vscode.TestItem>): boolean {
  for (let at: vscode.TestItem | undefined = item; at !== undefined; at = at.parent) if (excluded.has(at)) return true;
  return false;
}

/** The tests themselves; a module that could not be looked into stands for its own. */
function toLeaves(item: vscode.TestItem): readonly vscode.TestItem[] {
  const children = [...item.children].map(([, child]) => child);
  return children.length === 0 ? [item] : children.flatMap((child) => toLeaves(child));
}

async function runBatch(context: UiContext, tree: TestTree, run: vscode.TestRun, batch: Batch, signal: AbortSignal): Promise<void> {
  const { root, module, items, tests } = batch;
  for (const item of items) run.started(item);
  try {
    const documents = await context.saved.settle(root);
    const asked = { root, modules: [module], documents, ...(tests === undefined ? {} : { tests: [...tests] }) };
    const document = await context.link.request('workspace.test', asked, signal);
    if (tests === undefined) tree.update(root, document);
    tell(tree, run, batch, document);
  } catch (thrown) {
    const error = toCairnError(thrown);
    if (error.code === 'cancelled' || signal.aborted) return;
    context.log.error(`tests of ${module}: ${error.code}: ${error.message}`);
    const message = new vscode.TestMessage(`${error.message} (${error.code}) ${error.next}`);
    for (const item of items) run.errored(item, message);
  }
}

function tell(tree: TestTree, run: vscode.TestRun, { root, module, items }: Batch, document: TestsDocument): void {
  const told = new Set<vscode.TestItem>();
  for (const test of document.tests) {
    const item = tree.find(root, module, test.id);
    if (item === undefined) continue;
    told.add(item);
    tellOne(run, item, root, test);
  }
  const [result] = document.modules;
  if (result !== undefined && result.output !== '') run.appendOutput(toTerminalText(result.output));
  const message = new vscode.TestMessage(result?.message ?? vscode.l10n.t('The test was not found any more.'));
  for (const item of items) if (!told.has(item)) run.errored(item, message);
}

/** Shows what came of one test. */
export function tellOne(run: vscode.TestRun, item: vscode.TestItem, root: string, test: TestResult): void {
  const milliseconds = test.seconds * 1000;
  switch (test.state) {
    case 'passed':
      return run.passed(item, milliseconds);
    case 'skipped':
      return run.skipped(item);
    case 'failed':
      return run.failed(item, toMessage(item, root, test), milliseconds);
    case 'error':
      return run.errored(item, toMessage(item, root, test), milliseconds);
    case 'found':
      return;
  }
}

/** At the line that failed, else at the test. */
function toMessage(item: vscode.TestItem, root: string, { message, traceback, failedAt }: TestResult): vscode.TestMessage {
  const text = [message, traceback].filter((part) => part !== undefined && part !== '').join('\n\n');
  const shown = new vscode.TestMessage(text === '' ? vscode.l10n.t('The test failed.') : text);
  if (failedAt !== undefined) {
    const place = new vscode.Position(failedAt.line - 1, 0);
    shown.location = new vscode.Location(vscode.Uri.file(join(root, failedAt.file)), place);
  } else if (item.uri !== undefined && item.range !== undefined) shown.location = new vscode.Location(item.uri, item.range);
  return shown;
}

function toTerminalText(text: string): string {
  return `${text.trimEnd()}\n`.replaceAll(/\r?\n/g, '\r\n');
}
