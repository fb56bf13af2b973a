import { cpSync, existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { fileURLToPath } from 'node:url';
import { VERSION } from '../../rde-agent/client/version.ts';
import { TestAgent } from './agent.ts';
import { readRuns } from './readRuns.ts';
import { createSampleWorkspace, runSamples, SAMPLE_WORKFLOW } from './sampleRuns.ts';

/**
 * Writes the state folder of a few runs by this version, with what it answers about them, for later versions to be held to:
 * `node test/support/makeStateFixture.ts`. Never overwrites one: what an old version has written stays as it was.
 */
async function make(): Promise<void> {
  const to = fileURLToPath(new URL(`../fixtures/state/${VERSION}/`, import.meta.url));
  if (existsSync(to)) throw new Error(`${to} is there already and is kept for ever`);
  const workspace = createSampleWorkspace();
  const agent = await TestAgent.start();
  try {
    const client = agent.connect();
    await runSamples(client, workspace.root);
    const answers = await readRuns(client, SAMPLE_WORKFLOW);
    client.dispose();
    await agent.end('SIGTERM');
    mkdirSync(to, { recursive: true });
    // The key is a secret and made anew; what is derived is left out; the free pages of the database too.
    new DatabaseSync(join(agent.stateFolder, 'events.db')).prepare('VACUUM INTO ?').run(join(to, 'events.db'));
    for (const name of ['blobs', 'logs']) cpSync(join(agent.stateFolder, name), join(to, name), { recursive: true });
    writeFileSync(join(to, 'answers.json'), `${answers}\n`);
  } finally {
    await agent.dispose();
    workspace.dispose();
  }
}

await make();
