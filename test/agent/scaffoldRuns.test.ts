import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { appendFileSync } from 'node:fs';
import path from 'node:path';
import { after, before, describe, it } from 'mocha';
import type { RunDocument } from '../../rde-agent/protocol/documents.ts';
import type { Roles } from '../../rde-agent/server/agent.ts';
import { composeRoles } from '../../rde-agent/server/composeRoles.ts';
import { findPlaces } from '../../rde-agent/server/places.ts';
import { createNewId, systemClock } from '../../rde-agent/server/systemClock.ts';
import { OWNER, untilFinished } from '../support/runRole.ts';
import { silentLogger } from '../support/silentLogger.ts';
import { createTempFolder, removeFolder } from '../support/tempFolder.ts';

const SERVER = new URL('../../rde-agent/server/main.ts', import.meta.url).href;

/** Scaffolds are promises: what they write runs in a real Python as it is. */
describe('scaffolded modules in real workers', () => {
  let root: string;
  let stateFolder: string;
  let roles: Roles;
  before(async () => {
    root = createTempFolder();
    stateFolder = createTempFolder();
    roles = await composeRoles(
      { stateFolder, logger: silentLogger, clock: systemClock, newId: createNewId(), owner: OWNER },
      findPlaces(SERVER),
    );
    await roles.workspaceRole.init({ root, name: 'fresh', preview: false });
  });
  after(async () => {
    await roles.stop();
    removeFolder(root);
    removeFolder(stateFolder);
  });

  const run = async (workflow: string): Promise<RunDocument> => {
    const { run: id } = await roles.workspaceRole.submit(
      { root, workflow, params: {}, documents: {}, force: false, key: randomUUID() },
      OWNER,
    );
    const document = await untilFinished(roles.runRole, id);
    assert.deepEqual(
      document.steps.map((step) => step.error),
      document.steps.map(() => null),
    );
    assert.equal(document.state, 'succeeded');
    return document;
  };
  const newModule = (
    name: string,
    kind: 'data' | 'train' | 'package' | 'evaluate' | 'deploy',
    inputs: string[] = [],
    outputs: string[] = [],
  ): Promise<unknown> => roles.workspaceRole.newModule({ root, name, kind, language: 'python', inputs, outputs, preview: false });
  const newWorkflow = (name: string, modules: string[]): Promise<unknown> =>
    roles.workspaceRole.newWorkflow({ root, name, modules, preview: false });

  it('run right after `init`, are reused, and run again after an edit', async () => {
    assert.equal((await run('fresh/first')).steps[0]?.decision, 'executed');
    assert.equal((await run('fresh/first')).steps[0]?.decision, 'reused');
    appendFileSync(path.join(root, 'modules/fresh/squares/squares.py'), '\nMORE = 1\n');
    assert.equal((await run('fresh/first')).steps[0]?.decision, 'reused', 'nobody asks for it');
    appendFileSync(path.join(root, 'modules/fresh/squares/squares.py'), '\nprint(MORE)\n');
    const [step] = (await run('fresh/first')).steps;
    assert.deepEqual([step?.decision, step?.reasons[0]?.kind], ['executed', 'code']);
  });

  it('run as a chain of one of each kind', async () => {
    const kinds = ['data', 'train', 'package', 'deploy', 'evaluate'] as const;
    for (const kind of kinds) await newModule(`team/${kind}`, kind);
    await newWorkflow(
      'team/chain',
      kinds.map((kind) => `team/${kind}`),
    );
    assert.equal((await run('team/chain')).steps.length, 5);
  });

  it('run with folders, files and metrics as ports', async () => {
    await newModule('team/write', 'data', ['records'], ['folder:directory', 'written:file', 'measured:metrics']);
    await newModule('team/read', 'data', ['folder:directory', 'written:file', 'measured:metrics'], ['seen']);
    await newWorkflow('team/ports', ['team/data', 'team/write', 'team/read']);
    await run('team/ports');
  });
});
