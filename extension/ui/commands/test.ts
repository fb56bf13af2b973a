import { join } from 'node:path';
import * as vscode from 'vscode';
import type { TestCase, TestsDocument } from '../../../rde-agent/protocol/ciDocuments.ts';
import type { UiContext } from '../context.ts';
import { toPlainText } from '../logText.ts';
import { withProgress } from '../progress.ts';
import { toModuleArgument, toWorkspaceTarget } from './targets.ts';

/** Runs the tests of the module at hand, else all of the workspace. */
export async function testModules(context: UiContext, argument: unknown): Promise<void> {
  const target = await toWorkspaceTarget(context, argument);
  const { root } = target;
  await context.saved.settle(root);
  const module = toModuleArgument(target, argument);
  const title = module === undefined ? vscode.l10n.t('Cairn: testing') : vscode.l10n.t('Cairn: testing {0}', module);
  const params = { root, modules: module === undefined ? [] : [module] };
  const done = await withProgress(title, (signal) => context.link.request('workspace.test', params, signal));
  await tell(context, root, done);
}

/** One message; of a failure, with the way to its line. */
async function tell({ log }: UiContext, root: string, done: TestsDocument): Promise<void> {
  const failed = done.tests.find(({ state }) => state === 'failed' || state === 'error');
  const broken = done.modules.find(({ state }) => state === 'error');
  if (failed !== undefined) return tellFailure(root, done, failed);
  if (broken !== undefined) {
    const showLog = vscode.l10n.t('Show Log');
    log.error(toPlainText(broken.output));
    const text = vscode.l10n.t('The tests of {0} cannot be run: {1}', broken.module, toPlainText(broken.message ?? ''));
    if ((await vscode.window.showErrorMessage(text, showLog)) === showLog) log.show();
    return;
  }
  const { passed, skipped } = done;
  const text =
    passed + skipped === 0
      ? vscode.l10n.t('There are no tests: name their folder by “tests:” in module.yaml.')
      : vscode.l10n.t('{0} tests passed, {1} skipped.', passed, skipped);
  void vscode.window.showInformationMessage(text);
}

async function tellFailure(root: string, { failed, passed }: TestsDocument, test: TestCase): Promise<void> {
  const [first = ''] = (test.message ?? '').split('\n', 1);
  const text = vscode.l10n.t('{0} of {1} tests failed. {2}: {3}', failed, failed + passed, test.name, toPlainText(first));
  const show = vscode.l10n.t('Show Line');
  if ((await vscode.window.showErrorMessage(text, show)) !== show) return;
  const place = test.failedAt ?? { file: test.file, line: test.line };
  const at = new vscode.Position(Math.max(0, place.line - 1), 0);
  await vscode.window.showTextDocument(vscode.Uri.file(join(root, place.file)), { selection: new vscode.Range(at, at) });
}
