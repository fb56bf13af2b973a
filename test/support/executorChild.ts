import { randomBytes } from 'node:crypto';
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { EMPTY_ENVIRONMENT } from '../../language/model/environment.ts';
import { createFaults } from '../../rde-agent/protocol/faults.ts';
import { createRunRole } from '../../rde-agent/executor/runRole.ts';
import { createOwnerAuthorize } from '../../rde-agent/governance/authorize.ts';
import { toUuid7 } from '../../rde-agent/protocol/clock.ts';
import type { PinnedEnvironment, PinnedStep, PinnedWorkflow } from '../../rde-agent/protocol/pinned.ts';
import type { BlobBytes } from '../../rde-agent/protocol/roles.ts';
import { createProcessRuntime } from '../../rde-agent/runtimes/process/processRuntime.ts';
import { openSqliteStore } from '../../rde-agent/store/sqlite/sqliteStore.ts';
import { sketchFlows, type FlowSketch } from './nestedWorkflow.ts';
import { blobsOf, digestOf, stepOf, workflowOf, type StepSketch } from './pinnedWorkflow.ts';
import { silentLogger } from './silentLogger.ts';

/**
 * A process with a run role over the real store and real Python, which submits one workflow under one key, prints what it is told, and ends when
 * the run has ended. Arguments: state folder, fault (`-` = none), and `nested` for a workflow with a run inside of it, a fan-out over an output,
 * and a join that needs one of two. Every task appends its name to `<state>/executed`.
 */
const [folder = '', fault = '-', kind = 'plain'] = process.argv.slice(2);
const owner = { id: 'local:tester' };
const clock = { now: () => new Date().toISOString(), monotonic: () => performance.now() / 1000 };
const newId = (): string => toUuid7(Date.now(), randomBytes(10));

const code = (name: string, parameters: string, result: string): string =>
  `def run(${parameters}):\n    with open(${JSON.stringify(join(folder, 'executed'))}, "a") as file:\n        file.write("${name}\\n")\n    return ${result}\n`;

function toSketches(): { readonly [step: string]: StepSketch } {
  return {
    small: { code: code('small', '', '1') },
    big: { code: code('big', 'in0', '[in0] * 50000'), needs: ['small'] },
    wide: { code: code('wide', 'in0, each', 'len(in0) + each'), needs: ['big'], foreach: [1, 2, 3] },
    sum: { code: code('sum', 'in0: list', 'sum(in0)'), needs: ['wide[*]'] },
  };
}

const LIST = { kind: 'list', of: { kind: 'json' } } as const;

function toFlows(): { readonly [name: string]: FlowSketch } {
  const sum = {
    inputs: { in0: 'score[*]', in1: 'check.double' },
    contract: {
      inputs: [
        { name: 'in0', type: LIST },
        { name: 'in1', type: { kind: 'json' } as const },
      ],
    },
  };
  const first = {
    inputs: { in0: 'try[*]' },
    contract: { inputs: [{ name: 'in0', type: LIST }] },
    changes: { join: { kind: 'any' } as const },
  };
  return {
    outer: {
      steps: {
        list: { code: code('list', '', '[1, 2, 3]') },
        score: { code: code('score', 'item', 'item * 10'), over: { item: 'list' } },
        check: { workflow: 'inner', inputs: { data: 'list' } },
        try: { code: code('try', 'each', '(__import__("time").sleep(each), each)[1]'), foreach: [0, 60] },
        first: { ...first, code: code('first', 'in0: list', 'len(in0)') },
        sum: { ...sum, code: code('sum', 'in0: list, in1', 'sum(in0) + in1') },
      },
    },
    inner: {
      inputs: ['data'],
      steps: {
        len: { code: code('len', 'in0', 'len(in0)'), inputs: { in0: 'inputs.data' } },
        double: { code: code('double', 'in0', 'in0 * 2'), inputs: { in0: 'len' } },
      },
      outputs: { double: 'double' },
    },
  };
}

function toWork(environment: PinnedEnvironment): { readonly definition: PinnedWorkflow; readonly blobs: readonly BlobBytes[] } {
  const place = (step: PinnedStep): PinnedStep => (step.kind === 'workflow' ? step : { ...step, environment: environment.digest });
  if (kind !== 'nested') {
    const sketches = toSketches();
    const steps = Object.entries(sketches).map(([id, sketch]) => place(stepOf(id, sketch)));
    return { definition: workflowOf(steps, { environments: [environment] }), blobs: blobsOf(sketches) };
  }
  const { definition, blobs } = sketchFlows(toFlows(), 'outer');
  const pin = (workflow: PinnedWorkflow): PinnedWorkflow => ({
    ...workflow,
    environments: [environment],
    steps: workflow.steps.map(place),
  });
  return { definition: { ...pin(definition), workflows: (definition.workflows ?? []).map(pin) }, blobs };
}

async function main(): Promise<void> {
  const stateFolder = join(folder, 'runtime');
  mkdirSync(stateFolder, { recursive: true });
  const runnerFolder = fileURLToPath(new URL('../../rde-agent/runner/python', import.meta.url));
  const runtime = createProcessRuntime({ stateFolder, runnerFolder, logger: silentLogger, environment: process.env, newId, clock });
  const environment = await runtime.pin(EMPTY_ENVIRONMENT, null);
  const store = await openSqliteStore({
    folder,
    writerScript: new URL('../../rde-agent/store/sqlite/writerThread.ts', import.meta.url),
    logger: silentLogger,
    ...(fault === '-' ? {} : { fault }),
  });
  const role = createRunRole({
    store,
    runtimes: { local: runtime },
    clock,
    newId,
    authorize: createOwnerAuthorize(owner.id),
    logger: silentLogger,
    hash: digestOf,
    slots: 2,
    folders: { trees: join(folder, 'trees'), scratch: join(folder, 'scratch') },
    ...(fault === '-' ? {} : { faults: createFaults(fault, () => process.kill(process.pid, 'SIGKILL')) }),
  });
  await role.start();
  const ended = new Promise<void>((resolve) =>
    role.onDidCommit((run, seq) => {
      const view = role.view(run, owner);
      if (view?.view.finished != null && view.view.origin === undefined && view.seq === seq) resolve();
    }),
  );
  const request = {
    key: 'the-only-key',
    ...toWork(environment),
    force: false,
    from: null,
  };
  const { run } = await role.submit(request, owner);
  process.stdout.write(`${run}\n`);
  if (role.view(run, owner)?.view.finished == null) await ended;
  process.stdout.write('ended\n');
  await role.stop();
  await store.close();
  await runtime.dispose();
}

await main();
