import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { runCli } from '../../../rde-agent/cli/program.ts';
import { newKey } from '../../../rde-agent/client/newKey.ts';
import type { LogLine } from '../../../rde-agent/protocol/documents.ts';
import { toPlainText } from '../../../webviews/protocol/plainText.ts';
import { TestAgent } from '../../support/agent.ts';
import { moduleFiles, SmallWorkspace } from '../../support/smallWorkspace.ts';
import { waitFor } from '../../support/waitFor.ts';

/** Title, link, cursor, clear, reset, bell, carriage return, NUL, one-byte CSI and a change of direction; `K` = a word that has to stay. */
const EVIL = String.raw`\x1b]0;owned\x07\x1b]8;;http://evil\x1b\\K\x1b]8;;\x1b\\\x1b[2J\x1b[1A\x1bc\x07\rK\x00\x9b31m\u202eK`;
const MODULE = `from cairn import log_metric, progress


def run(name: str):
    evil = "${EVIL}"
    print(evil)
    print("\\x1b[32mgreen\\x1b[0m")
    print('{"level":30,"time":"2020-01-01T00:00:00Z","msg":"forged"}')
    print("x" * (10 * 1024 * 1024))
    try:
        log_metric("auc" + evil, 0.5)
        progress(1, 2, evil)
    except Exception as error:
        print("refused", type(error).__name__)
    if name != "fine":
        raise ValueError(evil)
    return {"out": evil}
`;
const WORKFLOW = `workflow: evil/all
steps:
  it: { module: evil/print, params: { name: fine } }
  each:
    module: evil/print
    foreach: { name: ["\\x1b]0;owned\\x07\\x1b[2Jbad\\r"] }
    params: { name: '\${foreach.name}' }
`;

/** What nothing that is shown to people may hold; colours that we set ourselves are taken out before. */
const CONTROL = /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u2028\u2029\u202a-\u202e\u2066-\u2069]/;

describe('A40: what tasks print, throw and are called', function () {
  this.timeout(120_000);
  let agent: TestAgent;
  let workspace: SmallWorkspace;
  let run: string;
  before(async () => {
    workspace = new SmallWorkspace({
      ...moduleFiles('evil/print', { code: MODULE, params: '{ name: string }' }),
      'workflows/all.workflow.yaml': WORKFLOW,
    });
    agent = await TestAgent.start();
    const client = agent.connect();
    ({ run } = await client.request('run.submit', { root: workspace.root, workflow: 'evil/all', key: newKey() }));
    await waitFor('the run ends', async () => (await client.request('run.show', { run })).state === 'failed', 60);
  });
  after(async () => {
    await agent.dispose();
    workspace.dispose();
  });

  async function cairn(argv: readonly string[], isTTY: boolean): Promise<string> {
    let out = '';
    const stdout = { write: (text: string) => void (out += text), isTTY, columns: 100 };
    const env = { ...process.env, CAIRN_HOME: agent.stateFolder, TERM: 'xterm', NO_COLOR: undefined, FORCE_COLOR: undefined };
    const host = {
      env,
      cwd: workspace.root,
      stdout,
      stderr: stdout,
      interrupted: new AbortController().signal,
      node: process.versions.node,
    };
    await runCli(argv, host);
    return out;
  }

  for (const command of ['logs', 'show', 'runs', 'plan', 'run', 'ledger', 'cluster'])
    for (const isTTY of [true, false]) {
      it(`cairn ${command} ${isTTY ? 'on a terminal' : 'into a file'} prints them as text`, async () => {
        const argv =
          command === 'logs' || command === 'show'
            ? [command, run]
            : command === 'plan' || command === 'run'
              ? [command, 'evil/all']
              : [command];
        const out = await cairn(argv, isTTY);
        // Ours: colours, and the progress line, which takes itself away.
        const shown = out.replaceAll(/\u001b\[[\d;]*m/g, '').replaceAll('\r\u001b[K', '');
        assert.doesNotMatch(shown, CONTROL);
        if (command === 'logs') assert.doesNotMatch(shown, /owned/);
        if (!isTTY) assert.equal(out, shown, 'no colours either');
        if (command === 'logs') assert.match(out, isTTY ? /\u001b\[32mgreen/ : /\| green/);
      });
    }

  it('cairn why, preview: the same', async () => {
    for (const argv of [
      ['why', run, 'it'],
      ['preview', `${run}:it`],
    ])
      assert.doesNotMatch(await cairn(argv, false), CONTROL);
  });

  it('machines get every character, in JSON that is one document a line', async () => {
    const lines = (await cairn(['logs', run, 'it', '--json'], false)).trimEnd().split('\n');
    for (const line of lines) assert.doesNotMatch(line, CONTROL);
    const [first] = lines.map((line) => JSON.parse(line) as LogLine);
    assert.equal(first?.text.includes('\u001b]0;owned\u0007'), true);
    const long = lines.map((line) => (JSON.parse(line) as LogLine).text).filter((text) => /^x+$/.test(text));
    assert.equal(long.join('').length, 10 * 1024 * 1024);
    assert.ok(long.every((text) => text.length <= 65_536));
  });

  it('panels of the editor and of the portal show the same text', async () => {
    const { lines } = await agent.connect().request('run.logs', { run, step: 'it' });
    for (const { text } of lines) assert.doesNotMatch(toPlainText(text), CONTROL);
    assert.match(toPlainText(lines[0]?.text ?? ''), /^K.*K/);
  });

  it('what the agent writes down is JSON, one record a line, and nothing of it is forged', () => {
    for (const file of ['agent.log', 'openlineage.jsonl']) {
      const lines = readFileSync(join(agent.stateFolder, file), 'utf8').trimEnd().split('\n');
      for (const line of lines) {
        assert.doesNotMatch(line, CONTROL, file);
        const record = JSON.parse(line) as { readonly msg?: string };
        assert.notEqual(record.msg, 'forged');
      }
    }
  });
});
