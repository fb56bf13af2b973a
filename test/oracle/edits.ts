import { spawn, type ChildProcess } from 'node:child_process';
import { createInterface, type Interface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { z } from 'zod';
import type { Trace } from '../../rde-agent/protocol/trace.ts';
import type { Change } from './tree.ts';

const MUTATE = fileURLToPath(new URL('mutate.py', import.meta.url));

/** An edit of one file, and what is needed to make it again. */
const Edit = z.object({
  kind: z.string(),
  file: z.string(),
  label: z.string(),
  /** the definition around it ran */
  reached: z.boolean(),
  splices: z.array(z.object({ at: z.int(), old: z.string(), new: z.string() })),
  text: z.string(),
});
export type Edit = z.infer<typeof Edit>;
const Answer = z.object({ edits: z.array(Edit) });

/** Units that ran in each loaded file. */
type Ran = { readonly [file: string]: readonly (readonly [number, string])[] };

/** Edits that change nothing that anybody but a reader of lines, frames or docstrings could see. */
export const NO_OPS: ReadonlySet<string> = new Set([
  'comment',
  'comment-removed',
  'formatting',
  'blank-lines',
  'docstring',
  'definitions-swapped',
]);

export function toRan(traces: readonly (Trace | undefined)[]): Ran {
  const ran: { [file: string]: [number, string][] } = {};
  for (const trace of traces) {
    for (const [file, { ran: units }] of Object.entries(trace?.code ?? {})) (ran[file] ??= []).push(...units);
  }
  return ran;
}

export function toChange(edit: Edit): Change {
  return { [edit.file]: edit.text };
}

/** The program that chooses edits; asked one thing at a time. */
export class Mutator {
  readonly #child: ChildProcess;
  readonly #lines: Interface;
  readonly #waiting: ((line: string) => void)[] = [];

  constructor(python: string) {
    this.#child = spawn(python, ['-B', MUTATE], { stdio: ['pipe', 'pipe', 'inherit'] });
    this.#lines = createInterface({ input: this.#child.stdout ?? process.stdin });
    this.#lines.on('line', (line) => this.#waiting.shift()?.(line));
    this.#child.on('exit', () => this.#waiting.splice(0).forEach((resolve) => resolve('')));
  }

  choose(seed: readonly (string | number)[], count: number, files: { readonly [path: string]: string }, ran: Ran): Promise<Edit[]> {
    return this.#ask({ seed, count, files, ran });
  }

  /** For each file one edit that lets every function that did not run fail when it does. */
  breakUnrun(files: { readonly [path: string]: string }, ran: Ran): Promise<Edit[]> {
    return this.#ask({ replaceUnrun: true, files, ran });
  }

  dispose(): void {
    this.#child.stdin?.end();
    this.#lines.close();
  }

  async #ask(request: object): Promise<Edit[]> {
    const line = await new Promise<string>((resolve) => {
      this.#waiting.push(resolve);
      this.#child.stdin?.write(`${JSON.stringify(request)}\n`);
    });
    if (line === '') throw new Error('mutate.py ended without an answer');
    return Answer.parse(JSON.parse(line)).edits;
  }
}
