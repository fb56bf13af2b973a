import assert from 'node:assert/strict';
import { chooseLauncher, type LauncherOptions } from '../../../../extension/agent/agentLauncher.ts';
import { CairnError } from '../../../../rde-agent/protocol/errors.ts';

interface Probe {
  readonly program: string;
  readonly env: NodeJS.ProcessEnv;
}

/** Options in which only the programs of `able` can run the agent; notes what was probed. */
function optionsWith(
  able: readonly string[],
  more: Partial<LauncherOptions> = {},
): { readonly options: LauncherOptions; readonly probed: Probe[] } {
  const probed: Probe[] = [];
  const canRun = (program: string, env: NodeJS.ProcessEnv): Promise<boolean> => {
    probed.push({ program, env });
    return Promise.resolve(able.includes(program));
  };
  return { options: { command: [], execPath: '/editor/node', isElectron: false, env: { PATH: '/bin' }, canRun, ...more }, probed };
}

describe('the launcher of the agent', () => {
  it('takes the setting as it is, without a probe', async () => {
    const { options, probed } = optionsWith([], { command: ['/opt/node', '--max-old-space-size=512'] });
    const { program, args } = await chooseLauncher(options);
    assert.deepEqual({ program, args, probed }, { program: '/opt/node', args: ['--max-old-space-size=512'], probed: [] });
  });

  it('takes the Node of the extension host where it can run the agent', async () => {
    const { options, probed } = optionsWith(['/editor/node', 'node']);
    assert.equal((await chooseLauncher(options)).program, '/editor/node');
    assert.deepEqual(
      probed.map((probe) => probe.program),
      ['/editor/node'],
    );
  });

  it('asks Electron to be Node', async () => {
    const { options } = optionsWith(['/editor/node'], { isElectron: true });
    assert.equal((await chooseLauncher(options)).env['ELECTRON_RUN_AS_NODE'], '1');
  });

  it('goes on to Node on PATH where the editor brings an older one', async () => {
    const { options } = optionsWith(['node'], { isElectron: true });
    const launcher = await chooseLauncher(options);
    assert.equal(launcher.program, 'node');
    assert.equal(launcher.env['ELECTRON_RUN_AS_NODE'], undefined);
  });

  it('says what is missing where neither can', async () => {
    const { options } = optionsWith([]);
    await assert.rejects(
      chooseLauncher(options),
      (error) => error instanceof CairnError && error.code === 'agent-start-failed' && error.next.includes('cairn.agent.command'),
    );
  });

  it('hands on no variable that belongs to the extension host', async () => {
    const env = { PATH: '/bin', NODE_OPTIONS: '--inspect', VSCODE_IPC_HOOK_CLI: '/tmp/x', HTTPS_PROXY: 'http://proxy' };
    const { options } = optionsWith(['/editor/node'], { env });
    assert.deepEqual((await chooseLauncher(options)).env, { PATH: '/bin', HTTPS_PROXY: 'http://proxy' });
  });
});
