import { execFileSync, spawn, spawnSync, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { appendFileSync, existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { hash } from 'node:crypto';
import path from 'node:path';
import { createInterface, type Interface } from 'node:readline';
import { FileIndex } from '../../rde-agent/builder/fileIndex.ts';
import { PythonBuilder } from '../../rde-agent/builder/pythonArtifact.ts';
import { moduleFiles, SmallWorkspace } from '../support/smallWorkspace.ts';
import { createTempFolder, removeFolder } from '../support/tempFolder.ts';
import { WorkspaceHarness } from '../support/workspaceHarness.ts';
import { toPeerFolder } from './peers.ts';
import { alternate, type Contestant, printTable, ratio, summarize } from './samples.ts';

/**
 * Row 1: incremental build of a module of 51 Python files and 95 kB after one line was appended to one that is not its entry (an edit of the entry
 * also checks its signature, about 1 ms), by the resident role; and its wheel.
 * Peers in one warm Python process make a wheel each time; whole commands are measured as commands. The save itself is in no figure.
 */
const ROUNDS = Number(process.argv[2] ?? 60);
const COMMANDS = Math.max(5, Math.floor(ROUNDS / 6));
const WARM_UPS = 5;
const FILES = 51;
const MODULE = 'modules/bench/step';
const PACKAGES = ['hatchling==1.33.0', 'flit_core==4.2.0', 'uv_build==0.13.6', 'uv==0.13.8', 'build==1.6.1'];
const NONE = new AbortController().signal;

function toFiles(folder: string): { readonly [file: string]: string } {
  const filler = '# a line of a file of ordinary size, to make it as long as such files are\n'.repeat(24);
  return Object.fromEntries(
    Array.from({ length: FILES - 1 }, (_, index) => [
      `${folder}/part${index}.py`,
      `${filler}def part${index}(x):\n    return x + ${index}\n`,
    ]),
  );
}

/** Appends one line; answers what was saved. */
class Edited {
  readonly file: string;
  #line = 0;

  constructor(file: string) {
    this.file = file;
  }

  save(): string {
    this.#line += 1;
    appendFileSync(this.file, `LINE = ${this.#line}\n`);
    return `sha256:${hash('sha256', readFileSync(this.file), 'hex')}`;
  }
}

/** One Python process that has imported the backends and builds a project whenever it is told to; it measures itself. */
const SERVER = `
import contextlib, importlib, io, os, sys, time
for line in sys.stdin:
    backend, project, out = line.rstrip("\\n").split("\\t")
    module = importlib.import_module(backend)
    os.chdir(project)
    began = time.perf_counter()
    with contextlib.redirect_stdout(io.StringIO()):
        module.build_wheel(out)
    print((time.perf_counter() - began) * 1000, flush=True)
`;

class WarmPython {
  readonly #process: ChildProcess;
  readonly #lines: Interface;

  constructor(packages: string) {
    const bin = path.join(packages, 'bin');
    const env = { ...process.env, PYTHONPATH: packages, PATH: `${bin}:${process.env['PATH'] ?? ''}`, PYTHONDONTWRITEBYTECODE: '' };
    this.#process = spawn('python3', ['-c', SERVER], { env, stdio: ['pipe', 'pipe', 'ignore'] });
    if (this.#process.stdout === null) throw new Error('no output');
    this.#lines = createInterface({ input: this.#process.stdout });
  }

  async build(backend: string, project: string, out: string): Promise<number> {
    const answer = once(this.#lines, 'line') as Promise<[string]>;
    this.#process.stdin?.write(`${backend}\t${project}\t${out}\n`);
    return Number((await answer)[0]);
  }

  end(): void {
    this.#process.stdin?.end();
  }
}

/** Installs the peers once; `undefined` where they cannot be had. */
function installPeers(): string | undefined {
  const folder = path.join(toPeerFolder('python-builders'), PACKAGES.join('_').replaceAll('=', ''));
  if (existsSync(path.join(folder, 'complete'))) return folder;
  console.log(`installing the peers ${PACKAGES.join(', ')} with pip`);
  const installed = spawnSync('python3', ['-m', 'pip', 'install', '--quiet', '--target', folder, ...PACKAGES], {
    stdio: ['ignore', 'ignore', 'inherit'],
  });
  if (installed.status !== 0) return undefined;
  writeFileSync(path.join(folder, 'complete'), '');
  return folder;
}

/** The same files as a project of a peer. */
function createProject(root: string, name: string, backend: string): { readonly folder: string; readonly edited: Edited } {
  const folder = path.join(root, name);
  const source = backend === 'uv_build' ? 'src/step' : 'step';
  mkdirSync(path.join(folder, source), { recursive: true });
  for (const [file, text] of Object.entries(toFiles(source))) writeFileSync(path.join(folder, file), text);
  writeFileSync(path.join(folder, source, '__init__.py'), '"""A module."""\n');
  const project = '[project]\nname = "step"\nversion = "1.0"\ndescription = "A module"\n';
  const api = backend === 'flit_core' ? 'flit_core.buildapi' : backend === 'hatchling' ? 'hatchling.build' : 'uv_build';
  writeFileSync(path.join(folder, 'pyproject.toml'), `${project}[build-system]\nrequires = ["${backend}"]\nbuild-backend = "${api}"\n`);
  return { folder, edited: new Edited(path.join(folder, source, '__init__.py')) };
}

function createPeers(
  root: string,
  packages: string,
): { readonly warm: readonly Contestant[]; readonly commands: readonly Contestant[]; end(): void } {
  const python = new WarmPython(packages);
  const out = path.join(root, 'wheels');
  mkdirSync(out);
  const warm = (['hatchling', 'flit_core', 'uv_build'] as const).map((backend): Contestant => {
    const { folder, edited } = createProject(root, `warm-${backend}`, backend);
    const module = backend === 'hatchling' ? 'hatchling.build' : backend === 'flit_core' ? 'flit_core.buildapi' : 'uv_build';
    return {
      name: `${backend}, one warm process`,
      once: () => {
        edited.save();
        return python.build(module, folder, out);
      },
    };
  });
  const bin = path.join(packages, 'bin');
  const env = { ...process.env, PYTHONPATH: packages, PATH: `${bin}:${process.env['PATH'] ?? ''}` };
  const command = (name: string, backend: string, program: string, args: readonly string[]): Contestant => {
    const { folder, edited } = createProject(root, name.replaceAll(' ', '-'), backend);
    return {
      name,
      once: () => {
        edited.save();
        const began = performance.now();
        execFileSync(program, [...args], { cwd: folder, env, stdio: 'ignore' });
        return Promise.resolve(performance.now() - began);
      },
    };
  };
  const commands = [
    command('uv build (uv_build)', 'uv_build', path.join(bin, 'uv'), ['build', '--wheel', '--offline', '--out-dir', out]),
    command('python -m build (hatchling)', 'hatchling', 'python3', ['-m', 'build', '--wheel', '--no-isolation', '--outdir', out]),
  ];
  return { warm, commands, end: () => python.end() };
}

async function measure(): Promise<void> {
  const files = new SmallWorkspace({ ...moduleFiles('bench/step', { code: 'def run():\n    return {"out": 1}\n' }), ...toFiles(MODULE) });
  const harness = new WorkspaceHarness();
  const root = createTempFolder();
  await harness.open();
  await harness.role.open(files.root);
  const edited = new Edited(path.join(files.root, MODULE, 'part7.py'));
  const seen = new Set<string>();
  const ask = async (wheels: string | undefined): Promise<{ readonly took: number; readonly wheel: number }> => {
    const documents = { [`${MODULE}/part7.py`]: edited.save() };
    const began = performance.now();
    const { modules } = await harness.role.build(
      { root: files.root, modules: ['bench/step'], documents, environments: false, ...(wheels === undefined ? {} : { wheels }) },
      NONE,
    );
    const took = performance.now() - began;
    const [built] = modules;
    if (built === undefined || built.files !== FILES || seen.has(built.artifact)) throw new Error('the artifact is not of the new line');
    seen.add(built.artifact);
    return { took, wheel: (built.wheel?.seconds ?? 0) * 1000 };
  };
  const artifact: Contestant = { name: 'cairn: artifact and manifest digest', once: async () => (await ask(undefined)).took };
  const wheel: Contestant = {
    name: 'cairn: the wheel alone (stored, RECORD)',
    once: async () => (await ask(path.join(root, 'ours'))).wheel,
  };
  const both: Contestant = { name: 'cairn: artifact and wheel', once: async () => (await ask(path.join(root, 'ours'))).took };
  const packages = installPeers();
  const peers = packages === undefined ? undefined : createPeers(root, packages);
  const warm = await alternate([artifact, both, wheel, ...(peers?.warm ?? [])], ROUNDS, WARM_UPS);
  const commands = peers === undefined ? [] : await alternate(peers.commands, COMMANDS, 1);
  printTable([...warm, ...commands, await measureCold(files.root)]);
  const [ours, oursWheel, , ...others] = warm;
  for (const peer of [...others, ...commands]) console.log(`artifact: ${ratio(peer, ours)}`);
  for (const peer of others) console.log(`wheel:    ${ratio(peer, oursWheel)}`);
  if (peers === undefined) console.log('no peers: pip could not install them');
  peers?.end();
  await harness.remove();
  files.dispose();
  removeFolder(root);
}

/** A first look at the module: every file is read and hashed. */
function measureCold(root: string): Promise<ReturnType<typeof summarize>> {
  const target = {
    kind: 'module',
    name: 'bench/step',
    folder: MODULE,
    entry: { file: 'main.py', function: 'run' },
    skip: new Set<string>(),
  } as const;
  const once = async (): Promise<number> => {
    const began = performance.now();
    const index = new FileIndex({ root, cacheFile: undefined, now: Date.now });
    await index.scan();
    const result = new PythonBuilder(index.counters).build(target, index.folder(MODULE), 0);
    if (result.kind === 'failed') throw result.error;
    return performance.now() - began;
  };
  return alternate([{ name: 'cairn: cold, nothing remembered', once }], 30, 3).then(([summary]) => summary ?? summarize('none', []));
}

await measure();
