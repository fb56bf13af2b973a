import assert from 'node:assert/strict';
import { rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { FLIGHTS } from '../../../support/editorWorkspace.ts';
import { LanguageClient, ourServer } from '../../../support/languageClient.ts';
import { readPseudoWords } from '../../../support/pseudoLanguage.ts';
import { SmallWorkspace } from '../../../support/smallWorkspace.ts';

const FLOW = 'workflows/train.workflow.yaml';
const TEXT = FLIGHTS[FLOW] ?? '';
const CODE = 'modules/flights/clean/clean.py';

/** Line and character (from 0) of a word. */
function at(word: string, text = TEXT): { line: number; character: number } {
  const before = text.slice(0, text.indexOf(word) + 1).split('\n');
  return { line: before.length - 1, character: (before.at(-1)?.length ?? 1) - 1 };
}

describe('the language server over stdio', function () {
  this.timeout(60_000);
  let workspace: SmallWorkspace;
  let client: LanguageClient;

  beforeEach(async () => {
    workspace = new SmallWorkspace(FLIGHTS);
    client = await LanguageClient.start(workspace.root);
    await client.open(FLOW, TEXT);
    await client.until(FLOW, ({ version }) => version === 1);
  });

  afterEach(async () => {
    await client[Symbol.asyncDispose]();
    workspace.dispose();
  });

  const codesOf = (path: string) => client.told(path)?.diagnostics.map(({ code }) => code);

  it('tells what is wrong in the text that is typed, for its version, and takes it back', async () => {
    assert.deepEqual(codesOf(FLOW), []);
    const start = at('flights/clean');
    const version = await client.change(FLOW, 'flights/cleen', { start, end: { ...start, character: start.character + 13 } });
    await client.until(FLOW, (told) => told.version === version && told.diagnostics.some(({ code }) => code === 'unknown-module'));
    const mended = await client.change(FLOW, TEXT);
    await client.until(FLOW, (told) => told.version === mended && told.diagnostics.length === 0);
  });

  it('offers the repair of what it found', async () => {
    await client.change(FLOW, TEXT.replace('flights/clean', 'flights/cleen'));
    await client.until(FLOW, ({ diagnostics }) => diagnostics.length > 0);
    const start = at('flights/clean');
    const actions = await client.request<{ title: string; edit: { changes: { [uri: string]: { newText: string }[] } } }[]>(
      'textDocument/codeAction',
      {
        textDocument: { uri: client.uri(FLOW) },
        range: { start, end: start },
        context: { diagnostics: [] },
      },
    );
    assert.deepEqual(
      actions.map(({ edit }) => edit.changes[client.uri(FLOW)]?.[0]?.newText),
      ['flights/clean'],
    );
  });

  it('says all of it in the words of the client, and keeps codes and places', async () => {
    const words = readPseudoWords('l10n/bundle.l10n.json');
    await using other = await LanguageClient.start(workspace.root, { ...ourServer, initializationOptions: { words } });
    const text = TEXT.replace('flights/clean', 'flights/cleen');
    await other.open(FLOW, text);
    const { diagnostics } = await other.until(FLOW, (told) => told.diagnostics.length > 0);
    const [found] = diagnostics;
    assert.ok(found);
    assert.equal(found.code, 'unknown-module');
    assert.equal(found.message, '«There is no «module» `flights/cleen`«: did you mean `flights/clean`?»»');
    const document = { textDocument: { uri: other.uri(FLOW) } };
    const actions = await other.request<{ title: string }[]>('textDocument/codeAction', {
      ...document,
      range: found.range,
      context: { diagnostics: [] },
    });
    assert.deepEqual(
      actions.map(({ title }) => title),
      ['«Change to `flights/clean`»'],
    );
    const lenses = await other.request<{ command: { title: string } }[]>('textDocument/codeLens', document);
    assert.ok(lenses.length > 2 && lenses.every(({ command }) => /^«.*»$/.test(command.title)), JSON.stringify(lenses));
    const hover = await other.request<{ contents: { value: string } }>('textDocument/hover', {
      ...document,
      position: at('flights/pick', text),
    });
    assert.match(hover.contents.value, /«Used by «1 workflow», in «1 step»\.»/);
    const key = await other.request<{ contents: { value: string } }>('textDocument/hover', { ...document, position: at('foreach', text) });
    assert.match(key.contents.value, /^«.*»$/);
  });

  it('takes words that are none for no words', async () => {
    for (const words of ['x', { 'There is no step `{0}`{1}': 5 }]) {
      await using other = await LanguageClient.start(workspace.root, { ...ourServer, initializationOptions: { words } });
      await other.open(FLOW, TEXT.replace('flights/clean', 'flights/cleen'));
      const { diagnostics } = await other.until(FLOW, (told) => told.diagnostics.length > 0);
      assert.match(diagnostics[0]?.message ?? '', /^There is no module/);
    }
  });

  it('tells of files that are not open, from what is typed in others', async () => {
    const code = FLIGHTS[CODE] ?? '';
    await client.open(CODE, code);
    await client.change(CODE, code.replace('limit: int = 7', 'limit: int = 8'));
    await client.until(CODE, ({ diagnostics }) => diagnostics.some((one) => one.code === 'signature-drift'));
  });

  it('follows files as they change on disk, also new ones and lost ones', async () => {
    const tell = (path: string, type: number) =>
      client.connection.sendNotification('workspace/didChangeWatchedFiles', {
        changes: [{ uri: pathToFileURL(join(workspace.root, path)).href, type }],
      });
    rmSync(join(workspace.root, 'modules/flights/pick'), { recursive: true });
    await tell('modules/flights/pick', 3);
    await client.until(FLOW, ({ diagnostics }) => diagnostics.some(({ code }) => code === 'unknown-module'));
    workspace.write(Object.fromEntries(Object.entries(FLIGHTS).filter(([path]) => path.startsWith('modules/flights/pick'))));
    await tell('modules/flights/pick', 1);
    await client.until(FLOW, ({ diagnostics }) => diagnostics.length === 0);
    writeFileSync(join(workspace.root, '.cairnignore'), 'modules/flights/train\n');
    await tell('.cairnignore', 1);
    await client.until(FLOW, ({ diagnostics }) => diagnostics.some(({ code }) => code === 'unknown-module'));
  });

  it('answers requests for places with URIs and positions from 0', async () => {
    const [link] = await client.request<{ targetUri: string; targetRange: unknown }[]>('textDocument/definition', {
      textDocument: { uri: client.uri(FLOW) },
      position: at('flights/clean'),
    });
    assert.equal(link?.targetUri, client.uri(CODE));
    assert.deepEqual(link?.targetRange, { start: { line: 0, character: 4 }, end: { line: 0, character: 9 } });
    const items = await client.request<{ label: string }[]>('textDocument/completion', {
      textDocument: { uri: client.uri(FLOW) },
      position: at('flights/clean'),
    });
    assert.ok(items.some(({ label }) => label === 'flights/train'));
    const lenses = await client.request<{ command: { command: string } }[]>('textDocument/codeLens', {
      textDocument: { uri: client.uri(FLOW) },
    });
    assert.deepEqual(
      lenses.map(({ command }) => command.command),
      ['cairn.run', 'cairn.plan', 'cairn.showGraph', 'cairn.showSchedules'],
    );
  });

  it('renames across files, and refuses with a sentence', async () => {
    const request = { textDocument: { uri: client.uri(FLOW) }, position: at('train:') };
    const edit = await client.request<{ changes: object }>('textDocument/rename', { ...request, newName: 'fit' });
    assert.deepEqual(Object.keys(edit.changes), [client.uri(FLOW)]);
    await assert.rejects(client.request('textDocument/rename', { ...request, newName: 'clean' }), /is a step there already/);
  });

  it('leaves files alone that are in no workspace', async () => {
    rmSync(join(workspace.root, 'cairn.yaml'));
    assert.equal(
      await client.request('textDocument/hover', { textDocument: { uri: client.uri(FLOW) }, position: at('flights/clean') }),
      null,
    );
  });
});
