import { randomBytes } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { CairnError } from '../../../protocol/errors.ts';
import type { ModuleTestAnswer, ModuleTestRequest } from '../../../protocol/moduleTests.ts';
import { KeptOutput } from './keptOutput.ts';
import { runTestProcess, type TestProcessEnd } from './testProcess.ts';
import { TestReport } from './testReport.ts';
import { toTestVariables, type ModuleTestPlace } from './testVariables.ts';

/** Tests that take their interpreter with them are named one by one; with more than so many nothing more is tried. */
const MOST_ENDS = 50;

/**
 * Finds or runs the tests of one module. A test that ends its interpreter, or takes too long, has an error, and the others run in a new one.
 * Rejects with `cancelled` when aborted; everything that was started is gone then.
 */
export async function runModuleTests(place: ModuleTestPlace, request: ModuleTestRequest, signal: AbortSignal): Promise<ModuleTestAnswer> {
  const scratch = await mkdtemp(path.join(os.tmpdir(), 'cairn-tests-'));
  const report = new TestReport();
  const output = new KeptOutput();
  try {
    let problem: string | undefined;
    for (let ends = 0; problem === undefined; ends += 1) {
      report.begin();
      const before = report.ended.length;
      const end = await runOnce(place, request, { report, output, scratch }, signal);
      if (signal.aborted) throw new CairnError('cancelled', 'The tests were cancelled.');
      if (report.isDone && (request.discover || report.current === undefined)) break;
      problem = toProblem(end, request, report);
      report.breakOff(report.isDone ? 'it interrupted the tests' : toBrokenOff(end, request));
      if (ends >= MOST_ENDS || report.ended.length === before) problem ??= 'the tests keep ending their interpreter';
    }
    if (!request.discover) report.finish();
    problem ??= report.problem;
    return { tests: report.tests, output: output.toText(), ...(problem === undefined ? {} : { problem }) };
  } finally {
    await rm(scratch, { recursive: true, force: true });
  }
}

interface Round {
  readonly report: TestReport;
  readonly output: KeptOutput;
  readonly scratch: string;
}

function runOnce(
  place: ModuleTestPlace,
  request: ModuleTestRequest,
  { report, output, scratch }: Round,
  signal: AbortSignal,
): Promise<TestProcessEnd> {
  const token = randomBytes(16).toString('hex');
  const { timeout, ...asked } = request;
  return runTestProcess(
    {
      python: place.python,
      cwd: scratch,
      token,
      variables: toTestVariables(place, scratch, token),
      request: JSON.stringify({ ...asked, done: report.ended }),
      timeout,
      output,
      onLine: (line) => report.take(line),
      isDone: () => report.isDone,
    },
    signal,
  );
}

/** Nothing can be tried again: it did not start, or ended before a test began. */
function toProblem(end: TestProcessEnd, { timeout }: ModuleTestRequest, report: TestReport): string | undefined {
  if (end.kind === 'not-started') return `the interpreter could not be started: ${end.message}`;
  if (report.current !== undefined) return undefined;
  if (end.kind === 'timeout') return `the files of tests took longer than ${String(timeout)} s to import`;
  return `the interpreter ended (${end.status}) while no test ran: see what was printed`;
}

function toBrokenOff(end: TestProcessEnd, { timeout }: ModuleTestRequest): string {
  if (end.kind === 'timeout') return `it took longer than ${String(timeout)} s, so it was ended`;
  return `it ended its interpreter (${end.kind === 'exited' ? end.status : 'not started'})`;
}
