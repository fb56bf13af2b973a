import assert from 'node:assert/strict';
import type { CheckDocument } from '../../../rde-agent/protocol/documents.ts';
import { Home, Studio, toModule } from './studio.ts';

const MAKE = '  m: { module: t/make }\n';
const EACH = '  m: { module: t/make, foreach: { i: [1, 2] }, params: { n: "${foreach.i}" } }\n';
const ONE = '  a:\n    module: t/one\n    in: { row: m.rows }\n';

/** What is found and where («…»), in the part of a workflow below its name. Nothing else may be found that is more than a remark. */
const CASES: readonly (readonly [code: string, text: string])[] = [
  ['unknown-key', 'steps:\n  a: { module: t/make, «parms»: { n: 1 } }\n'],
  ['invalid-value', 'steps:\n  a: { module: t/make, timeout: «10» }\n'],
  ['invalid-value', 'steps:\n  a: { module: t/make, retry: { attempts: 2, on: [«network»] } }\n'],
  ['invalid-value', 'steps:\n  a: { module: t/make, cache: «never» }\n'],
  ['invalid-value', `steps:\n${MAKE}  «__proto__»: { module: t/make }\n`],
  ['unknown-module', 'steps:\n  a: { module: «t/mak» }\n'],
  ['unknown-dataset', 'steps:\n  a: { dataset: «t/e» }\n'],
  ['unknown-workflow', 'steps:\n  a: { workflow: «t/e» }\n'],
  ['unknown-step', `steps:\n${MAKE}  a: { module: t/one, in: { row: «mak».rows } }\n`],
  ['unknown-port', `steps:\n${MAKE}  a: { module: t/one, in: { row: m.«row» } }\n`],
  ['unknown-port', `steps:\n${MAKE}  a: { module: t/one, in: { «rows»: m.rows, row: m.rows } }\n`],
  ['unknown-port', `steps:\n${MAKE}  a: { module: t/one, in: { row: m.«constructor» } }\n`],
  ['unknown-param', 'steps:\n  m: { module: t/make, params: { «N»: 3 } }\n'],
  ['unknown-param', 'steps:\n  m: { module: t/make, params: { n: "${params.«q»}" } }\n'],
  ['missing-input', 'steps:\n  «a»: { module: t/one }\n'],
  ['type-mismatch', `steps:\n${MAKE}  a: { module: t/all, in: { rows: «m.rows» } }\n`],
  ['type-mismatch', `steps:\n${EACH}  a: { module: t/one, in: { row: «m.rows» } }\n`],
  ['type-mismatch', 'steps:\n  m: { module: t/make, params: { n: «1.5» } }\n'],
  ['type-mismatch', 'steps:\n  m: { module: t/make, params: { n: «"3"» } }\n'],
  ['type-mismatch', 'steps:\n  m: { module: t/make, params: { n: «0» } }\n'],
  ['cycle', 'steps:\n  a: { module: t/one, in: { row: «b.out» } }\n  b: { module: t/one, in: { row: a.out } }\n'],
  ['duplicate-name', `steps:\n${MAKE}  «m»: { module: t/make }\n`],
  ['duplicate-name', `steps:\n${MAKE}  «M»: { module: t/make }\n`],
  ['syntax', 'steps:\n  a: «{» module: t/make\n'],
  ['syntax', 'steps:\n  a: { module: t/make, foreach: { i: «[»1, 2 } }\n'],
  ['syntax', 'steps:\n  a: { module: «"»t/make }\n'],
  ['syntax', 'steps:\n«\t»a: { module: t/make }\n'],
  ['syntax', `steps:\n${EACH}  a: { module: t/all, in: { rows: «m[*].rows» } }\n`],
  ['syntax', 'params: { x: { type: int, default: 1 } }\nsteps:\n  m: { module: t/make, params: { n: «${params.x}» } }\n'],
  ['yaml-tag', `params: { x: { type: bool, default: true } }\nsteps:\n${MAKE}${ONE}    when: «!params.x»\n`],
  ['yaml-tag', `params: { x: { type: bool, default: true } }\nsteps:\n${MAKE}${ONE}    when: «!!params.x»\n`],
  ['cut-by-comment', `params: { s: { type: string, default: a } }\nsteps:\n${MAKE}${ONE}    when: «params.s == "a #1"»\n`],
  ['cut-by-comment', `steps:\n${MAKE}${ONE}    params:\n      k: «issue #12»\n`],
  ['not-supported', 'steps:\n  m: &m { module: t/make }\n  n: { «<<»: *m, module: t/make }\n'],
  ['condition-type', `params: { x: { type: int, default: 1 } }\nsteps:\n${MAKE}${ONE}    when: «params.x»\n`],
  ['condition-type', `params: { x: { type: int, default: 1 } }\nsteps:\n${MAKE}${ONE}    when: «params.x == '1'»\n`],
  ['constant-condition', `steps:\n${MAKE}${ONE}    when: «1 > 2»\n`],
  ['invalid-join', `steps:\n${MAKE}  a: { module: t/one, in: { row: m.rows }, join: «any» }\n`],
  ['quorum-too-large', `steps:\n${EACH}  a: { module: t/all, in: { rows: "m[*].rows" }, join: «quorum(3)» }\n`],
  ['unknown-step', `steps:\n${EACH}  a: { module: t/one, in: { row: "m[«3»].rows" } }\n`],
  [
    'foreach-type',
    `steps:\n${MAKE}  a: { module: t/one, foreach: { r: «m.stats» }, in: { row: m.rows }, params: { k: "x\${foreach.r}" } }\n`,
  ],
  ['invalid-schedule', `schedule: { cron: "«61 * * * *»" }\nsteps:\n${MAKE}`],
  ['invalid-schedule', `schedule: { cron: "«0 0 31 2 *»" }\nsteps:\n${MAKE}`],
  ['unknown-timezone', `schedule: { cron: "0 0 * * *", timezone: «Mars/Base» }\nsteps:\n${MAKE}`],
  ['production-uses-alpha', 'domain: production\nsteps:\n  m: { module: t/make@«latestAlpha» }\n'],
  ['unknown-module', 'description: "😀"\nsteps:\n  m: { description: "😀é", module: «t/mak» }\n'],
];

