import assert from 'node:assert/strict';
import path from 'node:path';
import * as vscode from 'vscode';

const DEADLINE = 20_000;
const FLOW = 'workflows/nightly.workflow.yaml';
const CODE = 'modules/demo/double/main.py';

function toUri(file: string): vscode.Uri {
  return vscode.Uri.file(path.join(vscode.workspace.workspaceFolders?.[0]?.uri.fsPath ?? '', file));
}

/** Asks until the answer is as wanted: the server starts with the first document that is shown. */
async function until<T>(ask: () => Thenable<T>, isWanted: (answer: T) => boolean): Promise<T> {
  const deadline = Date.now() + DEADLINE;
  for (;;) {
    const answer = await ask();
    if (isWanted(answer)) return answer;
    if (Date.now() > deadline) throw new Error(`answered ${JSON.stringify(answer)?.slice(0, 600)}`);
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

function at(document: vscode.TextDocument, word: string): vscode.Position {
  const offset = document.getText().indexOf(word);
  assert.ok(offset >= 0, word);
  return document.positionAt(offset + 1);
}

describe('the language in the editor', () => {
  let document: vscode.TextDocument;

  before(async () => {
    document = await vscode.workspace.openTextDocument(toUri(FLOW));
    await vscode.window.showTextDocument(document);
  });

  const ask = <T>(command: string, ...rest: unknown[]): Thenable<T> => vscode.commands.executeCommand<T>(command, document.uri, ...rest);

  it('has ids of its own', async () => {
    assert.equal(document.languageId, 'cairn-workflow');
    assert.equal((await vscode.workspace.openTextDocument(toUri('modules/demo/double/module.yaml'))).languageId, 'cairn-module');
    assert.equal((await vscode.workspace.openTextDocument(toUri('cairn.yaml'))).languageId, 'cairn-definition');
  });

  it('completes modules and references', async () => {
    const list = await until(
      () => ask<vscode.CompletionList>('vscode.executeCompletionItemProvider', at(document, 'demo/double')),
      ({ items }) => items.some(({ label }) => label === 'demo/numbers'),
    );
    assert.ok(list.items.some(({ label }) => label === 'demo/double@latest'));
    const references = await ask<vscode.CompletionList>('vscode.executeCompletionItemProvider', at(document, 'numbers.out'));
    assert.ok(references.items.some(({ label }) => label === 'numbers.out'));
  });

  it('goes from a step to its function, and from the function to the workflows', async () => {
    const links = await until(
      () => ask<vscode.LocationLink[]>('vscode.executeDefinitionProvider', at(document, 'demo/double')),
      (found) => found.length > 0,
    );
    assert.equal(links[0]?.targetUri.fsPath, toUri(CODE).fsPath);
    const code = await vscode.workspace.openTextDocument(toUri(CODE));
    const uses = await vscode.commands.executeCommand<vscode.Location[]>('vscode.executeReferenceProvider', code.uri, at(code, 'run('));
    assert.ok(
      uses.some(({ uri }) => uri.fsPath === document.uri.fsPath),
      JSON.stringify(uses),
    );
  });

  it('shows contracts and fire times under the mouse', async () => {
    const toText = (hovers: vscode.Hover[]): string =>
      hovers.flatMap(({ contents }) => contents.map((one) => (typeof one === 'string' ? one : one.value))).join('\n');
    assert.match(toText(await ask<vscode.Hover[]>('vscode.executeHoverProvider', at(document, 'demo/double'))), /param factor: int = 2/);
    assert.equal((toText(await ask<vscode.Hover[]>('vscode.executeHoverProvider', at(document, '0 3'))).match(/^- /gm) ?? []).length, 5);
  });

  it('has lenses whose commands are there', async () => {
    const known = new Set(await vscode.commands.getCommands(true));
    const code = await vscode.workspace.openTextDocument(toUri(CODE));
    for (const uri of [document.uri, code.uri]) {
      const lenses = await vscode.commands.executeCommand<vscode.CodeLens[]>('vscode.executeCodeLensProvider', uri, 20);
      const ours = lenses.flatMap(({ command }) => (command?.command.startsWith('cairn.') === true ? [command.command] : []));
      assert.ok(ours.length >= 3, JSON.stringify(ours));
      assert.deepEqual(
        ours.filter((command) => !known.has(command)),
        [],
      );
    }
  });

  it('tells what names are, outlines and folds', async () => {
    const tokens = await ask<vscode.SemanticTokens>('vscode.provideDocumentSemanticTokens');
    assert.ok(tokens.data.length >= 5 * 8, `${tokens.data.length}`);
    const symbols = await ask<vscode.DocumentSymbol[]>('vscode.executeDocumentSymbolProvider');
    const steps = symbols.find(({ name }) => name === 'steps')?.children.map(({ name }) => name);
    assert.deepEqual(steps, ['numbers', 'double']);
    const folds = await ask<vscode.FoldingRange[]>('vscode.executeFoldingRangeProvider');
    assert.ok(folds.length >= 3);
  });

  it('renames a parameter in the contract, the code and every workflow', async () => {
    const module = await vscode.workspace.openTextDocument(toUri('modules/demo/double/module.yaml'));
    const edit = await vscode.commands.executeCommand<vscode.WorkspaceEdit>(
      'vscode.executeDocumentRenameProvider',
      module.uri,
      at(module, 'factor'),
      'times',
    );
    const files = edit.entries().map(([uri]) => path.basename(uri.fsPath));
    assert.deepEqual(files.toSorted(), ['main.py', 'module.yaml', 'nightly.workflow.yaml']);
    await assert.rejects(
      Promise.resolve(
        vscode.commands.executeCommand('vscode.executeDocumentRenameProvider', document.uri, at(document, 'numbers:'), 'double'),
      ),
      /is a step there already/,
    );
  });
});
