import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { findStep, Home, Studio, toModule } from './studio.ts';

const CANARY = 'canary-5d0c/+é=&-value';
const GIVEN = { CAIRN_SECRET_TOKEN: CANARY };
const MORE = 'environment: secret\n';

function toStep(name: string, module: string): { readonly [path: string]: string } {
  return { [`workflows/${name}.workflow.yaml`]: `workflow: keys/${name}\nsteps:\n  step: { module: ${module} }\n` };
}

const FILES = {
  'environments/secret.environment.yaml': 'environment: secret\nsecrets: [TOKEN]\n',
  'environments/absent.environment.yaml': 'environment: absent\nsecrets: [NOBODY_GIVES_THIS]\n',
  ...toModule('keys/use', { code: 'import os\n\n\ndef run():\n    return len(os.environ["TOKEN"])\n', more: MORE }),
  ...toModule('keys/leak', {
    code: 'import os\n\n\ndef run():\n    token = os.environ["TOKEN"]\n    print("it is", token)\n    raise ValueError("not " + token)\n',
    more: MORE,
  }),
  ...toModule('keys/lack', { code: 'def run():\n    return 1\n', more: 'environment: absent\n' }),
  ...toModule('keys/other', { code: 'import os\n\n\ndef run():\n    return sorted(name for name in os.environ if "TOKEN" in name)\n' }),
  'modules/keys/node/module.yaml': `module: keys/node\nentry: main.ts:run\noutputs: { out: json }\n${MORE}`,
  'modules/keys/node/main.ts':
    "export function run() {\n  const token = process.env['TOKEN'] ?? '';\n  console.log('it is', token);\n  return { out: token.length };\n}\n",
  ...toStep('use', 'keys/use'),
  ...toStep('leak', 'keys/leak'),
  ...toStep('lack', 'keys/lack'),
  ...toStep('other', 'keys/other'),
  ...toStep('node', 'keys/node'),
};

/** Files below a folder that hold any form of the secret. */
function findLeaks(folder: string): readonly string[] {
  const forms = [CANARY, JSON.stringify(CANARY).slice(1, -1), Buffer.from(CANARY).toString('base64'), encodeURIComponent(CANARY)];
  const files = readdirSync(folder, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile());
  return files.map((entry) => join(entry.parentPath, entry.name)).filter((path) => forms.some((form) => readFileSync(path).includes(form)));
}

describe('acceptance: secrets of environments', function () {
  this.timeout(60_000);
  let home: Home;
  let studio: Studio;
  const said: string[] = [];
  before(() => {
    home = new Home();
    studio = new Studio(home, FILES);
  });
  after(async () => {
    studio.dispose();
    await home.dispose();
  });

  async function run(name: string): Promise<ReturnType<typeof findStep>> {
    const { out, err } = await studio.cairn(['run', `keys/${name}`, '--json'], GIVEN);
    const document = JSON.parse(out.trimEnd().split('\n').at(-1) ?? '') as Parameters<typeof findStep>[0];
    const logs = await studio.cairn(['logs', document.run]);
    said.push(out, err, logs.out);
    return findStep(document, 'step');
  }

  it('are variables of the tasks that name them, in Python and in Node', async () => {
    const length = String(CANARY.length).length;
    assert.equal((await run('use')).outputs['out']?.bytes, length);
    assert.equal((await run('node')).outputs['out']?.bytes, length);
  });

  it('are no variables of others', async () => assert.equal((await run('other')).outputs['out']?.bytes, '[]'.length));

  it('are told by name where nobody gives one', async () => {
    const { state, error } = await run('lack');
    assert.equal(state, 'failed');
    assert.equal(error?.code, 'environment-failed');
    assert.match(error.message, /NOBODY_GIVES_THIS.*CAIRN_SECRET_NOBODY_GIVES_THIS/);
  });

  it('are nowhere in what is said, nor in what is kept', async () => {
    const { error } = await run('leak');
    assert.equal(error?.code, 'user-error');
    assert.deepEqual(
      said.filter((text) => text.includes(CANARY)),
      [],
    );
    assert.deepEqual(findLeaks(home.stateFolder), []);
  });
});
