import assert from 'node:assert/strict';
import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { Composition } from '../../support/composition.ts';
import { OWNER } from '../../support/runRole.ts';
import { moduleFiles, SmallWorkspace } from '../../support/smallWorkspace.ts';

/** In the edit and nowhere else: as code, as a name, as a text, as a comment. */
const SECRETS = ['7230941', 'plan_only_name', 'plan only text', 'plan only comment'];
const CODE = 'from helper import scale\n\n\ndef run(n: int):\n    return {"out": scale(n)}\n';
const HELPER = 'def scale(n):\n    return n * 2\n';
const EDITED = `def scale(n):\n    # ${SECRETS[3] ?? ''}\n    ${SECRETS[1] ?? ''} = "${SECRETS[2] ?? ''}"\n    return n * ${SECRETS[0] ?? ''} + len(${SECRETS[1] ?? ''})\n`;

/** Every file below a folder, as text that keeps every byte. */
function readAll(folder: string): readonly { readonly path: string; readonly text: string }[] {
  return readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .map((path) => join(folder, path))
    .filter((path) => statSync(path, { throwIfNoEntry: false })?.isFile() === true)
    .map((path) => ({ path, text: readFileSync(path, 'latin1') }));
}

describe('agent: reuse: a plan keeps what was edited to itself', () => {
  const composition = new Composition();
  const space = new SmallWorkspace({
    ...moduleFiles('silent/a', { code: CODE, params: '{ n: int }' }),
    'modules/silent/a/helper.py': HELPER,
    'workflows/w.workflow.yaml': 'workflow: silent/w\nsteps:\n  a: { module: silent/a, params: { n: 2 } }\n',
  });
  const asked = { root: space.root, workflow: 'silent/w' };
  before(() => composition.start());
  after(async () => {
    await composition.dispose();
    space.dispose();
  });

  it('0 bytes of the edit are stored, recorded or sent to the run role, and the plan is exact', async () => {
    await composition.run(asked);
    const { runRole } = composition.roles;
    const sent: unknown[][] = [];
    const plan = runRole.plan.bind(runRole);
    // All that the run role is told. The function that reads sources stays in this process: between hosts there is none.
    runRole.plan = (...given) => {
      sent.push(given.slice(0, 4));
      return plan(...given);
    };
    const recorded: unknown[] = [];
    const listening = runRole.onDidRecord((...event) => recorded.push(event));
    space.write({ 'modules/silent/a/helper.py': EDITED });
    const planned = await composition.plan(asked);
    listening.dispose();
    assert.deepEqual(
      planned.steps.map(({ decision, reasons }) => [decision, reasons[0]?.symbol, reasons[0]?.file]),
      [['miss', 'scale', 'modules/silent/a/helper.py']],
    );
    assert.equal(sent.length, 1);
    assert.deepEqual(recorded, []);
    const traffic = JSON.stringify(sent, (_, value: unknown) =>
      value instanceof Uint8Array ? Buffer.from(value).toString('latin1') : value,
    );
    await composition.stop();
    for (const secret of SECRETS) {
      assert.ok(!traffic.includes(secret), `${secret} was sent`);
      for (const { path, text } of readAll(composition.stateFolder)) assert.ok(!text.includes(secret), `${secret} is in ${path}`);
    }
    await composition.start();
    assert.equal(composition.roles.runRole.runsView(OWNER).runs.length, 1);
  });
});
