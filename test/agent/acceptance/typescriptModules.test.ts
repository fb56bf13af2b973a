import assert from 'node:assert/strict';
import type { RunDocument } from '../../../rde-agent/protocol/documents.ts';
import { findStep, Home, Studio } from './studio.ts';

interface Module {
  readonly title: string;
  /** the body of `run` */
  readonly body: string;
  readonly outputs?: string;
  readonly timeout?: string;
  readonly more?: string;
}
interface Good extends Module {
  readonly lines?: readonly string[];
  readonly metrics?: { readonly [name: string]: number };
}
interface Bad extends Module {
  readonly code: string;
  readonly message: RegExp;
  readonly line?: number;
}

const LINES = 20_000;
const loud = Array.from({ length: LINES }, (_, index) => `line ${index}`);

const GOOD: readonly Good[] = [
  { title: 'loud and quick', body: `for (let i = 0; i < ${LINES}; i += 1) console.log('line ' + i);\n  return { out: 1 };`, lines: loud },
  {
    title: 'a text of many letters and no end of line',
    body: "process.stdout.write('é😀 without end');\n  return { out: 'é😀\\u0000' };",
    lines: ['é😀 without end'],
  },
  {
    title: 'async, with metrics',
    body: "await new Promise((done) => setTimeout(done, 5));\n  logMetric('loss', 0.5);\n  logMetric('loss', 0.25);\n  return { out: [] };",
    metrics: { loss: 0.25 },
  },
  { title: 'twenty megabytes', body: "return { out: 'x'.repeat(20_000_000) };" },
];

const BAD: readonly Bad[] = [
  {
    title: 'throws',
    body: "\n  const wrong: string = 'bad é';\n  throw new TypeError(wrong);",
    code: 'user-error',
    message: /TypeError: bad é/,
    line: 5,
  },
  { title: 'throws what is no error', body: 'throw { code: 3 };', code: 'user-error', message: /"code":3/ },
  {
    title: 'leaves a rejection alone',
    body: "void Promise.reject(new Error('alone'));\n  await new Promise((done) => setTimeout(done, 2000));\n  return { out: 1 };",
    code: 'user-error',
    message: /alone/,
    line: 3,
  },
  { title: 'leaves with 0', body: 'process.exit(0);', code: 'killed', message: /code 0.*process\.exit/ },
  { title: 'leaves with 3', body: 'process.exit(3);', code: 'killed', message: /code 3/ },
  { title: 'returns nothing', body: 'return;', code: 'output-missing', message: /out/ },
  { title: 'returns NaN', body: 'return { out: NaN };', code: 'output-wrong', message: /NaN/ },
  {
    title: 'returns a loop',
    body: 'const loop: unknown[] = [];\n  loop.push(loop);\n  return { out: loop };',
    code: 'output-wrong',
    message: /itself/,
  },
  { title: 'runs for ever', body: 'for (;;) {}', timeout: '1s', code: 'timeout', message: /1 s/ },
  { title: 'waits for ever', body: 'await new Promise(() => {});', timeout: '{ idle: 1s }', code: 'idle-timeout', message: /1 s/ },
];

function toFiles(modules: readonly Module[], prefix: string): { readonly [path: string]: string } {
  const files: { [path: string]: string } = {};
  for (const [index, { body, outputs = '{ out: json }', timeout, more = '' }] of modules.entries()) {
    const name = `${prefix}${index}`;
    files[`modules/ts/${name}/module.yaml`] = `module: ts/${name}\nentry: main.ts:run\noutputs: ${outputs}\n${more}`;
    files[`modules/ts/${name}/main.ts`] =
      `import { logMetric } from 'cairn';\nexport async function run() {\n  ${body}\n}\nvoid logMetric;\n`;
    const step = `{ module: ts/${name}${timeout === undefined ? '' : `, timeout: ${timeout}`} }`;
    files[`workflows/${name}.workflow.yaml`] = `workflow: ts/${name}\nsteps:\n  step: ${step}\n`;
  }
  return files;
}

describe('acceptance: TypeScript modules', function () {
  this.timeout(60_000);
  let home: Home;
  let studio: Studio;
  before(() => {
    home = new Home();
    studio = new Studio(home, { ...toFiles(GOOD, 'good'), ...toFiles(BAD, 'bad') });
  });
  after(async () => {
    studio.dispose();
    await home.dispose();
  });

  async function readLines({ run }: RunDocument): Promise<readonly string[]> {
    const { code, out, err } = await studio.cairn(['logs', run, 'step', '--json']);
    assert.equal(code, 0, err);
    const lines = out.split('\n').filter((line) => line !== '');
    return lines.map((line) => (JSON.parse(line) as { readonly text: string }).text);
  }

  for (const [index, { title, lines = [], metrics = {} }] of GOOD.entries()) {
    it(`succeeds: ${title}`, async () => {
      const run = await studio.run(`ts/good${index}`);
      assert.equal(run.state, 'succeeded', JSON.stringify(findStep(run, 'step').error));
      assert.deepEqual(findStep(run, 'step').metrics, metrics);
      assert.deepEqual(await readLines(run), lines);
    });
  }

  for (const [index, { title, code, message, line }] of BAD.entries()) {
    it(`fails, and says why: ${title}`, async () => {
      const run = await studio.run(`ts/bad${index}`);
      const { state, error } = findStep(run, 'step');
      assert.equal(run.state, 'failed');
      assert.equal(state, 'failed');
      assert.equal(error?.code, code);
      assert.match(error.message, message);
      if (line === undefined) return;
      assert.deepEqual([error.file, error.line], [`modules/ts/bad${index}/main.ts`, line]);
    });
  }
});
