import type { Socket } from 'node:net';
import { runCli } from './program.ts';

/** The `cairn` command. The first Ctrl-C asks the command to end, the second ends the process. */
const interruption = new AbortController();
process.on('SIGINT', () => {
  if (interruption.signal.aborted) process.exit(130);
  interruption.abort();
});
// An editor that started us ends us with itself, also when it is killed.
if (process.env['CAIRN_LIFELINE'] === 'stdin') {
  process.stdin.once('close', () => interruption.abort()).resume();
  (process.stdin as Partial<Socket>).unref?.();
}
// A reader that closes early (`cairn runs | head`) is no failure.
process.stdout.on('error', (error: NodeJS.ErrnoException) => process.exit(error.code === 'EPIPE' ? 0 : 1));

const { stdout, stderr, env, versions } = process;
const host = { env, cwd: process.cwd(), stdout, stderr, interrupted: interruption.signal, node: versions.node };
void runCli(process.argv.slice(2), host).then((code) => (process.exitCode = code));
