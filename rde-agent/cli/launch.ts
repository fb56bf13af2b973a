import { keepCompiledCode } from '../client/compiledCode.ts';
import { toStateFolder } from '../client/stateFolder.ts';

/** `cairn.mjs`: the program of the command line is loaded once its code may be kept compiled. */
keepCompiledCode(toStateFolder(process.env));
void import('./main.ts');
