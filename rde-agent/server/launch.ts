import { keepCompiledCode } from '../client/compiledCode.ts';
import { toStateFolder } from '../client/stateFolder.ts';

/** `agent.mjs`: the agent's program is loaded once its code may be kept compiled. */
const { argv, env } = process;
const named = argv.indexOf('--state');
keepCompiledCode(named < 0 ? toStateFolder(env) : (argv[named + 1] ?? ''));
void import('./main.ts');
