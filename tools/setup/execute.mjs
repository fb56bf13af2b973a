// Runs one installer command and keeps its last lines for the message of a failing step.
import { spawn } from 'node:child_process';

/** A set-up step that cannot be done: which step, why, and what a person can do about it. */
export class SetupError extends Error {
  constructor(reason, { nextStep, output = '', cause } = {}) {
    super(reason, { cause });
    this.name = 'SetupError';
    this.nextStep = nextStep;
    this.output = output;
  }
}

/**
 * Runs a command to its end and returns its standard output.
 * @throws {SetupError} when it cannot be started or exits other than 0; the error carries the last lines of both streams.
 */
export async function execute(command, args, { cwd, env, nextStep } = {}) {
  const child = spawn(command, args, { cwd, env, stdio: ['ignore', 'pipe', 'pipe'] });
  let output = '';
  let all = '';
  child.stdout.on('data', (data) => {
    output += data;
    all = keepTail(all + data);
  });
  child.stderr.on('data', (data) => {
    all = keepTail(all + data);
  });
  const code = await new Promise((resolve, reject) => {
    child.on('error', (cause) => reject(new SetupError(`${command} cannot be started: ${cause.message}`, { nextStep, cause })));
    child.on('close', (exitCode, signal) => resolve(signal ?? exitCode));
  });
  if (code !== 0) throw new SetupError(`${shown(command, args)} ended with ${code}`, { nextStep, output: lastLines(all) });
  return output;
}

function shown(command, args) {
  const text = [command, ...args].join(' ');
  return text.length > 160 ? `${text.slice(0, 157)}...` : text;
}

function keepTail(text) {
  return text.length > 20_000 ? text.slice(-10_000) : text;
}

function lastLines(text, count = 15) {
  return text.trimEnd().split('\n').slice(-count).join('\n');
}
