import { readFile, rm } from 'node:fs/promises';
import * as vscode from 'vscode';
import * as z from 'zod/mini';
import type { TestsDocument } from '../../../rde-agent/protocol/ciDocuments.ts';
import { CairnError, toCairnError } from '../../../rde-agent/protocol/errors.ts';
import type { UiContext } from '../context.ts';
import { carryOut, tellOne, type Batch } from './testRuns.ts';
import type { TestTree } from './testTree.ts';

/** Who debugs Python in this editor. */
const DEBUGGER = 'debugpy';

type Launch = NonNullable<TestsDocument['modules'][number]['launch']>;

const Debuggers = z.object({ contributes: z.object({ debuggers: z.array(z.object({ type: z.string() })) }) });

/** Whether somebody here debugs Python: it is not ours to bring. */
export function hasDebugger(): boolean {
  return vscode.extensions.all.some(({ packageJSON }) => {
    const { data } = Debuggers.safeParse(packageJSON);
    return data?.contributes.debuggers.some(({ type }) => type === DEBUGGER) === true;
  });
}

/** Carries out what a person asked of the test view, in a debugger: one module after another, each in the environment that it runs in. */
export async function debugTests(
  context: UiContext,
  controller: vscode.TestController,
  tree: TestTree,
  request: vscode.TestRunRequest,
  token: vscode.CancellationToken,
): Promise<void> {
  await carryOut(controller, tree, request, async (run, batches) => {
    for (const batch of batches) {
      if (token.isCancellationRequested) return;
      await debugBatch(context, tree, run, batch, token);
    }
  });
}

async function debugBatch(
  context: UiContext,
  tree: TestTree,
  run: vscode.TestRun,
  batch: Batch,
  token: vscode.CancellationToken,
): Promise<void> {
  for (const item of batch.items) run.started(item);
  try {
    const launch = await askLaunch(context, batch);
    try {
      await debug(batch, launch, run, token);
      tell(tree, run, batch, await readAnswers(launch.answers));
    } finally {
      await rm(launch.folder, { recursive: true, force: true });
    }
  } catch (thrown) {
    const { code, message, next } = toCairnError(thrown);
    context.log.error(`debugging tests of ${batch.module}: ${code}: ${message}`);
    for (const item of batch.items) run.errored(item, new vscode.TestMessage(`${message} (${code}) ${next}`));
  }
}

/** What is saved now is debugged. Rejects with what keeps the tests from being run. */
async function askLaunch({ link, saved }: UiContext, { root, module, tests }: Batch): Promise<Launch> {
  const documents = await saved.settle(root);
  const asked = { root, modules: [module], documents, launch: true, ...(tests === undefined ? {} : { tests: [...tests] }) };
  const [result] = (await link.request('workspace.test', asked)).modules;
  if (result?.launch === undefined) {
    const message = result?.message ?? vscode.l10n.t('{0} has no tests.', module);
    throw new CairnError('invalid-request', message, { next: vscode.l10n.t('Look at the tests of the module, and at its environment.') });
  }
  return result.launch;
}

/** Resolves when the session has ended. */
async function debug({ root, module }: Batch, launch: Launch, testRun: vscode.TestRun, token: vscode.CancellationToken): Promise<void> {
  const { python, pythonArgs, args, folder, variables } = launch;
  const configuration = {
    type: DEBUGGER,
    request: 'launch',
    name: vscode.l10n.t('Tests of {0}', module),
    python,
    pythonArgs,
    module: launch.module,
    args,
    cwd: folder,
    env: variables,
    console: 'internalConsole',
    subProcess: false,
    cairnTests: folder,
  };
  const ended = Promise.withResolvers<void>();
  const listening = [
    vscode.debug.onDidTerminateDebugSession((session) => isOurs(session, folder) && ended.resolve()),
    vscode.debug.onDidStartDebugSession((session) => {
      if (isOurs(session, folder)) token.onCancellationRequested(() => void vscode.debug.stopDebugging(session));
    }),
  ];
  try {
    const workspaceFolder = vscode.workspace.getWorkspaceFolder(vscode.Uri.file(root));
    if (!(await vscode.debug.startDebugging(workspaceFolder, configuration, { testRun })))
      throw new CairnError('not-supported', vscode.l10n.t('The debugger did not start the tests of {0}.', module), {
        next: vscode.l10n.t('Look into the debug console.'),
      });
    await ended.promise;
  } finally {
    for (const one of listening) one.dispose();
  }
}

function isOurs({ configuration }: vscode.DebugSession, folder: string): boolean {
  return configuration['cairnTests'] === folder;
}

const Ended = z.object({
  kind: z.literal('ended'),
  id: z.string(),
  state: z.enum(['passed', 'failed', 'skipped', 'error']),
  seconds: z.number(),
  message: z.optional(z.string()),
  traceback: z.optional(z.string()),
  failedAt: z.optional(z.object({ file: z.string(), line: z.int() })),
});

/** What came of the tests that have ended: a session may be stopped in the middle of one. */
async function readAnswers(file: string): Promise<readonly z.infer<typeof Ended>[]> {
  const text = await readFile(file, 'utf8').catch(() => ''); // it was stopped before the first test
  return text.split('\n').flatMap((line) => {
    const { data } = Ended.safeParse(parse(line));
    return data === undefined ? [] : [data];
  });
}

/** `undefined` = it was cut off in the middle. */
function parse(line: string): unknown {
  try {
    return JSON.parse(line);
  } catch {
    return undefined;
  }
}

/** Tests that have not ended are skipped: somebody has stopped them. */
function tell(tree: TestTree, run: vscode.TestRun, { root, module, items }: Batch, answers: readonly z.infer<typeof Ended>[]): void {
  const told = new Set<vscode.TestItem>();
  for (const test of answers) {
    const item = tree.find(root, module, test.id);
    if (item === undefined) continue;
    told.add(item);
    tellOne(run, item, root, test);
  }
  for (const item of items) if (!told.has(item)) run.skipped(item);
}
