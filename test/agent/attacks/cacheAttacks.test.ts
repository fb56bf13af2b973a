import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer, type AddressInfo, type Server, type Socket } from 'node:net';
import { newKey } from '../../../rde-agent/client/newKey.ts';
import type { RunDocument } from '../../../rde-agent/protocol/documents.ts';
import { FaultBench } from '../../support/faultBench.ts';
import { moduleFiles, type Files } from '../../support/smallWorkspace.ts';
import { waitFor } from '../../support/waitFor.ts';

/** Says that it runs, waits until it may go on, and only then reads a file of its own folder. */
const SLOW = `import pathlib, socket
def run(port):
    with socket.create_connection(("127.0.0.1", port)) as gate: gate.recv(1)
    return {"out": (pathlib.Path(__file__).parent / "data.txt").read_text()}
`;
const AFTER = 'import helper\ndef run(value):\n    return {"out": [value, helper.NAME]}\n';

/** Returns what no reader of the code can tell. */
function toCode(names: string): string {
  return `def run():\n    return {name: 1 for name in ${names}}\n`;
}

function files(): Files {
  return {
    ...moduleFiles('bad/slow', { code: SLOW, params: '{ port: int }' }),
    'modules/bad/slow/data.txt': 'as it was',
    ...moduleFiles('bad/after', { code: AFTER, inputs: '{ value: json }' }),
    'modules/bad/after/helper.py': 'NAME = "one"\n',
    ...moduleFiles('bad/none', { code: toCode('["out"]'), outputs: '{ out: json, more: json }' }),
    ...moduleFiles('bad/extra', { code: toCode('["out", "more", "other"]'), outputs: '{ out: json, more: json }' }),
    ...moduleFiles('bad/writes', {
      code: 'import pathlib\ndef run():\n    (pathlib.Path(__file__).parent / "data.txt").write_text("poisoned")\n    return {"out": 1}\n',
    }),
    'modules/bad/writes/data.txt': 'as it was',
    'workflows/edited.workflow.yaml': `workflow: bad/edited
params: { port: int }
steps:
  slow: { module: bad/slow, params: { port: "\${params.port}" } }
  after: { module: bad/after, in: { value: slow.out } }
outputs: { result: after.out }
`,
    'workflows/tagged.workflow.yaml': `workflow: bad/tagged
params: { port: int }
steps:
  slow: { module: bad/slow, params: { port: "\${params.port}" } }
  after: { module: bad/after@stable, in: { value: slow.out } }
outputs: { result: after.out }
`,
    ...Object.fromEntries(
      ['none', 'extra', 'writes'].map((name) => [
        `workflows/${name}.workflow.yaml`,
        `workflow: bad/${name}-flow\nsteps:\n  it: { module: bad/${name}, retry: { attempts: 1 } }\noutputs: { result: it.out }\n`,
      ]),
    ),
  };
}

