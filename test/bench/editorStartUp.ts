import { vscodeServer } from '../../tools/vscode/server.mjs';
import { createTempFolder, removeFolder } from '../support/tempFolder.ts';
import { packageExtension } from '../support/workbench/packagedExtension.ts';
import { startWorkbench } from '../support/workbench/workbench.ts';
import type { Peer } from './peers.ts';
import { summarize } from './samples.ts';

const ROUNDS = 5;

export interface Activation {
  readonly name: string;
  readonly milliseconds: number;
}

/**
 * What VS Code itself says that extensions took, load and call of `activate` together (“Show Running Extensions”), each round in a fresh server, profile
 * and browser. The extensions that the editor brings are the comparison.
 */
export async function measureActivation(): Promise<Peer<readonly Activation[]>> {
  if (!vscodeServer.isDone()) return { kind: 'missing', reason: 'there is no VS Code server: `npm test vscode` sets it up' };
  const took = new Map<string, number[]>();
  for (let round = 0; round < ROUNDS; round += 1) {
    for (const { name, milliseconds } of await startOnce()) took.set(name, [...(took.get(name) ?? []), milliseconds]);
  }
  const medians = [...took].map(([name, all]) => ({ name, milliseconds: summarize(name, all).p50 }));
  return { kind: 'ready', peer: medians.toSorted((one, other) => one.milliseconds - other.milliseconds) };
}

async function startOnce(): Promise<readonly Activation[]> {
  const folder = createTempFolder({ 'cairn.yaml': 'workspace: bench\n', 'notes.md': 'A note.\n' });
  try {
    const environment = Object.fromEntries(
      Object.entries(process.env).flatMap(([name, value]) => (value === undefined ? [] : [[name, value]])),
    );
    await using workbench = await startWorkbench({ folder, vsix: await packageExtension(), environment });
    await workbench.palette('Developer: Show Running Extensions');
    const rows = workbench.page.locator('.runtime-extensions-editor .monaco-list-row, .extension');
    await rows.filter({ hasText: 'Cairn' }).first().waitFor();
    await workbench.page.locator('.activation-time', { hasText: /\d+ms/ }).first().waitFor();
    const texts = await workbench.page.locator('.runtime-extensions-editor .monaco-list-row').allInnerTexts();
    return texts.flatMap((text) => toActivation(text) ?? []);
  } finally {
    removeFolder(folder);
  }
}

function toActivation(text: string): Activation | undefined {
  const [name = ''] = text.trim().split('\n');
  const milliseconds = /Activation: (\d+)ms/.exec(text)?.[1];
  return milliseconds === undefined ? undefined : { name: name.trim(), milliseconds: Number(milliseconds) };
}
