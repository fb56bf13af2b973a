import { keepCompiledCode } from '../client/compiledCode.ts';
import { parseAgentArguments } from './agentArguments.ts';

/** `agent.mjs`: the agent's program is loaded once its code may be kept compiled. */
try {
  keepCompiledCode(parseAgentArguments(process.argv.slice(2), process.env).stateFolder);
} catch {
  // The program itself says what is wrong with its arguments.
}
void import('./main.ts');
