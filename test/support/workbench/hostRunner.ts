// Runs inside the extension host: declares the tests, runs them by mocha and writes what came of each.
import type MochaClass from 'mocha';
import { renameSync, writeFileSync } from 'node:fs';
import type { HostTest } from './extensionHost.ts';

const timeoutMilliseconds = 30_000;

/** What VS Code calls as `run()`: resolves when all tests have ended, rejects when one failed. */
export async function runTests(loads: readonly (() => Promise<unknown>)[]): Promise<void> {
  const { CAIRN_HOST_MOCHA: address, CAIRN_HOST_RESULTS: results } = process.env;
  if (address === undefined || results === undefined) throw new Error('started without test/support/workbench/extensionHost.ts');
  const { default: Mocha } = (await import(address)) as { default: typeof MochaClass };
  const mocha = new Mocha({ ui: 'bdd', timeout: timeoutMilliseconds, reporter: class extends Mocha.reporters.Base {} });
  mocha.suite.emit('pre-require', globalThis, '', mocha);
  for (const load of loads) await load();
  const tests = await collect(mocha);
  writeWhole(results, JSON.stringify(tests));
  const failed = tests.filter((test) => test.error !== undefined);
  if (failed.length > 0) throw new Error(`${failed.length} tests failed`);
}

function collect(mocha: MochaClass): Promise<readonly HostTest[]> {
  const tests: HostTest[] = [];
  return new Promise((resolve) => {
    mocha
      .run(() => resolve(tests))
      .on('pass', (test) => tests.push({ title: test.fullTitle() }))
      .on('fail', (test, error: Error) => tests.push({ title: test.fullTitle(), error: error.stack ?? String(error) }));
  });
}

/** The reader must never see half of it. */
function writeWhole(file: string, text: string): void {
  writeFileSync(`${file}.new`, text);
  renameSync(`${file}.new`, file);
}
