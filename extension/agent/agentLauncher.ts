import { findReachable, launchAgent } from '../../rde-agent/client/launchAgent.ts';
import { CairnError } from '../../rde-agent/protocol/errors.ts';

/** seconds after which an agent that nobody is connected to and that runs nothing ends by itself */
const IDLE_EXIT = '3600';

/** milliseconds in which it must answer: on a busy machine a start takes many times what it should */
const LIMIT = 60_000;

/** A program that can run `agent.mjs`. */
export interface Launcher {
  readonly program: string;
  readonly args: readonly string[];
  readonly env: NodeJS.ProcessEnv;
}

export interface LauncherOptions {
  /** the setting `cairn.agent.command`: program and arguments before `agent.mjs` */
  readonly command: readonly string[];
  readonly execPath: string;
  readonly isElectron: boolean;
  readonly env: NodeJS.ProcessEnv;
  /** injected: whether a program, run as Node, can run the agent */
  readonly canRun: (program: string, env: NodeJS.ProcessEnv) => Promise<boolean>;
}

/** Setting → the Node that runs this extension host → Node on PATH. Throws `agent-start-failed`, saying what was looked for. */
export async function chooseLauncher(options: LauncherOptions): Promise<Launcher> {
  const env = withoutHostVariables(options.env);
  const [program, ...args] = options.command;
  if (program !== undefined) return { program, args, env };
  const hostEnv = options.isElectron ? { ...env, ELECTRON_RUN_AS_NODE: '1' } : env;
  if (await options.canRun(options.execPath, hostEnv)) return { program: options.execPath, args: [], env: hostEnv };
  if (await options.canRun('node', env)) return { program: 'node', args: [], env };
  throw new CairnError(
    'agent-start-failed',
    'No Node ≥ 22.19 was found that can run the agent: neither the one of this editor nor `node` on PATH.',
    {
      next: 'Update VS Code, install Node 22.19 or later, or name one in the setting cairn.agent.command.',
    },
  );
}

/** Variables of the extension host that would change what another Node does. */
function withoutHostVariables(env: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  const dropped = [
    'NODE_OPTIONS',
    'ELECTRON_RUN_AS_NODE',
    'VSCODE_IPC_HOOK_CLI',
    'VSCODE_ESM_ENTRYPOINT',
    'VSCODE_HANDLES_UNCAUGHT_ERRORS',
  ];
  return Object.fromEntries(Object.entries(env).filter(([name]) => !dropped.includes(name)));
}

/** Makes sure that an agent of the state folder runs: the one that is there, else the bundle by the chosen launcher. */
export async function ensureAgent(stateFolder: string, agentEntry: string, options: LauncherOptions): Promise<void> {
  if ((await findReachable(stateFolder)) !== undefined) return;
  const launcher = await chooseLauncher(options);
  const args = ['--idle-exit', IDLE_EXIT];
  await launchAgent({
    execPath: launcher.program,
    execArgv: launcher.args,
    agentEntry,
    stateFolder,
    env: launcher.env,
    args,
    limit: LIMIT,
  });
}
