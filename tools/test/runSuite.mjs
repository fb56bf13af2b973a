// Runs one suite to its end and judges it: counts, exit code, processes left over, skips that are not allowed.
import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { root } from '../setup/paths.mjs';
import { readCounts } from './counts.mjs';
import { readJunit } from './junit.mjs';
import { findLeftovers } from './leftovers.mjs';
import { junitFile } from './suites.mjs';

const exitWithinMilliseconds = 15_000;
const nothing = { passed: 0, failed: 0, skipped: 0 };

/** Runs `suite` and returns its counts; every fault that no test counted (hang, leak, crash) is one more failure, said on the terminal. */
export async function runSuite(suite, required) {
  const missing = suite.missing?.();
  if (missing) return missingSuite(suite, missing, required);
  // Short: sockets below it must stay under 108 bytes.
  const folder = mkdtempSync(path.join(os.tmpdir(), 'ct-'));
  try {
    const { code, hung } = await runProcess(suite, folder);
    const counts = (suite.junit ? readJunit(path.join(folder, junitFile)) : readCounts(countsFile(folder))) ?? nothing;
    const faults = [...processFaults(counts, code, hung), ...endLeftovers(folder), ...forbiddenSkips(suite, counts, required)];
    for (const fault of faults) console.log(`  FAIL  ${suite.name}: ${fault}`);
    return { ...counts, failed: counts.failed + faults.length };
  } finally {
    rmSync(folder, { recursive: true, force: true, maxRetries: 3 });
  }
}

function missingSuite(suite, reason, required) {
  const isRequired = required.has(suite.requirement);
  console.log(`  ${isRequired ? 'FAIL' : 'skip'}  ${suite.name}: ${reason}`);
  return isRequired ? { ...nothing, failed: 1 } : { ...nothing, skipped: 1 };
}

function countsFile(folder) {
  return path.join(folder, 'counts.json');
}

async function runProcess(suite, folder) {
  const [program, args] = suite.command(folder);
  const env = {
    ...process.env,
    TMPDIR: folder,
    CAIRN_HOME: path.join(folder, 'home'),
    CAIRN_TEST_RUN: folder,
    CAIRN_TEST_COUNTS: countsFile(folder),
  };
  const child = spawn(program, args, { cwd: root, env, stdio: ['ignore', 'inherit', 'inherit'] });
  let hung = false;
  const watch = setInterval(() => {
    if (readCounts(countsFile(folder)) === undefined) return;
    clearInterval(watch);
    setTimeout(() => ((hung = true), child.kill('SIGKILL')), exitWithinMilliseconds).unref();
  }, 500);
  const code = await new Promise((resolve, reject) =>
    child.on('error', reject).on('close', (exitCode, signal) => resolve(signal ?? exitCode)),
  );
  clearInterval(watch);
  return { code, hung };
}

function processFaults(counts, code, hung) {
  if (hung) return [`still running ${exitWithinMilliseconds / 1000} s after its last test: something is left open`];
  const ran = counts.passed + counts.failed;
  if (ran + counts.skipped === 0) return [`ran no test (ended with ${code})`];
  return code !== 0 && counts.failed === 0 ? [`ended with ${code} although no test failed`] : [];
}

function endLeftovers(mark) {
  return findLeftovers(mark).map(({ pid, command }) => {
    try {
      process.kill(pid, 'SIGKILL');
    } catch {
      // It ended by itself after we saw it; it was left over all the same.
    }
    return `left a process behind: ${pid} ${command.slice(0, 200)}`;
  });
}

/** Where a requirement is set, only tests that say they need something else may be skipped: `needs docker: ...`. */
function forbiddenSkips(suite, { skips = [] }, required) {
  if (!required.has(suite.requirement)) return [];
  return skips
    .filter(({ title }) => !needsOther(title, required))
    .map(({ title }) => `skipped although ${suite.requirement} is required: ${title}`);
}

function needsOther(title, required) {
  const need = /\bneeds ([a-z]+)/.exec(title)?.[1];
  return need !== undefined && !required.has(need);
}
