import assert from 'node:assert/strict';
import { mkdirSync, readFileSync, realpathSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { CairnProcess, runCairn } from '../support/cli.ts';
import { createTempFolder, removeFolder } from '../support/tempFolder.ts';
import { waitFor } from '../support/waitFor.ts';

const finished = /^\[\d\d:\d\d:\d\d\] Build finished: (.*)$/m;

describe('agent/watchBuild', function () {
  this.timeout(60_000);
  let folder: string;
  let root: string;
  let stateFolder: string;

  before(async () => {
    folder = realpathSync(createTempFolder({}));
    stateFolder = join(folder, 'state');
    root = join(folder, 'inside/watched');
    mkdirSync(root, { recursive: true });
    await runCairn(['init'], { cwd: root, stateFolder });
  });

  after(async () => {
    await runCairn(['agent', 'stop'], { cwd: root, stateFolder });
    removeFolder(folder);
  });

  function edit(file: string, before: string, after: string): void {
    const path = join(root, file);
    const text = readFileSync(path, 'utf8');
    assert.ok(text.includes(before), `${before} is not in ${file}`);
    writeFileSync(path, text.replace(before, after));
  }

  it('frames every round, puts what is wrong between with its exact range, and goes on', async () => {
    const watching = new CairnProcess(['build', '--watch', '--no-environments', '--workspace', root], { cwd: folder, stateFolder });
    let seen = 0;
    const round = async (what: string, isWanted: (text: string) => boolean): Promise<string> => {
      const text = await waitFor(what, () => {
        const rest = watching.out.slice(seen);
        return finished.test(rest) && isWanted(rest) && rest;
      });
      seen = watching.out.length;
      return text;
    };
    assert.match(
      await round('the first round', () => true),
      /^\[\d\d:\d\d:\d\d\] Build started\n[^]*watched\/squares +built[^]*: 0 errors, 0 warnings\n$/,
    );
    edit('workflows/first.workflow.yaml', 'watched/squares', 'watched/squarez');
    const broken = await round('the error', (text) => text.includes('unknown-module'));
    assert.match(broken, /^inside\/watched\/workflows\/first\.workflow\.yaml:5:13-28: error: .* \[unknown-module\]$/m);
    assert.match(broken, /finished: 1 error, 0 warnings\n$/);
    edit('workflows/first.workflow.yaml', 'watched/squarez', 'watched/squares');
    await round('its end', (text) => text.includes('finished: 0 errors'));
    edit('modules/watched/squares/squares.py', 'def ', 'import os\n\ndef ');
    assert.match(await round('the rebuild', (text) => text.includes('built')), /watched\/squares +built/);
    watching.child.kill('SIGINT');
    assert.equal((await watching.ended).code, 130);
  });

  it('writes a document a line for machines, also of a round that failed', async () => {
    const watching = new CairnProcess(['build', '--watch', '--no-environments', '--json'], { cwd: root, stateFolder });
    await waitFor('the first build', () => watching.out.includes('\n') && watching.err.includes('Watching'));
    edit('modules/watched/squares/module.yaml', 'kind: data', 'kind: dato');
    const line = await waitFor('the failure', () => watching.out.trimEnd().split('\n')[1]);
    const failed = JSON.parse(line) as {
      readonly error: { readonly code: string };
      readonly diagnostics: readonly { readonly file: string }[];
    };
    assert.equal(failed.error.code, 'check-failed');
    assert.equal(failed.diagnostics[0]?.file, 'modules/watched/squares/module.yaml');
    edit('modules/watched/squares/module.yaml', 'kind: dato', 'kind: data');
    watching.child.kill('SIGINT');
    await watching.ended;
  });

  it('fails as ever when what it is asked to build is not there', async () => {
    const { code, err } = await runCairn(['build', 'watched/nothing', '--watch'], { cwd: root, stateFolder });
    assert.equal(code, 2, err);
    assert.match(err, /^unknown-module/);
  });
});
