import { execFile } from 'node:child_process';
import { promisify } from 'node:util';

/**
 * Exits 0 when the Node that runs it can run the agent: node:sqlite is there, and zstd honours a dictionary (22.18 ignores it
 * without a word, so the compressed bytes must be unreadable without it).
 */
const PROBE = `
const zlib = require('node:zlib');
require('node:sqlite');
const dictionary = Buffer.from('a dictionary of some length for the probe of the agent');
const packed = zlib.zstdCompressSync(dictionary, { dictionary });
let plain = false;
try { plain = zlib.zstdDecompressSync(packed).equals(dictionary); } catch { plain = false; }
if (plain || !zlib.zstdDecompressSync(packed, { dictionary }).equals(dictionary)) process.exit(1);
`;

/** milliseconds: a machine with much else to do takes its time, and a program that is refused for that is refused for good */
const PATIENCE = 30_000;

/** Whether this program, run as Node, has what the agent needs. */
export async function canRunAgent(program: string, env: NodeJS.ProcessEnv): Promise<boolean> {
  try {
    await promisify(execFile)(program, ['-e', PROBE], { env, timeout: PATIENCE, windowsHide: true });
    return true;
  } catch {
    return false; // not there, not a Node, or too old: the next candidate is tried
  }
}
