import assert from 'node:assert/strict';
import path from 'node:path';
import * as vscode from 'vscode';

const DEADLINE = 20_000;

function toUri(file: string): vscode.Uri {
  const root = vscode.workspace.workspaceFolders?.[0]?.uri.fsPath ?? '';
  return vscode.Uri.file(path.join(root, file));
}

/** Waits for the findings of a file to be as wanted; fails with what they are. */
async function findings(
  uri: vscode.Uri,
  isWanted: (found: readonly vscode.Diagnostic[]) => boolean,
): Promise<readonly vscode.Diagnostic[]> {
  const deadline = Date.now() + DEADLINE;
  for (;;) {
    const found = vscode.languages.getDiagnostics(uri).filter((diagnostic) => diagnostic.source === 'cairn');
    if (isWanted(found)) return found;
    if (Date.now() > deadline) throw new Error(`found ${JSON.stringify(found.map(({ code, message }) => [code, message]))}`);
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

async function replace(document: vscode.TextDocument, before: string, after: string): Promise<void> {
  const at = document.getText().indexOf(before);
  assert.ok(at >= 0, `${before} is not in the document`);
  const edit = new vscode.WorkspaceEdit();
  edit.replace(document.uri, new vscode.Range(document.positionAt(at), document.positionAt(at + before.length)), after);
  assert.ok(await vscode.workspace.applyEdit(edit));
}

describe('what is wrong in a workflow', () => {
  let document: vscode.TextDocument;

  before(async () => {
    document = await vscode.workspace.openTextDocument(toUri('workflows/flow.workflow.yaml'));
    await vscode.window.showTextDocument(document);
  });

  it('is marked as one types, before anything is saved', async () => {
    await findings(document.uri, (found) => found.length === 0);
    await replace(document, 'demo/numbers', 'demo/numberz');
    const [found] = await findings(document.uri, (all) => all.some((one) => one.code === 'unknown-module'));
    assert.equal(found?.severity, vscode.DiagnosticSeverity.Error);
    assert.equal(document.getText(found.range), 'demo/numberz');
    assert.equal(document.isDirty, true);
  });

  it('is repaired by the quick fix, and the mark vanishes', async () => {
    const [found] = await findings(document.uri, (all) => all.length > 0);
    assert.ok(found);
    const actions = await vscode.commands.executeCommand<vscode.CodeAction[]>(
      'vscode.executeCodeActionProvider',
      document.uri,
      found.range,
      'quickfix',
    );
    const fix = actions.find((action) => action.edit !== undefined && action.isPreferred);
    assert.ok(fix?.edit, JSON.stringify(actions.map((action) => action.title)));
    assert.ok(await vscode.workspace.applyEdit(fix.edit));
    assert.match(document.getText(), /module: demo\/numbers$/m);
    await findings(document.uri, (all) => all.length === 0);
  });

  it('stays marked when it is saved, and goes when the mended file is saved', async () => {
    await replace(document, 'demo/numbers', 'demo/nothing');
    await findings(document.uri, (all) => all.some((one) => one.code === 'unknown-module'));
    await document.save();
    await findings(document.uri, (all) => all.some((one) => one.code === 'unknown-module'));
    await replace(document, 'demo/nothing', 'demo/numbers');
    await document.save();
    await findings(document.uri, (all) => all.length === 0);
  });

  it('is marked in the Python file too when its signature drifts', async () => {
    const code = await vscode.workspace.openTextDocument(toUri('modules/demo/numbers/main.py'));
    await vscode.window.showTextDocument(code);
    await replace(code, 'def run():', 'def run(unheard):');
    await findings(code.uri, (all) => all.some((one) => one.code === 'signature-drift'));
    await replace(code, 'def run(unheard):', 'def run():');
    await findings(code.uri, (all) => all.length === 0);
    await vscode.commands.executeCommand('workbench.action.revertAndCloseActiveEditor');
  });
});
