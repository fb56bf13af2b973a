import assert from 'node:assert/strict';
import { findStep, Home, Studio, toModule, toOutcomes } from './studio.ts';

type Files = { readonly [path: string]: string };

const NUMBER = { params: '{ number: int }' };

function toWorkflow(steps: string): Files {
  return { 'workflows/all.workflow.yaml': `workflow: alone/all\nparams: { number: int }\nsteps:\n${steps}` };
}

/** Whatever rights a task has, it can change neither what it was given nor what others will be given. */
describe('acceptance: tasks cannot reach each other through files', function () {
  this.timeout(60_000);
  let home: Home;
  let studio: Studio;
  before(() => {
    home = new Home();
    studio = new Studio(home);
  });
  beforeEach(() => studio.write({ 'modules/keep': '' }));
  afterEach(() => studio.remove('modules'));
  after(async () => {
    studio.dispose();
    await home.dispose();
  });

  it('a file that a task writes into its module’s folder fails it, by name, and no other task sees it', async () => {
    const code = `from pathlib import Path

def run(number: int):
    note = Path("note.txt")
    found = note.exists()
    if number == 1:
        note.write_text("left behind")
    return {"out": found}
`;
    studio.write(toModule('alone/task', { code, ...NUMBER }));
    studio.write(toWorkflow("  task: { module: alone/task, retry: { attempts: 1 }, params: { number: '${params.number}' } }\n"));
    const first = findStep(await studio.run('--param', 'number=1'), 'task');
    assert.deepEqual([first.state, first.outputs], ['failed', {}]);
    assert.match(
      `${first.error?.code ?? ''} ${first.error?.message ?? ''}`,
      /^(output-unexpected .*note\.txt.*TMPDIR|user-error PermissionError)/,
    );
    const second = await studio.run('--param', 'number=2');
    assert.equal(second.state, 'succeeded');
    const third = await studio.run('--param', 'number=3');
    assert.equal(findStep(third, 'task').outputs['out']?.digest, findStep(second, 'task').outputs['out']?.digest, 'both found no note');
  });

  it('code that a task writes over is not what the next task runs', async () => {
    const code = `import os
from pathlib import Path

def run(number: int):
    if number == 1:
        os.chmod("helper.py", 0o644)
        Path("helper.py").write_text("VALUE = 666\\n")
    from helper import VALUE

    return {"out": VALUE}
`;
    studio.write({ ...toModule('alone/task', { code, ...NUMBER }), 'modules/alone/task/helper.py': 'VALUE = 1\n' });
    const first = await studio.run('--param', 'number=1');
    assert.equal(first.state, 'failed');
    const second = findStep(await studio.run('--param', 'number=2'), 'task');
    assert.equal(second.state, 'succeeded', second.error?.message);
    studio.write({ 'modules/alone/task/main.py': 'def run(number: int):\n    return {"out": 1}\n' });
    assert.equal(findStep(await studio.run('--param', 'number=2'), 'task').outputs['out']?.digest, second.outputs['out']?.digest);
  });

  it('a task that writes into its input poisons no later result', async () => {
    const size = 300_000;
    const make = `import os
from pathlib import Path

def run():
    path = Path(os.environ["TMPDIR"], "big.bin")
    path.write_bytes(b"x" * ${size})
    return {"out": path}
`;
    const use = `import os
from pathlib import Path

def run(data: Path, number: int):
    found = len(data.read_bytes())
    if number == 1:
        os.chmod(data, 0o644)
        data.write_bytes(b"short")
    return {"out": found}
`;
    studio.write(toModule('alone/make', { code: make, outputs: '{ out: file }' }));
    studio.write(toModule('alone/use', { code: use, inputs: '{ data: file }', ...NUMBER }));
    studio.write(
      toWorkflow(
        "  make: { module: alone/make }\n  use: { module: alone/use, retry: { attempts: 1 }, in: { data: make }, params: { number: '${params.number}' } }\n",
      ),
    );
    const first = await studio.run('--param', 'number=1');
    const second = await studio.run('--param', 'number=2');
    if (second.state === 'failed') assert.equal(findStep(second, 'use').error?.code, 'input-unreadable');
    const third = await studio.run('--param', 'number=3');
    assert.deepEqual(toOutcomes(third)['use'], 'executed', findStep(third, 'use').error?.message);
    assert.equal(findStep(third, 'use').outputs['out']?.digest, findStep(first, 'use').outputs['out']?.digest, `both read ${size} bytes`);
  });
});
