import assert from 'node:assert/strict';
import { chmodSync, existsSync, mkdirSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { TestAgent } from '../support/agent.ts';
import { runCairn } from '../support/cli.ts';
import { createTempFolder, removeFolder } from '../support/tempFolder.ts';

const PROGRAMS = join(import.meta.dirname, '../../dist/agent');

describe('the start of our programs', () => {
  it('keeps what was compiled in the state folder, for the next one', async () => {
    const agent = await TestAgent.start();
    try {
      await agent.end('SIGTERM');
      const kept = readdirSync(join(agent.stateFolder, 'compiled'), { recursive: true, withFileTypes: true });
      assert.ok(kept.some((entry) => entry.isFile()));
      await agent.start();
    } finally {
      await agent.dispose();
    }
  });

  it('makes no state folder where there is none', async () => {
    const folder = createTempFolder();
    const stateFolder = join(folder, 'state');
    assert.equal((await runCairn(['--version'], { cwd: folder, stateFolder })).code, 0);
    assert.ok(!existsSync(stateFolder));
    removeFolder(folder);
  });

  it('keeps nothing where others can write: it would be run', async () => {
    const folder = createTempFolder();
    const stateFolder = join(folder, 'state');
    mkdirSync(stateFolder);
    for (const [mode, isKept] of [
      [0o777, false],
      [0o770, false],
      [0o700, true],
    ] as const) {
      chmodSync(stateFolder, mode);
      assert.equal((await runCairn(['--version'], { cwd: folder, stateFolder })).code, 0);
      assert.equal(existsSync(join(stateFolder, 'compiled')), isKept);
    }
    removeFolder(folder);
  });

  it('is not disturbed by a place that is no folder, or takes no files', async () => {
    const folder = createTempFolder({ 'a-file': '' });
    for (const stateFolder of [join(folder, 'a-file'), '/proc', join(folder, 'a-file', 'below')])
      assert.equal((await runCairn(['--version'], { cwd: folder, stateFolder })).out.trim(), '0.1.0');
    removeFolder(folder);
  });

  it('reads no module of Node whole: an import of one loads all that it exports', () => {
    const programs = readdirSync(PROGRAMS).filter((name) => name.endsWith('.mjs') && name !== 's3Client.mjs');
    assert.ok(programs.includes('agentProgram.mjs') && programs.includes('cairnProgram.mjs'));
    const whole = programs.filter((name) => /^import\b[^\n]*?from\s*["']node:/m.test(readFileSync(join(PROGRAMS, name), 'utf8')));
    assert.deepEqual(whole, []);
  });
});
