import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { chmodSync, existsSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { SHELLS, toShellScript, type Shell } from '../../rde-agent/cli/completion/shellScripts.ts';
import { moduleFiles, SmallWorkspace } from '../support/smallWorkspace.ts';
import { createTempFolder, removeFolder } from '../support/tempFolder.ts';

const CAIRN = fileURLToPath(new URL('../../dist/agent/cairn.mjs', import.meta.url));
const TERMINAL = fileURLToPath(new URL('../support/terminal.py', import.meta.url));

const START: { readonly [S in Shell]: { readonly arguments: readonly string[]; readonly load: (script: string) => string } } = {
  bash: { arguments: ['--noprofile', '--norc', '-i'], load: (script) => `source '${script}'` },
  zsh: { arguments: ['-f', '-i'], load: (script) => `autoload -U compinit && compinit -D -u && source '${script}'` },
  fish: { arguments: ['--no-config', '-i'], load: (script) => `source '${script}'` },
};

describe('agent: completion in real shells', function () {
  this.timeout(120_000);
  let folder: string;
  let space: SmallWorkspace;

  before(() => {
    folder = createTempFolder();
    space = new SmallWorkspace({
      ...moduleFiles('demo/first', { code: 'def run():\n    return {"out": 1}\n' }),
      'workflows/flow.workflow.yaml': 'workflow: demo/unlike-any-other\nsteps:\n  first: { module: demo/first }\n',
    });
    writeFileSync(path.join(folder, 'cairn'), `#!/bin/sh\nexec '${process.execPath}' '${CAIRN}' "$@"\n`);
    chmodSync(path.join(folder, 'cairn'), 0o755);
    for (const shell of SHELLS) writeFileSync(path.join(folder, `completion.${shell}`), toShellScript(shell));
  });
  after(() => {
    space.dispose();
    removeFolder(folder);
  });

  function type(shell: Shell, keys: string, wanted: string): void {
    const { arguments: args, load } = START[shell];
    const words = [TERMINAL, load(path.join(folder, `completion.${shell}`)), keys, wanted, shell, ...args];
    const { status, stdout, stderr } = spawnSync('python3', words, {
      cwd: space.root,
      encoding: 'utf8',
      env: { ...process.env, PATH: `${folder}:${process.env['PATH'] ?? ''}`, CAIRN_HOME: folder, HOME: folder, TERM: 'xterm', PS1: '> ' },
    });
    assert.equal(status, 0, `${shell} showed, after ${JSON.stringify(keys)}:\n${stdout}\n${stderr}`);
  }

  for (const shell of SHELLS) {
    const isThere = shell === 'bash' || existsSync(`/usr/bin/${shell}`);
    describe(`${shell}${isThere ? '' : ` (needs ${shell}: /usr/bin/${shell})`}`, () => {
      before(function () {
        if (!isThere) this.skip();
      });
      it('completes a command', () => type(shell, 'cairn promo\\t', 'te'));
      it('completes the name of a workflow', () => type(shell, 'cairn run demo/unl\\t', 'any-other'));
      it('completes a step of a workflow', () => type(shell, 'cairn run demo/unlike-any-other --from fir\\t', 'st'));
      it('completes an option', () => type(shell, 'cairn run --cancel-on-\\t', 'interrupt'));
      it('completes a value of an option', () => type(shell, 'cairn new module x --language ty\\t', 'script'));
      it('completes a value behind an equals sign', () => type(shell, 'cairn new module x --kind=ev\\t', 'aluate'));
      it('leaves folders to the shell', () => type(shell, 'cairn --workspace workf\\t', 'lows'));
      it('lists what there is', () => type(shell, 'cairn agent st\\t\\t', 'status'));
    });
  }
});
