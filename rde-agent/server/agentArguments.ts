import { parseArgs } from 'node:util';
import { CairnError } from '../protocol/errors.ts';
import { toStateFolder, type Environment } from '../client/stateFolder.ts';

export interface AgentArguments {
  readonly stateFolder: string;
  /** seconds without clients and runs after which the agent ends; `undefined` = never */
  readonly idleExit: number | undefined;
  readonly logLevel: string;
}

const LEVELS = ['trace', 'debug', 'info', 'warn', 'error'];

/** `--state DIR`, `--idle-exit SECONDS`, `--log LEVEL`. Throws `usage`. */
export function parseAgentArguments(argv: readonly string[], env: Environment): AgentArguments {
  const values = readValues(argv);
  const idle = values['idle-exit'];
  if (idle !== undefined && !/^\d{1,9}$/.test(idle))
    throw new CairnError('usage', `--idle-exit takes whole seconds, not ${JSON.stringify(idle)}.`);
  const logLevel = values.log ?? env['CAIRN_LOG'] ?? 'info';
  if (!LEVELS.includes(logLevel)) throw new CairnError('usage', `--log takes one of ${LEVELS.join(', ')}.`);
  return { stateFolder: values.state ?? toStateFolder(env), idleExit: idle === undefined ? undefined : Number(idle), logLevel };
}

function readValues(argv: readonly string[]): { state?: string; 'idle-exit'?: string; log?: string } {
  try {
    return parseArgs({ args: [...argv], options: { state: { type: 'string' }, 'idle-exit': { type: 'string' }, log: { type: 'string' } } })
      .values;
  } catch (thrown) {
    throw new CairnError('usage', thrown instanceof Error ? thrown.message : String(thrown), {
      next: 'Options: --state DIR, --idle-exit SECONDS, --log LEVEL.',
    });
  }
}
