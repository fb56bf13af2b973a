import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { chmodSync, existsSync, mkdtempSync, readFileSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { ProbeCache } from '../../../../../../rde-agent/runtimes/process/python/probeCache.ts';

describe('ProbeCache', () => {
  let folder: string;
  beforeEach(() => {
    folder = mkdtempSync(path.join(tmpdir(), 'cairn-probe-'));
  });
  afterEach(() => rmSync(folder, { recursive: true, force: true }));

  const variables = { PATH: process.env['PATH'] ?? '' };
  /** A Python that writes down each time that it is run. */
  const wrap = (): { readonly file: string; runs(): number } => {
    const real = execFileSync('python3', ['-c', 'import sys; print(sys.executable)'], { encoding: 'utf8' }).trim();
    const file = path.join(folder, 'python3');
    const log = path.join(folder, 'runs');
    writeFileSync(file, `#!/bin/sh\necho run >> '${log}'\nexec '${real}' "$@"\n`);
    chmodSync(file, 0o755);
    return { file, runs: () => (existsSync(log) ? readFileSync(log, 'utf8').split('\n').length - 1 : 0) };
  };

  it('runs an interpreter once, for this process and the next', async () => {
    const { file, runs } = wrap();
    const first = new ProbeCache(folder, variables);
    const [found] = await first.probeAll([file, file]);
    assert.match(found?.version ?? '', /^3\./);
    await first.probeAll([file]);
    assert.deepEqual(await new ProbeCache(folder, variables).probeAll([file]), [found]);
    assert.equal(runs(), 1);
  });

  it('runs it again when it was changed, or when the file of answers is torn', async () => {
    const { file, runs } = wrap();
    await new ProbeCache(folder, variables).probeAll([file]);
    utimesSync(file, new Date(0), new Date(0));
    await new ProbeCache(folder, variables).probeAll([file]);
    assert.equal(runs(), 2);
    writeFileSync(path.join(folder, 'pythons.json'), '{"torn');
    assert.equal((await new ProbeCache(folder, variables).probeAll([file])).length, 1);
    assert.equal(runs(), 3);
  });

  it('passes over what is no Python', async () => {
    const liar = path.join(folder, 'python');
    writeFileSync(liar, '#!/bin/sh\necho "I am a snake"\n');
    chmodSync(liar, 0o755);
    writeFileSync(path.join(folder, 'text'), 'no program');
    const cache = new ProbeCache(folder, variables);
    assert.deepEqual(await cache.probeAll([liar, path.join(folder, 'text'), path.join(folder, 'absent'), '/bin/false', folder]), []);
  });
});
