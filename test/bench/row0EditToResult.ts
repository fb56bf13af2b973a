import { execFileSync, spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { appendFileSync, mkdirSync, readFileSync, watch } from 'node:fs';
import { join } from 'node:path';
import { SmallWorkspace, moduleFiles } from '../support/smallWorkspace.ts';
import { startBenchAgent, timeRun, type BenchAgent, type RunTimes } from './benchAgent.ts';
import { FsyncProbe } from './fsyncProbe.ts';
import { findOrInstall, type Peer } from './peers.ts';
import { alternate, printTable, ratio, summarize, type Contestant } from './samples.ts';

const ROUNDS = Number(process.argv[2] ?? 60);
const WARM_UPS = 8;
const FILES = 10_000;
const SIBLINGS = 50;
const STEP = 'modules/bench/step';
const LOCK = new URL('../../examples/flights/environments/python-ml.lock', import.meta.url);

/** 51 Python files; the edited one is imported through a sibling, and the answer carries what was appended to it. */
function stepFiles(): { readonly [path: string]: string } {
  const siblings = Array.from({ length: SIBLINGS - 1 }, (_, index): [string, string] => [
    `${STEP}/part${index}.py`,
    `${'# a line of a file of ordinary size\n'.repeat(50)}def part${index}(x):\n    return x + ${index}\n`,
  ]);
  const imports = Array.from({ length: SIBLINGS - 1 }, (_, index) => `from part${index} import part${index}`).join('\n');
  return {
    ...moduleFiles('bench/step', {
      code: `import pandas\n${imports}\nimport edited\n\ndef run(x: int = 1):\n    return {"out": {"x": x + 1, "line": edited.LINE, "pandas": pandas.__version__}}\n`,
      params: '{ x: { type: int, default: 1 } }',
      more: 'environment: bench\npreload: [pandas]\n',
    }),
    ...Object.fromEntries(siblings),
    [`${STEP}/edited.py`]: 'LINE = 0\n',
    'environments/bench.environment.yaml': 'environment: bench\nlock: bench.lock\n',
    'environments/bench.lock': readFileSync(LOCK, 'utf8'),
    'workflows/step.workflow.yaml': 'workflow: bench/step-flow\nsteps:\n  step: { module: bench/step }\noutputs: { out: step.out }\n',
  };
}

function fillers(): { readonly [path: string]: string } {
  return Object.fromEntries(
    Array.from({ length: FILES - SIBLINGS - 6 }, (_, index): [string, string] => [
      `library/folder${index % 200}/file${index}.py`,
      `VALUE = ${index}\n${'# filler\n'.repeat(380)}`,
    ]),
  );
}

interface Edit {
  readonly line: number;
  readonly documents: { readonly [path: string]: string };
}

/** Appends a line as an editor's save would, and says what was saved. */
class EditedFile {
  readonly #path: string;
  #line = 0;

  constructor(root: string) {
    this.#path = join(root, STEP, 'edited.py');
  }

  save(): Edit {
    this.#line += 1;
    appendFileSync(this.#path, `LINE = ${this.#line}\n`);
    const digest = createHash('sha256').update(readFileSync(this.#path)).digest('hex');
    return { line: this.#line, documents: { [`${STEP}/edited.py`]: `sha256:${digest}` } };
  }
}

interface Sample extends RunTimes {
  /** until the worker had the task, milliseconds; and where its time went */
  readonly dispatch: number;
  readonly load: number;
  readonly run: number;
}

async function editAndRun(bench: BenchAgent, root: string, edited: EditedFile): Promise<Sample> {
  const began = performance.now();
  const { line, documents } = edited.save();
  const saved = performance.now() - began;
  const times = await timeRun(bench.client, { root, workflow: 'bench/step-flow', documents });
  const task = times.view.tasks['step'];
  if (task?.decision !== 'executed') throw new Error(`line ${line} was not executed: ${JSON.stringify(task)}`);
  if (!task.reasons.some((reason) => reason.kind === 'code') && line > 1)
    throw new Error(`the reason is not the code: ${JSON.stringify(task.reasons)}`);
  const { load = 0, read = 0, run = 0, write = 0 } = task.timing ?? {};
  const inside = load + read + run + write;
  return {
    ...times,
    acknowledged: times.acknowledged + saved,
    shown: times.shown + saved,
    durable: times.durable + saved,
    dispatch: (task.seconds - inside) * 1000,
    load: load * 1000,
    run: (read + run + write) * 1000,
  };
}

/** The chain of the best tools: inotify tells of the save, rsync brings the tree over, a fresh Python imports pandas and runs the step. */
function createChain(root: string, folder: string, python: string): Peer<Contestant> {
  const rsync = findOrInstall('rsync', 'rsync');
  if (rsync === undefined) return { kind: 'missing', reason: 'rsync is not installed (Debian: rsync)' };
  const copy = join(folder, 'copy');
  mkdirSync(copy);
  const edited = new EditedFile(root);
  const code = `import sys; sys.path.insert(0, ${JSON.stringify(join(copy, STEP))}); import main, json; print(json.dumps(main.run(1)))`;
  execFileSync(rsync, ['-a', `${root}/`, `${copy}/`]);
  return {
    kind: 'ready',
    peer: {
      name: 'inotify + rsync + fresh python',
      once: async () => {
        const watcher = watch(join(root, STEP));
        const noticed = once(watcher, 'change');
        const began = performance.now();
        const { line } = edited.save();
        await noticed;
        execFileSync(rsync, ['-a', '--delete', `${root}/`, `${copy}/`]);
        const { stdout } = spawnSync(python, ['-c', code], { encoding: 'utf8' });
        const took = performance.now() - began;
        watcher.close();
        if (!stdout.includes(`"line": ${line},`)) throw new Error(`the chain did not run line ${line}: ${stdout}`);
        return took;
      },
    },
  };
}

/** What each part takes alone: requests that do only that part, each after an edit of its own. */
async function measureParts(bench: BenchAgent, root: string, edited: EditedFile): Promise<void> {
  const rounds = 30;
  const trip: number[] = [];
  const watched: number[] = [];
  const built: number[] = [];
  for (let round = 0; round < rounds; round++) {
    let began = performance.now();
    await bench.client.request('agent.status', {});
    trip.push(performance.now() - began);
    began = performance.now();
    const { documents } = edited.save();
    const { modules } = await bench.client.request('workspace.build', { root, modules: ['bench/step'], documents, environments: false });
    const took = performance.now() - began;
    const build = (modules[0]?.seconds ?? 0) * 1000;
    built.push(build);
    watched.push(took - build - (trip.at(-1) ?? 0));
  }
  printTable([summarize('round trip of a request', trip), summarize('save, watch, index', watched), summarize('build', built)]);
}

async function measure(): Promise<void> {
  const bench = await startBenchAgent();
  const workspace = new SmallWorkspace({ ...fillers(), ...stepFiles() });
  const other = new SmallWorkspace({ ...fillers(), ...stepFiles() });
  const probe = new FsyncProbe(bench.folder);
  try {
    const { root } = workspace;
    await bench.client.request('workspace.build', { root });
    const edited = new EditedFile(root);
    const first = await editAndRun(bench, root, edited);
    const python = findEnvironmentPython(bench);
    const chain = createChain(other.root, bench.folder, python);
    const samples: Sample[] = [];
    const ours: Contestant = {
      name: 'cairn, forked, shown',
      once: async () => {
        const sample = await editAndRun(bench, root, edited);
        samples.push(sample);
        return sample.shown;
      },
    };
    const f: Contestant = { name: 'f (one fdatasync)', once: () => Promise.resolve(probe.once()) };
    const contestants = [ours, ...(chain.kind === 'ready' ? [chain.peer] : []), f];
    const summaries = await alternate(contestants, ROUNDS, WARM_UPS);
    const counted = samples.slice(WARM_UPS);
    const [shown, ...others] = summaries;
    printTable([
      ...(shown === undefined ? [] : [shown]),
      summarize(
        'cairn, forked, durable',
        counted.map((one) => one.durable),
      ),
      ...others,
    ]);
    console.log('parts:');
    await measureParts(bench, root, edited);
    printTable([
      summarize(
        'push: save until submit acknowledged, watch, build, plan and commit in it',
        counted.map((one) => one.acknowledged),
      ),
      summarize(
        'dispatch: to the worker and back',
        counted.map((one) => one.dispatch),
      ),
      summarize(
        'load: import of 51 first-party files',
        counted.map((one) => one.load),
      ),
      summarize(
        'run: inputs, entry function, outputs',
        counted.map((one) => one.run),
      ),
      summarize(
        'show: acknowledged until the result is on the client',
        counted.map((one) => Math.max(0, one.shown - one.acknowledged)),
      ),
    ]);
    const modes = new Set(counted.map((one) => one.view.tasks['step']?.worker?.mode));
    console.log(
      `mode: ${[...modes].join(', ')}; first run (environment and zygote made): ${first.shown.toFixed(0)} ms; each answer carries the line that was appended, each reason is the code`,
    );
    if (chain.kind === 'missing') console.log(`peer missing: ${chain.reason}`);
    else console.log(`cairn against the chain of best tools: ${ratio(others[0], shown)}`);
  } finally {
    probe.dispose();
    workspace.dispose();
    other.dispose();
    await bench.dispose();
  }
}

/** The interpreter that our own step ran on: the peer gets the same one, with the same packages. */
function findEnvironmentPython(bench: BenchAgent): string {
  const environments = join(bench.agent.stateFolder, 'environments');
  const found = execFileSync('find', [environments, '-path', '*/bin/python', '-not', '-name', '*.part'], { encoding: 'utf8' })
    .trim()
    .split('\n')[0];
  if (found === undefined || found === '') throw new Error(`no interpreter under ${environments}`);
  return found;
}

await measure();
