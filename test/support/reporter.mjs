// mocha's reporter for every suite of ours: failures in full, slow and skipped tests by name, counts for the runner.
import { writeCounts } from '../../tools/test/counts.mjs';

const slowMilliseconds = 2_000;

export default class Reporter {
  #counts = { passed: 0, failed: 0, skipped: 0, skips: [] };

  constructor(runner) {
    runner.on('pass', (test) => this.#pass(test));
    runner.on('fail', (test, error) => this.#fail(test, error));
    runner.on('pending', (test) => this.#skip(test));
    runner.once('end', () => this.#end());
  }

  #pass(test) {
    this.#counts.passed += 1;
    if (test.duration > slowMilliseconds) console.log(`  slow  ${test.fullTitle()} (${(test.duration / 1000).toFixed(1)} s)`);
  }

  #fail(test, error) {
    this.#counts.failed += 1;
    console.log(`  FAIL  ${test.fullTitle()}${test.file ? `\n        ${test.file}` : ''}`);
    console.log(describeError(error).replace(/^/gm, '        '));
  }

  #skip(test) {
    const title = test.fullTitle();
    this.#counts.skipped += 1;
    this.#counts.skips.push({ title });
    console.log(`  skip  ${title}`);
  }

  #end() {
    writeCounts(this.#counts);
    if (!process.env.CAIRN_TEST_COUNTS) console.log(toSummary(this.#counts));
  }
}

/** The line that ends a run. */
export function toSummary({ passed, failed, skipped }) {
  return `${passed} passed, ${failed} failed, ${skipped} skipped`;
}

/** The stack, and where an assertion compared something, what it compared: node:assert puts the difference into the message. */
function describeError(error) {
  if (!(error instanceof Error)) return String(error);
  const cause = error.cause === undefined ? '' : `\ncaused by ${describeError(error.cause)}`;
  return `${error.stack ?? error.message}${cause}`;
}
