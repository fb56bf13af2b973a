import type { AgentClient } from '../../rde-agent/client/agentClient.ts';

/** Everything about runs that can be read through the registry, as text: what later versions must answer the same. */
export async function readRuns(client: AgentClient, workflow: string): Promise<string> {
  const { runs } = await client.request('run.list', { limit: 100 });
  const answers: unknown[] = [
    runs,
    await client.request('run.list', { limit: 1 }),
    await client.request('run.list', { limit: 100, workflow }),
  ];
  for (const { run } of runs) {
    const shown = await client.request('run.show', { run });
    answers.push(shown, await client.request('run.logs', { run }));
    const decided = shown.steps.filter((step) => step.decision !== null);
    for (const step of decided) answers.push(await client.request('run.why', { run, step: step.step }));
  }
  return JSON.stringify(answers, null, 1);
}
