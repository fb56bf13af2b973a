import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { SERVER_ARGUMENTS } from '../../extension/ui/language/serverArguments.ts';
import { createRandom, findDifference } from '../support/editFuzz.ts';
import { LanguageClient, type ServerProgram, type TextRange } from '../support/languageClient.ts';
import { SmallWorkspace, moduleFiles } from '../support/smallWorkspace.ts';
import { installNpmPeers, toPeerFolder, type Peer } from './peers.ts';
import { readMemory, withCpu } from './processFigures.ts';
import { alternate, printTable, ratio, type Contestant } from './samples.ts';

const ROUNDS = Number(process.argv[2] ?? 100);
const FUZZED_EDITS = Number(process.argv[3] ?? 10_000);
const WARM_UPS = 10;
/** seconds that one answer may take */
const PATIENCE = 60;

const WORKFLOW = 'workflows/flow.workflow.yaml';
const CODE = 'modules/bench/step/main.py';
const REPOSITORY = join(import.meta.dirname, '../..');
const SCHEMA = join(REPOSITORY, 'language/schemas/workflow.schema.json');

/** 1,000 tasks in 3,001 lines. */
function workflowText(): string {
  const steps = Array.from({ length: 999 }, (_, index) => `  s${index + 1}:\n    module: bench/step\n    in: { value: s${index}.out }\n`);
  return `workflow: bench/flow\nsteps:\n  s0:\n    module: bench/load\n${steps.join('')}`;
}

/** 3,001 lines, the entry last. */
function codeText(): string {
  const lines: string[] = [];
  for (let index = 0; lines.length < 2_990; index += 1) {
    lines.push(`def helper${index}(a, b=1):`, '    """Something that a module does."""', '    if a > b:');
    lines.push('        return [x * b for x in range(a)]', '    return {"a": a, "b": b}', '', '');
  }
  while (lines.length < 2_999) lines.push('');
  return [...lines, 'def run(value):', '    return {"out": value}', ''].join('\n');
}

/** A stretch that makes a text wrong, and the stretch that mends it. */
interface Toggle {
  readonly path: string;
  readonly right: string;
  readonly wrong: string;
  readonly range: (isWrong: boolean) => TextRange;
}

function toToggle(path: string, text: string, right: string, wrong: string, nth: number): Toggle {
  let at = -1;
  for (let index = 0; index < nth; index += 1) at = text.indexOf(right, at + 1);
  const before = text.slice(0, at).split('\n');
  const start = { line: before.length - 1, character: before.at(-1)?.length ?? 0 };
  const end = (length: number): TextRange['end'] => ({ line: start.line, character: start.character + length });
  return { path, right, wrong, range: (isWrong) => ({ start, end: end((isWrong ? wrong : right).length) }) };
}

/** Edits one way and the other; a sample is from the edit to its findings. A server that tells versions is held to them. */
function toContestant(name: string, client: LanguageClient, toggle: Toggle): Contestant {
  let isWrong = false;
  return {
    name,
    once: async () => {
      const range = toggle.range(isWrong);
      isWrong = !isWrong;
      const began = performance.now();
      const version = await client.change(toggle.path, isWrong ? toggle.wrong : toggle.right, range);
      await client.until(
        toggle.path,
        (told) => (told.version === undefined || told.version === version) && told.diagnostics.some(isError) === isWrong,
        PATIENCE,
      );
      return performance.now() - began;
    },
  };
}

/** Hints about names that are not used are no answer to the edit. */
function isError({ severity }: { readonly severity?: number }): boolean {
  return severity === undefined || severity <= 2;
}

async function startPeer(
  name: string,
  root: string,
  toggle: Toggle,
  toServer: () => ServerProgram,
): Promise<Peer<{ client: LanguageClient; contestant: Contestant }>> {
  try {
    const client = await LanguageClient.start(root, toServer());
    await client.open(toggle.path, readFileSync(join(root, toggle.path), 'utf8'));
    return { kind: 'ready', peer: { client, contestant: toContestant(name, client, toggle) } };
  } catch (error) {
    return { kind: 'missing', reason: `${name}: ${error instanceof Error ? error.message : String(error)}` };
  }
}

/** Ours as the extension starts it: the bundle, with the same arguments. */
function bundledServer(): ServerProgram {
  return { program: process.execPath, args: [...SERVER_ARGUMENTS, join(REPOSITORY, 'dist/languageServer/main.mjs'), '--stdio'] };
}

