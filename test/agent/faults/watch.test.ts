import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { FaultBench } from '../../support/faultBench.ts';
import { moduleFiles, type Files } from '../../support/smallWorkspace.ts';

const MODULES = 300;
/** A user namespace with fewer watches than the workspace has folders; it becomes the agent. */
const FEW = ['unshare', '--user', '--map-root-user', 'sh', '-c', 'echo 50 > /proc/sys/user/max_inotify_watches && exec "$@"', 'sh'];

const code = (number: number, text: string): string => `def run():\n    return {"out": [${String(number)}, ${JSON.stringify(text)}]}\n`;

function files(): Files {
  const modules = Array.from({ length: MODULES }, (_, number) => moduleFiles(`few/m${String(number)}`, { code: code(number, 'first') }));
  return {
    ...(Object.assign({}, ...modules) as Files),
    'workflows/few.workflow.yaml': 'workflow: few/flow\nsteps:\n  first: { module: few/m0 }\n  last: { module: few/m299 }\n',
  };
}

describe('F37: the real agent where watches run out (needs unshare: user namespaces with limits of their own)', function () {
  this.timeout(60_000);
  let bench: FaultBench;
  before(async function () {
    const [program = '', ...args] = [...FEW, 'true'];
    if (spawnSync(program, args).status !== 0) return this.skip();
    bench = await FaultBench.start(files(), { through: FEW });
  });
  after(() => bench?.dispose());

  it('each run is of what is on disk, edited or not', async () => {
    await bench.client.request('workspace.open', { root: bench.workspace.root });
    const decisions = async (): Promise<readonly (string | null)[]> => {
      const { state, steps } = await bench.run('few/flow');
      assert.equal(state, 'succeeded', JSON.stringify(steps.map(({ error }) => error)));
      return steps.map(({ decision }) => decision);
    };
    assert.deepEqual(await decisions(), ['executed', 'executed']);
    assert.deepEqual(await decisions(), ['reused', 'reused']);
    bench.workspace.write({ 'modules/few/m299/main.py': code(299, 'second') });
    assert.deepEqual(await decisions(), ['reused', 'executed']);
    bench.workspace.write({ 'modules/few/m0/main.py': code(0, 'second'), 'modules/few/m299/main.py': code(299, 'first') });
    assert.deepEqual(await decisions(), ['executed', 'reused']);
    assert.match(bench.agent.log, /fall back to polling/);
  });
});
