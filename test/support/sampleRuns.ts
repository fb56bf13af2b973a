import type { AgentClient } from '../../rde-agent/client/agentClient.ts';
import { newKey } from '../../rde-agent/client/newKey.ts';
import { moduleFiles, SmallWorkspace } from './smallWorkspace.ts';
import { waitFor } from './waitFor.ts';

export const SAMPLE_WORKFLOW = 'small/flow';

const WORKFLOW = `workflow: small/flow
params: { number: { type: int, default: 1 } }
steps:
  one: { module: small/one, params: { number: "\${params.number}" } }
  each:
    module: small/two
    in: { value: one.out }
    foreach: { add: [1, 2] }
    params: { add: "\${foreach.add}" }
  sum: { module: small/sum, in: { values: "each[*].out" } }
outputs: { result: sum.out }
`;

const ONE = 'def run(number: int = 1):\n    print("number", number)\n    return {"out": number}\n';
const TWO = 'def run(value, add: int = 1):\n    if value == 13:\n        raise ValueError("unlucky")\n    return {"out": value + add}\n';
const SUM = 'from cairn import log_metric\n\ndef run(values: list):\n    log_metric("sum", sum(values))\n    return {"out": sum(values)}\n';

/** A workspace whose runs show a bit of everything: fan-out, join, logs, a metric, a failure. */
export function createSampleWorkspace(): SmallWorkspace {
  return new SmallWorkspace({
    ...moduleFiles('small/one', { code: ONE, params: '{ number: { type: int, default: 1 } }' }),
    ...moduleFiles('small/two', { code: TWO, inputs: '{ value: json }', params: '{ add: { type: int, default: 1 } }' }),
    ...moduleFiles('small/sum', { code: SUM, inputs: '{ values: { list: json } }' }),
    'workflows/flow.workflow.yaml': WORKFLOW,
  });
}

/** Executed, executed with another parameter, reused, failed; then a push. */
export async function runSamples(client: AgentClient, root: string): Promise<void> {
  for (const number of [1, 2, 1, 13]) {
    const { run } = await client.request('run.submit', { root, workflow: SAMPLE_WORKFLOW, params: { number }, key: newKey() });
    await waitFor('the run ends', async () => ['succeeded', 'failed'].includes((await client.request('run.show', { run })).state));
  }
  await client.request('workspace.push', { root, key: newKey() });
}
