import { join } from 'node:path';
import type { LauncherOptions } from '../agent/agentLauncher.ts';
import { canRunAgent } from '../agent/nodeAbilities.ts';
import { readAgentCommand } from '../platform/settings.ts';

/** How programs of this extension are started here and now: the setting is read at every start. */
export function readLauncherOptions(): LauncherOptions {
  return {
    command: readAgentCommand(),
    execPath: process.execPath,
    isElectron: process.versions['electron'] !== undefined,
    env: process.env,
    canRun: canRunAgent,
  };
}

/** The command-line program that came with this extension. */
export function toCliProgram(extensionPath: string): string {
  return join(extensionPath, 'dist/agent/cairn.mjs');
}
