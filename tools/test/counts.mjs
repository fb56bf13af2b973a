// How a suite tells the runner what it counted: a JSON file named in CAIRN_TEST_COUNTS. Without the runner nothing is written.
import { readFileSync, renameSync, writeFileSync } from 'node:fs';

/** @param {{ passed: number, failed: number, skipped: number, skips?: readonly { title: string, reason?: string }[] }} counts */
export function writeCounts(counts) {
  const file = process.env.CAIRN_TEST_COUNTS;
  if (!file) return;
  writeFileSync(`${file}.new`, JSON.stringify(counts));
  renameSync(`${file}.new`, file);
}

/** What a suite wrote, or undefined where it died before it could. */
export function readCounts(file) {
  try {
    return JSON.parse(readFileSync(file, 'utf8'));
  } catch (error) {
    if (error.code === 'ENOENT') return undefined;
    throw error;
  }
}