function yamlServer(): ServerProgram {
  const folder = toPeerFolder('yaml-language-server');
  installNpmPeers(folder, ['yaml-language-server@2.0.0']);
  return {
    program: process.execPath,
    args: [join(folder, 'node_modules/yaml-language-server/bin/yaml-language-server'), '--stdio'],
    settings: { yaml: { validate: true, schemas: { [pathToFileURL(SCHEMA).href]: ['*.workflow.yaml'] }, schemaStore: { enable: false } } },
  };
}

function pyrightServer(): ServerProgram {
  const folder = toPeerFolder('pyright');
  installNpmPeers(folder, ['pyright@1.1.414']);
  return { program: process.execPath, args: [join(folder, 'node_modules/pyright/langserver.index.js'), '--stdio'] };
}

function ruffServer(): ServerProgram {
  const folder = toPeerFolder('ruff');
  const program = join(folder, 'bin/ruff');
  if (!existsSync(program))
    execFileSync('python3', ['-m', 'pip', 'install', '--quiet', '--target', folder, 'ruff==0.17.6'], {
      stdio: ['ignore', 'ignore', 'inherit'],
    });
  return { program, args: ['server'] };
}

function prepare(): SmallWorkspace {
  const workspace = new SmallWorkspace({
    ...moduleFiles('bench/load', { code: 'def run():\n    return {"out": 1}\n' }),
    ...moduleFiles('bench/step', { inputs: '{ value: json }', code: codeText() }),
  });
  const file = join(workspace.root, WORKFLOW);
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, workflowText());
  return workspace;
}

/** Row 13: from an edit to its findings, over stdio. No server is asked to wait less or more than it does by itself. */
async function measure(): Promise<void> {
  execFileSync(process.execPath, [join(REPOSITORY, 'tools/build.mjs'), 'languageServer'], { stdio: ['ignore', 'ignore', 'inherit'] });
  const workspace = prepare();
  const { root } = workspace;
  const inWorkflow = toToggle(WORKFLOW, workflowText(), 'module: bench/step', 'modul: bench/step', 500);
  const inYaml = toToggle(WORKFLOW, workflowText(), '{ value: s500.out }', '{ value: s500.out ', 1);
  const inCode = toToggle(CODE, codeText(), 'run(value)', 'run(valuf)', 1);
  const started = [
    await startPeer('cairn, workflow of 1,000 tasks', root, inWorkflow, bundledServer),
    await startPeer('cairn, module of 3,001 lines', root, inCode, bundledServer),
    await startPeer('cairn, workflow that is no YAML every second time', root, inYaml, bundledServer),
    await startPeer('yaml-language-server, workflow', root, inWorkflow, yamlServer),
    await startPeer('ruff server, module', root, inCode, ruffServer),
    await startPeer('pyright, module', root, inCode, pyrightServer),
  ];
  try {
    const ready = started.flatMap((one) => (one.kind === 'ready' ? [one.peer] : []));
    const counted = ready.map(({ client, contestant }) => withCpu(contestant, client.process.pid));
    const summaries = await alternate(
      counted.map(({ contestant }) => contestant),
      ROUNDS,
      WARM_UPS,
    );
    printTable([...summaries, ...counted.map((one) => one.toCpu())]);
    for (const one of started) if (one.kind === 'missing') console.log(`peer missing: ${one.reason}`);
    for (const { client, contestant } of ready) {
      const { resident, own } = readMemory(client.process.pid);
      console.log(`${contestant.name}: ${(resident / 1024).toFixed(0)} MB resident, ${(own / 1024).toFixed(0)} MB of its own`);
    }
    const [workflow, code, broken, ...peers] = summaries;
    for (const peer of peers) console.log(ratio(peer, peer.name.startsWith('yaml') ? workflow : code));
    console.log(`bar: p50 <= 8 ms; measured ${[workflow, code, broken].map((one) => one?.p50.toFixed(2)).join(', ')} ms`);
  } finally {
    for (const one of started) if (one.kind === 'ready') await one.peer.client[Symbol.asyncDispose]();
    workspace.dispose();
  }
  guard();
}

/** Read as it is typed or read whole: the same, over edits of every kind. */
function guard(): void {
  const seed = 13;
  const difference = findDifference(WORKFLOW, FUZZED_EDITS, createRandom(seed));
  console.log(
    `guard: ${FUZZED_EDITS} fuzzed edits (seed ${seed}): ${difference === undefined ? 'the same as a whole reading' : `NOT the same: ${difference}`}`,
  );
  if (difference !== undefined) process.exitCode = 1;
}

await measure();
