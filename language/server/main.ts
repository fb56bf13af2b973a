import { readFile } from 'node:fs/promises';
import { createConnection, ProposedFeatures } from 'vscode-languageserver/node';
import type { PythonReader } from '../python/pythonReader.ts';
import { createPythonReader } from '../python/createPythonReader.ts';
import { startServer } from './startServer.ts';

/** The language server's process: over stdio (`--stdio`), or over the channel of whoever forked it (`--node-ipc`). */
const connection = createConnection(ProposedFeatures.all);
void readPython().then((python) => startServer(connection, python));

/** The wasm files lie beside the bundle, or in the checkout's packages. Without them Python is not read, and everything else goes on. */
async function readPython(): Promise<PythonReader | undefined> {
  for (const folder of ['./wasm/', '../agent/wasm/', '../../node_modules/@vscode/tree-sitter-wasm/wasm/']) {
    const at = (name: string): URL => new URL(`${folder}${name}`, import.meta.url);
    try {
      const [runtime, grammar] = await Promise.all([readFile(at('tree-sitter.wasm')), readFile(at('tree-sitter-python.wasm'))]);
      return await createPythonReader({ runtime, grammar });
    } catch {
      // Not there: the next place is tried.
    }
  }
  connection.console.warn('The Python grammar was not found: signatures are not checked.');
  return undefined;
}
