import { execFileSync, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { Worker } from 'node:worker_threads';
import { FileIndex } from '../../rde-agent/builder/fileIndex.ts';
import type { BuildTarget } from '../../rde-agent/builder/pythonArtifact.ts';
import type { BuildDocument } from '../../rde-agent/protocol/documents.ts';
import { loadBundler } from '../../rde-agent/builder/typescript/bundler.ts';
import { TypeScriptBuilder } from '../../rde-agent/builder/typescript/typescriptBuilder.ts';
import { createTempFolder, removeFolder, writeFiles } from '../support/tempFolder.ts';
import { startBenchAgent } from './benchAgent.ts';
import { findOrInstall, installNpmPeers, toPeerFolder } from './peers.ts';
import { alternate, type Contestant, printTable, ratio, summarize } from './samples.ts';

/**
 * Row 2: (a) a catalogue of 2,000 modules of 5 files in which nothing has changed, asked of the resident agent over its socket (for the
 * changes alone, and for the list of all modules) and of a fresh look by stats; beside ninja (10,000 files) and turbo (100 packages only;
 * its time grows with them). (b) one edit in a tree of 1,000 and of 5,000 TypeScript files: one context of each module, beside one context of
 * the whole tree in a process of its own. The processor time of our own thread is printed too: it can be compared on a busy machine.
 */
const ROUNDS = Number(process.argv[2] ?? 30);
const WARM_UPS = 3;
const MODULES = 2000;
const FILES = 5;
const TURBO_PACKAGES = 100;
/** TypeScript files of one module of the tree */
const MODULE_FILES = 10;

interface Started {
  readonly contestants: readonly Contestant[];
  /** the one that works in this process */
  readonly own?: Contestant;
  end(): Promise<void>;
}

async function startCatalogue(): Promise<Started> {
  const root = createTempFolder({ 'cairn.yaml': 'workspace: many\n' });
  for (let number = 0; number < MODULES; number += 1) {
    const folder = `modules/team/m${number}`;
    const parts = Array.from({ length: FILES - 2 }, (_, index) => [`${folder}/part${index}.py`, `VALUE = ${index}\n`]);
    writeFiles(root, {
      [`${folder}/module.yaml`]: `module: team/m${number}\nentry: main.py:run\noutputs:\n  out: json\n`,
      [`${folder}/main.py`]: 'def run():\n    return {"out": 1}\n',
      ...Object.fromEntries(parts),
    });
  }
  const bench = await startBenchAgent();
  const build = (changedOnly: boolean): Promise<BuildDocument> =>
    bench.client.request('workspace.build', { root, modules: [], documents: {}, environments: false, changedOnly });
  await build(false);
  const cacheFile = path.join(bench.folder, 'bench-stats.json');
  // Stats of files that were just written are not believed yet.
  await new Promise((resolve) => setTimeout(resolve, 3000));
  const first = new FileIndex({ root, cacheFile, now: Date.now });
  await first.scan();
  first.save();
  const resident = (name: string, changedOnly: boolean): Contestant => ({
    name: `(a) cairn, resident, ${name}: ${MODULES} modules, nothing changed`,
    once: async () => {
      const began = performance.now();
      const { modules, unchanged } = await build(changedOnly);
      const took = performance.now() - began;
      if (modules.some((module) => module.rebuilt) || modules.length + (unchanged ?? 0) !== MODULES) throw new Error('something was built');
      return took;
    },
  });
  const cold: Contestant = {
    name: `(a) cairn, a fresh index by stats: ${MODULES * FILES} files`,
    once: async () => {
      const began = performance.now();
      const index = new FileIndex({ root, cacheFile, now: Date.now });
      await index.scan();
      const digest = index.tree();
      const took = performance.now() - began;
      if (digest !== first.tree() || index.counters.filesRead > 0) throw new Error(`${index.counters.filesRead} files were read again`);
      return took;
    },
  };
  return {
    contestants: [resident('changes', true), resident('all', false), cold],
    own: cold,
    end: async () => {
      await bench.dispose();
      removeFolder(root);
    },
  };
}

/** 2,000 targets of five inputs each. */
function startNinja(): Started | undefined {
  const ninja = findOrInstall('ninja', 'ninja-build');
  if (ninja === undefined) return undefined;
  const root = createTempFolder();
  const rules = ['rule pack\n  command = cat $in > $out\n'];
  for (let number = 0; number < MODULES; number += 1) {
    const inputs = Array.from({ length: FILES }, (_, index) => `m${number}/f${index}.py`);
    writeFiles(root, Object.fromEntries(inputs.map((file) => [file, 'VALUE = 1\n'])));
    rules.push(`build out/m${number}: pack ${inputs.join(' ')}\n`);
  }
  writeFileSync(path.join(root, 'build.ninja'), rules.join(''));
  execFileSync(ninja, ['-C', root], { stdio: 'ignore' });
  const once = (): Promise<number> => {
    const began = performance.now();
    const { stdout } = spawnSync(ninja, ['-C', root], { encoding: 'utf8' });
    const took = performance.now() - began;
    if (!stdout.includes('no work to do')) throw new Error(stdout);
    return Promise.resolve(took);
  };
  return {
    contestants: [{ name: `(a) ninja: ${MODULES * FILES} files, no work to do`, once }],
    end: () => {
      removeFolder(root);
      return Promise.resolve();
    },
  };
}

/** Packages of an npm workspace, everything in its cache. Fewer: to fill it takes a process of npm for each. */
function startTurbo(): Started | undefined {
  const folder = toPeerFolder('turbo');
  installNpmPeers(folder, ['turbo@2.11.11']);
  const turbo = path.join(folder, 'node_modules/.bin/turbo');
  const packages = Object.fromEntries(
    Array.from({ length: TURBO_PACKAGES }, (_, number) => [`packages/m${number}`, { name: `m${number}`, version: '1.0.0' }] as const),
  );
  const root = createTempFolder({
    'package.json': JSON.stringify({ name: 'many', private: true, workspaces: ['packages/*'], packageManager: 'npm@11.0.0' }),
    'turbo.json': JSON.stringify({ tasks: { build: { outputs: ['out.txt'] } } }),
    '.gitignore': 'node_modules\n.turbo\nout.txt\n',
    'package-lock.json': JSON.stringify({
      name: 'many',
      lockfileVersion: 3,
      packages: { '': { workspaces: ['packages/*'] }, ...packages },
    }),
  });
  for (const [place, { name, version }] of Object.entries(packages)) {
    const files = Array.from({ length: FILES - 1 }, (_, index) => [`${place}/f${index}.js`, 'export const value = 1;\n']);
    writeFiles(root, {
      [`${place}/package.json`]: JSON.stringify({ name, version, scripts: { build: 'true > out.txt' } }),
      ...Object.fromEntries(files),
    });
  }
  const env = { ...process.env, TURBO_TELEMETRY_DISABLED: '1', DO_NOT_TRACK: '1' };
  const run = (): ReturnType<typeof spawnSync> =>
    spawnSync(turbo, ['run', 'build', '--output-logs=none', '--concurrency=2'], { cwd: root, env, encoding: 'utf8' });
  spawnSync('git', ['init', '-q'], { cwd: root });
  spawnSync('git', ['add', '-A'], { cwd: root });
  const first = run();
  const end = (): Promise<void> => {
    removeFolder(root);
    return Promise.resolve();
  };
  if (first.status !== 0) {
    console.log(`no turbo: ${String(first.stderr).slice(0, 400)}`);
    void end();
    return undefined;
  }
  const once = (): Promise<number> => {
    const began = performance.now();
    const { stdout, stderr } = run();
    const took = performance.now() - began;
    if (!`${String(stdout)}${String(stderr)}`.includes(`${TURBO_PACKAGES} cached`))
      throw new Error(`turbo built something: ${String(stdout).slice(-400)}`);
    return Promise.resolve(took);
  };
  return { contestants: [{ name: `(a) turbo: ${TURBO_PACKAGES} packages, all cached`, once }], end };
}

/** A tree of `count` TypeScript files in modules of ten, each of which its entry imports; one file is edited. */
async function startTree(count: number): Promise<Started> {
  const root = createTempFolder();
  const targets: BuildTarget[] = [];
  const imports: string[] = [];
  for (let number = 0; number < count / MODULE_FILES; number += 1) {
    const folder = `modules/team/m${number}`;
    mkdirSync(path.join(root, folder), { recursive: true });
    const parts = Array.from({ length: MODULE_FILES - 1 }, (_, index) => `part${index}`);
    for (const part of parts) writeFileSync(path.join(root, folder, `${part}.ts`), toSource(part, 0));
    const entry = parts.map((part) => `import { ${part} } from './${part}.ts';`).join('\n');
    writeFileSync(
      path.join(root, folder, 'main.ts'),
      `${entry}\nexport function run(): number {\n  return ${parts.map((part) => `${part}(1)`).join(' + ')};\n}\n`,
    );
    imports.push(`export { run as run${number} } from './${folder}/main.ts';`);
    targets.push({
      kind: 'module',
      name: `team/m${number}`,
      folder,
      entry: { file: 'main.ts', function: 'run' },
      skip: new Set(),
      language: 'typescript',
    });
  }
  writeFileSync(path.join(root, 'all.ts'), `${imports.join('\n')}\n`);
  const edited = path.join(root, 'modules/team/m7/part3.ts');
  let edit = 0;
  const index = new FileIndex({ root, cacheFile: undefined, now: Date.now });
  await index.scan();
  const builder = new TypeScriptBuilder({ root, index, load: () => loadBundler({ from: import.meta.url, wasm: undefined }) });
  await builder.prepare(targets);
  const whole = new Worker(new URL('./wholeTree.ts', import.meta.url), {
    workerData: { root, entry: path.join(root, 'all.ts'), outfile: path.join(root, 'out.mjs') },
  });
  await once(whole, 'message');
  const ours = async (): Promise<number> => {
    edit += 1;
    const mark = `+${edit}`;
    writeFileSync(edited, toSource('part3', edit));
    const began = performance.now();
    await index.update(['modules/team/m7/part3.ts']);
    await builder.prepare(targets);
    const result = targets[7] === undefined ? undefined : builder.build(targets[7]);
    const took = performance.now() - began;
    const contents = result?.kind === 'built' ? [...(result.artifact.contents?.values() ?? [])] : [];
    if (!contents.some((bytes) => Buffer.from(bytes).includes(mark))) throw new Error('the edit is not in the artifact');
    return took;
  };
  const theirs = async (): Promise<number> => {
    edit += 1;
    whole.postMessage({ file: edited, text: toSource('part3', edit), mark: `+${edit}` });
    return Number((await once(whole, 'message')).at(0));
  };
  const own = { name: `(b) cairn: one edit among ${count} files`, once: ours };
  return {
    contestants: [own, { name: `(b) one esbuild context of ${count} files`, once: theirs }],
    own,
    end: async () => {
      await builder.dispose();
      whole.postMessage('end');
      await once(whole, 'exit');
      removeFolder(root);
    },
  };
}

function toSource(name: string, edit: number): string {
  const lines = Array.from({ length: 20 }, (_, line) => `  total += (value % ${line + 2}) * ${line};`);
  return `export function ${name}(value: number): number {\n  let total = 0;\n${lines.join('\n')}\n  return total${edit === 0 ? '' : `+${edit}`};\n}\n`;
}

/** Of this process alone: what others do on the machine is not in it. */
async function measureProcessor(own: Contestant): Promise<ReturnType<typeof summarize>> {
  const samples: number[] = [];
  for (let round = 0; round < ROUNDS; round += 1) {
    const before = process.cpuUsage();
    await own.once();
    const { user, system } = process.cpuUsage(before);
    samples.push((user + system) / 1000);
  }
  return summarize(`${own.name}, processor time`, samples);
}

async function measure(started: readonly (Started | undefined)[]): Promise<void> {
  const there = started.filter((one) => one !== undefined);
  const summaries = await alternate(
    there.flatMap((one) => one.contestants),
    ROUNDS,
    WARM_UPS,
  );
  printTable(summaries);
  const find = (text: string): (typeof summaries)[number] | undefined => summaries.find(({ name }) => name.includes(text));
  for (const { own } of there) if (own !== undefined) printTable([await measureProcessor(own)]);
  if (find('resident') !== undefined) {
    for (const peer of ['ninja', 'turbo']) {
      console.log(`resident: ${ratio(find(peer), find('changes'))}`);
      console.log(`cold:     ${ratio(find(peer), find('by stats'))}`);
    }
  } else console.log(ratio(find('one esbuild'), find('cairn')));
  await Promise.all(there.map((one) => one.end()));
}

const parts = (process.argv[3] ?? 'a,b').split(',');
if (parts.includes('a')) await measure([await startCatalogue(), startNinja(), startTurbo()]);
if (parts.includes('b')) for (const count of [1000, 5000]) await measure([await startTree(count)]);
