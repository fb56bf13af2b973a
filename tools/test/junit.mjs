// The counts of pytest, from the report that it writes for machines.
import { readFileSync } from 'node:fs';

/** Counts of a JUnit report, or undefined where there is none. */
export function readJunit(file) {
  let text;
  try {
    text = readFileSync(file, 'utf8');
  } catch (error) {
    if (error.code === 'ENOENT') return undefined;
    throw error;
  }
  const suites = [...text.matchAll(/<testsuite\s([^>]*)>/g)].map(([, attributes]) => attributes);
  const sum = (name) =>
    suites.reduce((total, attributes) => total + Number(new RegExp(`\\b${name}="(\\d+)"`).exec(attributes)?.[1] ?? 0), 0);
  const failed = sum('failures') + sum('errors');
  const skipped = sum('skipped');
  const skips = [...text.matchAll(/<testcase[^>]*\sname="([^"]*)"[^>]*>\s*<skipped[^>]*message="([^"]*)"/g)].map(([, title, reason]) => ({
    title: `${title} ${reason}`,
  }));
  return { passed: sum('tests') - failed - skipped, failed, skipped, skips };
}
