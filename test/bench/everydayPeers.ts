import { execFileSync, spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { BASE, type EverydayEdit, type Program } from './everydayEdits.ts';
import type { Peer } from './peers.ts';
import { installPythonPeers } from './pythonPeers.ts';

/** Whether a program was run, or an earlier result of it reused. */
export type Attempt = 'executed' | 'reused';

/** Something that reuses results, on one program that is edited. */
export interface Reuser {
  readonly name: string;
  /** Runs the program as it was, then as it is after the edit, and answers what the second run did. */
  editAndRun(edit: EverydayEdit): Promise<Attempt>;
}

/** How a program is written down and started for one tool, with as little said as its documentation asks for. */
interface Idiom {
  readonly name: string;
  readonly packages: readonly string[];
  readonly files: (program: Program) => { readonly [path: string]: string };
  readonly command: (python: string) => readonly [string, ...string[]];
}

/** Every execution leaves a mark, whoever reads what is printed. */
const COUNTED = '    open("count.txt", "a").write("x")\n';

const IDIOMS: readonly Idiom[] = [
  {
    name: 'joblib.Memory',
    packages: ['joblib==1.6.0'],
    files: (program) => ({
      'main.py': countCalls(program.main),
      'flow.py': `import json\nfrom joblib import Memory\nimport main\nprint(json.dumps(Memory("kept", verbose=0).cache(main.run)()))\n`,
    }),
    command: (python) => [python, 'flow.py'],
  },
  {
    name: 'redun',
    packages: ['redun==0.44.1'],
    files: (program) => ({
      'main.py': countCalls(program.main)
        .replace('import os\n', 'import os\nfrom redun import task\n')
        .replace('def run():', '@task(namespace="bench")\ndef run():'),
      'flow.py': `import json, logging\nfrom redun import Scheduler\nfrom redun.config import Config\nimport main\nlogging.disable(logging.CRITICAL)\nscheduler = Scheduler(config=Config({"backend": {"db_uri": "sqlite:///redun.db"}}))\nscheduler.load()\nprint(json.dumps(scheduler.run(main.run())))\n`,
    }),
    command: (python) => [python, 'flow.py'],
  },
  {
    name: 'Snakemake',
    packages: ['snakemake==9.27.1'],
    files: (program) => ({
      'main.py': `${countCalls(program.main)}\n\nif "snakemake" in globals():\n    import json\n    with open(snakemake.output[0], "w") as file:\n        json.dump(run(), file)\n`,
      Snakefile: 'rule step:\n    output: "out.json"\n    script: "main.py"\n',
    }),
    command: (python) => [join(dirname(python), 'snakemake'), '--cores', '1', '--quiet', 'all'],
  },
  {
    name: 'DVC',
    packages: ['dvc==3.67.1'],
    files: (program) => ({
      'main.py': `${countCalls(program.main)}\n\nif __name__ == "__main__":\n    import json\n    with open("out.json", "w") as file:\n        json.dump(run(), file)\n`,
      'dvc.yaml': 'stages:\n  step:\n    cmd: python main.py\n    deps: [main.py]\n    outs: [out.json]\n',
      '.dvc/config': '[core]\n    no_scm = true\n    analytics = false\n',
    }),
    command: (python) => [join(dirname(python), 'dvc'), 'repro', '--quiet'],
  },
];

function countCalls(main: string): string {
  return main.replace(/(def run\(\):\n {4}""".*"""\n)/, (head: string) => head + COUNTED);
}

/** `sites` = folder with the package for each version of it. */
export function createPeers(folder: string, sites: (version: string) => string): readonly (readonly [string, Peer<Reuser>])[] {
  return IDIOMS.map((idiom) => [idiom.name, createPeer(idiom, folder, sites)]);
}

function createPeer(idiom: Idiom, folder: string, sites: (version: string) => string): Peer<Reuser> {
  const python = installPythonPeers(`everyday-${idiom.name.toLowerCase().replace('.', '-')}`, idiom.packages);
  if (python.kind === 'missing') return python;
  let count = 0;
  const attempt = (place: string, program: Program): Attempt => {
    writeFiles(place, { 'helpers.py': program.helpers, ...idiom.files(program) });
    const before = countMarks(place);
    runIdiom(idiom, python.peer, { place, program, site: sites(program.six) });
    return countMarks(place) > before ? 'executed' : 'reused';
  };
  const editAndRun = (edit: EverydayEdit): Promise<Attempt> => {
    const place = join(folder, idiom.name, String(count++));
    attempt(place, BASE);
    return Promise.resolve(attempt(place, edit.apply(BASE)));
  };
  return { kind: 'ready', peer: { name: idiom.name, editAndRun } };
}

function runIdiom(idiom: Idiom, python: string, { place, program, site }: { place: string; program: Program; site: string }): void {
  const [command, ...args] = idiom.command(python);
  const path = `${dirname(python)}:${process.env['PATH'] ?? ''}`;
  const env = { PATH: path, HOME: place, LEVEL: program.level, PYTHONPATH: `${place}:${site}`, PYTHONDONTWRITEBYTECODE: '1' };
  const { stdout, stderr, status } = spawnSync(command, args, { cwd: place, env, encoding: 'utf8' });
  if (status !== 0) throw new Error(`${idiom.name} ended with ${String(status)}: ${stderr.slice(-1500)}${stdout.slice(-500)}`);
}

function countMarks(place: string): number {
  const file = join(place, 'count.txt');
  return existsSync(file) ? readFileSync(file, 'utf8').length : 0;
}

/** Files that stay as they are keep their times, as an editor would have it. */
function writeFiles(place: string, files: { readonly [path: string]: string }): void {
  for (const [file, text] of Object.entries(files)) {
    const target = join(place, file);
    if (existsSync(target) && readFileSync(target, 'utf8') === text) continue;
    const isNew = !existsSync(target);
    mkdirSync(dirname(target), { recursive: true });
    writeFileSync(target, text);
    const long = new Date(Date.now() - 3_600_000);
    if (isNew) utimesSync(target, long, long);
  }
}

/** Installs the package at a version into a folder of its own. */
export function installSite(python: string, folder: string, version: string): string {
  const site = join(folder, `six-${version}`);
  if (!existsSync(site)) {
    rmSync(site, { recursive: true, force: true });
    execFileSync(
      python,
      ['-m', 'pip', 'install', '--quiet', '--disable-pip-version-check', '--no-deps', '--target', site, `six==${version}`],
      {
        stdio: ['ignore', 'ignore', 'inherit'],
      },
    );
  }
  return site;
}
