import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { appendFileSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { after, before, describe, it } from 'mocha';
import type { RunDocument } from '../../rde-agent/protocol/documents.ts';
import type { Roles } from '../../rde-agent/server/agent.ts';
import { composeRoles } from '../../rde-agent/server/composeRoles.ts';
import { findPlaces } from '../../rde-agent/server/places.ts';
import { createNewId, systemClock } from '../../rde-agent/server/systemClock.ts';
import { OWNER, untilFinished } from '../support/runRole.ts';
import { silentLogger } from '../support/silentLogger.ts';
import { createTempFolder, removeFolder, writeFiles } from '../support/tempFolder.ts';

const SERVER = new URL('../../rde-agent/server/main.ts', import.meta.url).href;

/** Python above, TypeScript below and Python again: values cross by the store alone. */
const FILES = {
  'cairn.yaml': 'workspace: mixed\n',
  'environments/web.environment.yaml': `environment: web\nnode: "${process.versions.node.split('.')[0] ?? ''}"\nvariables: { TZ: UTC, GREETING: hello }\n`,
  'libraries/mix/words/library.yaml': 'library: mix/words\nlanguage: typescript\nfiles: ["**/*.ts"]\n',
  'libraries/mix/words/index.ts': 'export const shout = (text: string): string => text.toUpperCase();\n',
  'modules/mix/numbers/module.yaml': 'module: mix/numbers\nentry: main.py:run\noutputs: { numbers: json, text: file }\n',
  'modules/mix/numbers/main.py':
    'import os\nfrom pathlib import Path\n\ndef run():\n    text = Path(os.environ["TMPDIR"], "text.txt")\n    text.write_text("from python")\n    return {"numbers": [3, 1, 2], "text": text}\n',
  'modules/mix/sort/module.yaml':
    'module: mix/sort\nentry: main.ts:run\nenvironment: web\nuses: [mix/words]\ninputs: { numbers: json, text: file }\nparams: { factor: { type: int, default: 2 } }\noutputs: { sorted: json, quality: metrics }\n',
  'modules/mix/sort/main.ts': `import { readFileSync } from 'node:fs';
import { logMetric } from 'cairn';
import { shout } from 'words';
import { order } from './order.ts';

export async function run({ numbers, text, factor }: { numbers: number[]; text: string; factor: number }) {
  logMetric('count', numbers.length);
  const said = shout(\`\${process.env['GREETING']} \${readFileSync(text, 'utf8')}\`);
  return { sorted: { values: order(numbers).map((value) => value * factor), said }, quality: { best: Math.max(...numbers) } };
}
`,
  'modules/mix/sort/order.ts': 'export function order(numbers: number[]): number[] {\n  return numbers.toSorted((a, b) => a - b);\n}\n',
  'modules/mix/check/module.yaml': 'module: mix/check\nentry: main.py:run\ninputs: { sorted: json }\noutputs: { out: json }\n',
  'modules/mix/check/main.py':
    'def run(sorted):\n    assert sorted == {"values": [2, 4, 6], "said": "HELLO FROM PYTHON"}, sorted\n    return {"out": True}\n',
  'workflows/mixed.workflow.yaml':
    'workflow: mix/mixed\nsteps:\n  numbers: { module: mix/numbers }\n  sort: { module: mix/sort, in: { numbers: numbers.numbers, text: numbers.text } }\n  check: { module: mix/check, in: { sorted: sort.sorted } }\n',
};

describe('TypeScript modules in real workers', function () {
  this.timeout(60_000);
  let root: string;
  let stateFolder: string;
  let roles: Roles;
  before(async () => {
    root = createTempFolder();
    writeFiles(root, FILES);
    stateFolder = createTempFolder();
    const context = { stateFolder, logger: silentLogger, clock: systemClock, newId: createNewId(), owner: OWNER };
    roles = await composeRoles(context, findPlaces(SERVER));
  });
  after(async () => {
    await roles.stop();
    removeFolder(root);
    removeFolder(stateFolder);
  });

  const run = async (): Promise<RunDocument> => {
    const request = { root, workflow: 'mix/mixed', params: {}, documents: {}, force: false, key: randomUUID() };
    const { run: id } = await roles.workspaceRole.submit(request, OWNER);
    return untilFinished(roles.runRole, id);
  };
  const find = (document: RunDocument): RunDocument['steps'][number] | undefined => document.steps.find(({ step }) => step === 'sort');

  it('take what Python made, and give it back', async () => {
    const document = await run();
    assert.equal(document.state, 'succeeded', JSON.stringify(document.steps.map(({ error }) => error)));
    const step = find(document);
    assert.deepEqual(step?.metrics, { count: 3, best: 3 });
    assert.equal(step.worker?.mode, 'spawned');
  });

  it('are reused after an edit of comments, and run again after one of code or of a library', async () => {
    const order = path.join(root, 'modules/mix/sort/order.ts');
    writeFileSync(order, `// a comment\n// of two lines\n${readFileSync(order, 'utf8')}`);
    assert.equal(find(await run())?.decision, 'reused');
    appendFileSync(order, 'console.log("loaded");\n');
    const edited = find(await run());
    assert.deepEqual([edited?.decision, edited?.reasons[0]?.kind], ['executed', 'code']);
    appendFileSync(path.join(root, 'libraries/mix/words/index.ts'), 'console.log("library");\n');
    assert.equal(find(await run())?.decision, 'executed');
    // The smallest parts are named, before it runs and after.
    const named = ({ reasons }: Pick<RunDocument['steps'][number], 'reasons'>) =>
      reasons.map(({ kind, symbol, file, line }) => [kind, symbol, file, line]);
    writeFileSync(order, readFileSync(order, 'utf8').replace('a - b', 'a - b + 0'));
    const expected = [['code', 'order', 'modules/mix/sort/order.ts', 3]];
    const { steps } = await roles.workspaceRole.plan({ root, workflow: 'mix/mixed', params: {}, documents: {} }, OWNER);
    assert.deepEqual(steps.filter(({ step }) => step === 'sort').map(named), [expected]);
    const sorted = find(await run());
    assert.deepEqual(sorted && named(sorted), expected);
    writeFileSync(
      path.join(root, 'libraries/mix/words/index.ts'),
      'export const shout = (text: string): string => `${text.toUpperCase()}`;\n',
    );
    const shouted = find(await run());
    assert.deepEqual(shouted && named(shouted)[0], ['code', 'shout', 'libraries/mix/words/index.ts', 1]);
  });

  it('fail at a line of their own files, and a broken one keeps runs of others possible', async () => {
    writeFileSync(
      path.join(root, 'modules/mix/sort/order.ts'),
      'interface Unused {\n  a: number;\n}\n\nexport function order(numbers: number[]): number[] {\n  throw new Error(`no order for ${numbers.length}`);\n}\n',
    );
    const failed = await run();
    assert.equal(failed.state, 'failed');
    const error = find(failed)?.error;
    assert.deepEqual(
      [error?.code, error?.message, error?.file, error?.line],
      ['user-error', 'Error: no order for 3', 'modules/mix/sort/order.ts', 6],
    );
    writeFileSync(path.join(root, 'modules/mix/sort/order.ts'), 'export function order( {\n');
    await assert.rejects(run(), { code: 'build-failed', message: /modules\/mix\/sort\/order\.ts:2:1: Expected/ });
    const { modules } = await roles.workspaceRole.build(
      { root, modules: ['mix/check'], documents: {}, environments: false },
      new AbortController().signal,
    );
    assert.equal(modules.length, 1);
  });
});
