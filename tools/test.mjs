// `npm test`: every suite in order; `--quick` the inner loop; `npm test -- NAME...` some of them. Ends with one line of counts.
import { toSummary } from '../test/support/reporter.mjs';
import { runSuite } from './test/runSuite.mjs';
import { suites } from './test/suites.mjs';

const words = process.argv.slice(2);
const names = words.filter((word) => !word.startsWith('-'));
const unknown = names.filter((name) => !suites.some((suite) => suite.name === name));
if (unknown.length > 0) {
  console.error(`Unknown suite: ${unknown.join(', ')}. Suites: ${suites.map((suite) => suite.name).join(', ')}`);
  process.exit(2);
}

const isChosen = (suite) => (names.length > 0 ? names.includes(suite.name) : !words.includes('--quick') || suite.quick);
const chosen = suites.filter(isChosen);
const required = new Set((process.env.CAIRN_REQUIRE ?? '').split(',').filter(Boolean));
const total = { passed: 0, failed: 0, skipped: 0 };
const lines = [];

for (const suite of chosen) {
  console.log(`\n== ${suite.name}`);
  const started = performance.now();
  const counts = await runSuite(suite, required);
  for (const key of Object.keys(total)) total[key] += counts[key];
  lines.push(`${suite.name.padEnd(9)} ${toSummary(counts)} (${((performance.now() - started) / 1000).toFixed(1)} s)`);
  console.log(lines.at(-1));
}

console.log(`\n${lines.join('\n')}\n\n${toSummary(total)}`);
process.exitCode = total.failed > 0 ? 1 : 0;
