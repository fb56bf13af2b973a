import { randomBytes } from 'node:crypto';
import { mkdtemp, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import type { ModuleTestLaunch, ModuleTestRequest } from '../../../protocol/moduleTests.ts';
import { toTestVariables, type ModuleTestPlace } from './testVariables.ts';

/** How a debugger starts the tests. The folder is made for it, readable by this user alone, and is the debugger's to remove. */
export async function launchTests(place: ModuleTestPlace, request: ModuleTestRequest): Promise<ModuleTestLaunch> {
  const folder = await mkdtemp(path.join(os.tmpdir(), 'cairn-debug-'));
  const [asked, answers] = [path.join(folder, 'request.json'), path.join(folder, 'answers')];
  const { timeout: _, ...rest } = request;
  await writeFile(asked, JSON.stringify({ ...rest, done: [] }), { mode: 0o600 });
  return {
    python: place.python,
    pythonArgs: ['-s'],
    module: 'cairn.testing',
    args: [asked, answers],
    folder,
    answers,
    variables: toTestVariables(place, folder, randomBytes(16).toString('hex')),
  };
}