const MODULES = {
  ...toModule('t/make', {
    code: 'def run(n: int = 3):\n    return {"rows": n, "stats": {"n": n}}\n',
    params: '{ n: { type: int, default: 3, min: 1 } }',
    outputs: '{ rows: json, stats: metrics }',
  }),
  ...toModule('t/one', {
    code: 'def run(row, k: str = ""):\n    return [row, k]\n',
    inputs: '{ row: json }',
    params: '{ k: { type: string, default: "" } }',
  }),
  ...toModule('t/all', { code: 'def run(rows):\n    return rows\n', inputs: '{ rows: { list: json } }' }),
};

interface Marked {
  readonly text: string;
  /** `line:column-line:column` */
  readonly place: string;
}

function unmark(marked: string): Marked {
  const toPlace = (before: string): string => `${before.split('\n').length}:${before.length - before.lastIndexOf('\n')}`;
  const [before = '', inside = '', after = ''] = marked.split(/[«»]/);
  return { text: before + inside + after, place: `${toPlace(before)}-${toPlace(before + inside)}` };
}

describe('acceptance: findings at the exact place', function () {
  this.timeout(60_000);
  const marked = CASES.map(([, text], index) => unmark(`workflow: t/case${index}\n${text}`));
  let found: CheckDocument['diagnostics'] = [];
  before(async () => {
    const home = new Home();
    const files = Object.fromEntries(marked.map(({ text }, index) => [`workflows/case${index}.workflow.yaml`, text]));
    const studio = new Studio(home, { ...MODULES, ...files });
    const { out, err } = await studio.cairn(['check', '--json']);
    studio.dispose();
    await home.dispose();
    assert.notEqual(out, '', err);
    found = (JSON.parse(out) as CheckDocument).diagnostics;
  });

  for (const [index, [code, text]] of CASES.entries()) {
    it(`${code}: ${/«(.*)»/.exec(text)?.[1] ?? ''}`, () => {
      const own = found.filter(({ file, severity }) => file === `workflows/case${index}.workflow.yaml` && severity !== 'info');
      const told = own.map(({ code: known, range: { start, end } }) => [known, `${start.line}:${start.column}-${end.line}:${end.column}`]);
      assert.deepEqual(told, [[code, marked[index]?.place]]);
    });
  }
});
