import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { readJunit } from '../../../tools/test/junit.mjs';
import { findLeftovers } from '../../../tools/test/leftovers.mjs';
import { runSuite } from '../../../tools/test/runSuite.mjs';

const none = new Set();

describe('test runner', () => {
  it('counts what a suite wrote', async () => {
    assert.deepEqual(await run(countsOf({ passed: 3, failed: 0, skipped: 1 })), { passed: 3, failed: 0, skipped: 1 });
  });

  it('counts a suite that ran nothing as failed', async () => {
    assert.equal((await run('process.exit(0)')).failed, 1);
  });

  it('counts a suite that ends badly after passing as failed', async () => {
    assert.equal((await run(`${countsOf({ passed: 1, failed: 0, skipped: 0 })}; process.exitCode = 1`)).failed, 1);
  });

  it('counts and ends a process that was left behind', async function () {
    if (process.platform !== 'linux') this.skip();
    const leaves = `require('node:child_process').spawn(process.execPath, ['-e', 'setInterval(() => {}, 1000)'], { detached: true, stdio: 'ignore' }).unref()`;
    const counts = await run(`${leaves}; ${countsOf({ passed: 1, failed: 0, skipped: 0 })}`);
    assert.equal(counts.failed, 1);
  });

  it('refuses skips where the suite is required, but for what needs something else', async () => {
    const skips = [{ title: 'a worker dies' }, { title: 'needs docker: a container dies' }];
    const counts = await run(countsOf({ passed: 1, failed: 0, skipped: 2, skips }), new Set(['process']));
    assert.equal(counts.failed, 1);
  });

  it('turns a suite that cannot be run into a skip, or a failure where it is required', async () => {
    const suite = { name: 'sample', requirement: 'process', missing: () => 'no such thing here' };
    assert.deepEqual(await quietly(() => runSuite(suite, none)), { passed: 0, failed: 0, skipped: 1 });
    assert.deepEqual(await quietly(() => runSuite(suite, new Set(['process']))), { passed: 0, failed: 1, skipped: 0 });
  });

  it('sees a process by the mark in its environment', async function () {
    if (process.platform !== 'linux') this.skip();
    const child = spawn(process.execPath, ['-e', 'console.log(1); setInterval(() => {}, 1000)'], { env: { MARK: 'mark-of-this-test' } });
    await once(child.stdout, 'data');
    assert.deepEqual(
      findLeftovers('mark-of-this-test').map(({ pid }) => pid),
      [child.pid],
    );
    child.kill('SIGKILL');
    await once(child, 'close');
    assert.deepEqual(findLeftovers('mark-of-this-test'), []);
  });

  it('reads the counts of pytest', () => {
    const folder = mkdtempSync(path.join(os.tmpdir(), 'junit-'));
    const file = path.join(folder, 'junit.xml');
    writeFileSync(
      file,
      '<testsuites><testsuite name="pytest" errors="1" failures="2" skipped="1" tests="9"><testcase classname="c" name="t" time="0"><skipped type="pytest.skip" message="needs spark">x</skipped></testcase></testsuite></testsuites>',
    );
    assert.deepEqual(readJunit(file), { passed: 5, failed: 3, skipped: 1, skips: [{ title: 't needs spark' }] });
    assert.equal(readJunit(path.join(folder, 'absent.xml')), undefined);
    rmSync(folder, { recursive: true });
  });
});

function countsOf(counts) {
  return `require('node:fs').writeFileSync(process.env.CAIRN_TEST_COUNTS, ${JSON.stringify(JSON.stringify(counts))})`;
}

async function run(script, required = none) {
  const suite = { name: 'sample', requirement: 'process', command: () => [process.execPath, ['-e', script]] };
  const { passed, failed, skipped } = await quietly(() => runSuite(suite, required));
  return { passed, failed, skipped };
}

/** What the runner says about the sample belongs to the sample, not to this run's output. */
async function quietly(work) {
  const log = console.log;
  console.log = () => {};
  try {
    return await work();
  } finally {
    console.log = log;
  }
}
