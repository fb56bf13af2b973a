import assert from 'node:assert/strict';
import type { AgentClient } from '../../rde-agent/client/agentClient.ts';
import { newKey } from '../../rde-agent/client/newKey.ts';
import { TestAgent } from '../support/agent.ts';
import { moduleFiles, SmallWorkspace } from '../support/smallWorkspace.ts';
import { waitFor } from '../support/waitFor.ts';

const MEGABYTE = 1024 * 1024;
/** One line of 50 MB whose content tells the place, then bytes that are no text, then a last line without an end. */
const PRINT = `import os
def write(data):
    while data: data = data[os.write(1, data):]
def run():
    for place in range(50 * 1024 * 1024 // 16): 
        if place % 65536 == 0: block = []
        block.append(b"%015d," % place)
        if place % 65536 == 65535: write(b"".join(block))
    write(b"\\n" + bytes(range(256)) * 4096 + b"\\nlast")
    return {"out": 1}
`;

describe('F38: endless lines', function () {
  this.timeout(180_000);
  for (const reuse of ['fork', 'worker'] as const) {
    it(`keeps a line of 50 MB, binary and a last line without an end, whole and in order (reuse: ${reuse})`, async () => {
      const more = reuse === 'worker' ? 'reuse: worker\n' : '';
      const workspace = new SmallWorkspace({
        ...moduleFiles('long/print', { code: PRINT, more }),
        'workflows/print.workflow.yaml': 'workflow: long/print-all\nsteps:\n  print: { module: long/print }\noutputs: { out: print.out }\n',
      });
      const agent = await TestAgent.start();
      try {
        const client = agent.connect();
        const { run } = await client.request('run.submit', { root: workspace.root, workflow: 'long/print-all', key: newKey() });
        await waitFor('the run ends', async () => (await client.request('run.show', { run })).state === 'succeeded', 120);
        await assertWhole(client, run);
        const { rss } = await client.request('agent.status', {});
        assert.ok(rss < 400 * MEGABYTE, `the agent has ${String(Math.round(rss / MEGABYTE))} MB`);
      } finally {
        await agent.dispose();
        workspace.dispose();
      }
    });
  }
});

async function assertWhole(client: AgentClient, run: string): Promise<void> {
  let after: string | undefined;
  let place = 0;
  let rest = '';
  let seq = 0;
  const others: string[] = [];
  for (;;) {
    const page = await client.request('run.logs', { run, limit: 50, ...(after === undefined ? {} : { after }) });
    for (const line of page.lines) {
      assert.equal(line.seq, ++seq);
      assert.ok(line.text.length <= 65_536);
      if (place * 16 >= 50 * MEGABYTE) {
        others.push(line.text);
        continue;
      }
      rest += line.text;
      const whole = rest.length - (rest.length % 16);
      for (let at = 0; at < whole; at += 16) assert.equal(Number(rest.slice(at, at + 15)), place++);
      rest = rest.slice(whole);
    }
    after = page.after;
    if (page.done && page.lines.length === 0) break;
  }
  assert.equal(place, (50 * MEGABYTE) / 16);
  assert.equal(others.at(-1), 'last');
  // Every byte 10 of the binary part ends a line; what is no UTF-8 is shown as such.
  assert.equal(others.filter((text) => text.includes('\ufffd')).length >= 4096, true);
}