describe('attacks on the cache', function () {
  this.timeout(120_000);
  let bench: FaultBench;
  let gate: Gate;
  before(async () => {
    bench = await FaultBench.start(files());
  });
  after(() => bench.dispose());
  beforeEach(async () => {
    gate = await Gate.open();
  });
  afterEach(() => gate.close());

  const begin = async (workflow: string): Promise<string> => {
    const run = await bench.submit(workflow, { params: { port: gate.port } });
    await waitFor('it runs', () => gate.waiting > 0);
    return run;
  };
  const go = (): void => gate.go();
  const value = async (run: string, step: string): Promise<unknown> => {
    const { steps } = await bench.show(run);
    return steps.find((each) => each.step === step)?.outputs['out']?.digest;
  };
  const decisions = ({ steps }: RunDocument): readonly string[] =>
    steps.map(({ step, decision, reasons }) => `${step} ${decision ?? '-'} ${reasons[0]?.kind ?? ''}`);

  it('A31: a file that is edited while a task runs is not what the task sees, and its result stands for what it saw', async () => {
    const run = await begin('bad/edited');
    bench.workspace.write({ 'modules/bad/slow/data.txt': 'poisoned', 'modules/bad/after/helper.py': 'NAME = "poisoned"\n' });
    go();
    const first = await bench.finished(run);
    assert.equal(first.state, 'succeeded', JSON.stringify(first.steps.map(({ error }) => error)));
    // With the edits undone it is the very result; with them it is another.
    bench.workspace.write({ 'modules/bad/slow/data.txt': 'as it was', 'modules/bad/after/helper.py': 'NAME = "one"\n' });
    assert.deepEqual(decisions(await bench.run('bad/edited', { port: gate.port })), ['slow reused hit', 'after reused hit']);
    bench.workspace.write({ 'modules/bad/slow/data.txt': 'poisoned' });
    const edited = await bench.run('bad/edited', { port: gate.port });
    assert.match(decisions(edited).join(), /^slow executed (file|code)/);
    assert.notEqual(await value(edited.run, 'slow'), await value(run, 'slow'));
    bench.workspace.write({ 'modules/bad/slow/data.txt': 'as it was' });
  });

  it('A31: a task that writes into its own code fails, leaves the code as it was, and nothing is stored', async () => {
    const document = await bench.run('bad/writes-flow');
    assert.equal(document.state, 'failed');
    assert.equal(document.steps[0]?.error?.code, 'output-unexpected');
    assert.match(decisions(await bench.run('bad/writes-flow')).join(), /^it executed no-prior/);
  });

  it('A32: exit 0 without the declared outputs, or with more, fails, and its result is never reused', async () => {
    for (const [name, code] of [
      ['none', 'output-missing'],
      ['extra', 'output-unexpected'],
    ] as const) {
      const first = await bench.run(`bad/${name}-flow`);
      assert.deepEqual([first.state, first.steps[0]?.error?.code], ['failed', code]);
      const again = await bench.run(`bad/${name}-flow`);
      assert.deepEqual([again.state, again.steps[0]?.error?.code, again.steps[0]?.decision === 'reused'], ['failed', code, false]);
      assert.equal(bench.count('task.succeeded', `run:/${first.run}`), 0);
    }
  });

  it('A47: a tag that is moved after the plan or the submit changes no run that has begun, and the next one says what changed', async () => {
    const { root } = bench.workspace;
    const push = (): Promise<unknown> => bench.client.request('workspace.push', { root, tag: 'stable', key: newKey() });
    await push();
    const plan = await bench.client.request('workspace.plan', { root, workflow: 'bad/tagged', params: { port: gate.port } });
    assert.equal(plan.steps[1]?.decision === 'hit', false);
    const run = await begin('bad/tagged');
    bench.workspace.write({ 'modules/bad/after/helper.py': 'NAME = "moved"\n' });
    await push();
    go();
    const first = await bench.finished(run);
    assert.equal(first.state, 'succeeded');
    const second = await bench.run('bad/tagged', { port: gate.port });
    assert.match(decisions(second).join(), /^slow reused hit,after executed (code|import)/);
    assert.match(second.steps[1]?.reasons[0]?.file ?? second.steps[1]?.reasons[0]?.message ?? '', /helper|NAME/);
    assert.notEqual(await value(second.run, 'after'), await value(run, 'after'));
    // Moved back, the first result is right again.
    bench.workspace.write({ 'modules/bad/after/helper.py': 'NAME = "one"\n' });
    await push();
    const third = await bench.run('bad/tagged', { port: gate.port });
    assert.deepEqual(decisions(third), ['slow reused hit', 'after reused hit']);
    assert.equal(await value(third.run, 'after'), await value(run, 'after'));
  });
});

/** Where a task waits until it is let go on; a file would be an input of it. */
class Gate {
  readonly #server: Server;
  readonly #sockets: Socket[] = [];
  #isOpen = false;

  private constructor(server: Server) {
    this.#server = server;
    server.on('connection', (socket) => {
      socket.on('error', () => undefined);
      if (this.#isOpen) socket.end('x');
      else this.#sockets.push(socket);
    });
  }

  static async open(): Promise<Gate> {
    const server = createServer();
    const gate = new Gate(server);
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    return gate;
  }

  get port(): number {
    return (this.#server.address() as AddressInfo).port;
  }
  get waiting(): number {
    return this.#sockets.length;
  }

  go(): void {
    this.#isOpen = true;
    for (const socket of this.#sockets) socket.end('x');
  }

  close(): void {
    this.go();
    this.#server.close();
  }
}
