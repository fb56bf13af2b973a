import { z } from 'zod';
import type { FoundTest } from '../../../protocol/moduleTests.ts';

const Line = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('found'), id: z.string(), name: z.string(), file: z.string(), line: z.int() }),
  z.object({ kind: z.literal('began'), id: z.string() }),
  z.object({
    kind: z.literal('ended'),
    id: z.string(),
    state: z.enum(['passed', 'failed', 'skipped', 'error']),
    seconds: z.number(),
    message: z.string().optional(),
    traceback: z.string().optional(),
    failedAt: z.object({ file: z.string(), line: z.int() }).optional(),
  }),
  z.object({ kind: z.literal('problem'), message: z.string() }),
  z.object({ kind: z.literal('done') }),
]);

/** What a test process has said so far, and those before it that were ended in the middle. */
export class TestReport {
  readonly #tests = new Map<string, FoundTest>();
  readonly #ended = new Set<string>();
  #current: string | undefined;
  #isDone = false;
  problem: string | undefined;

  /** Tests in the order in which they were found. */
  get tests(): readonly FoundTest[] {
    return [...this.#tests.values()];
  }

  /** ids of those that have ended */
  get ended(): readonly string[] {
    return [...this.#ended];
  }

  /** The test that runs. */
  get current(): string | undefined {
    return this.#current;
  }

  /** The process has said everything. */
  get isDone(): boolean {
    return this.#isDone;
  }

  begin(): void {
    this.#current = undefined;
    this.#isDone = false;
  }

  /** A line that is none of ours (a test may write anywhere) says nothing. */
  take(text: string): void {
    const line = parse(text);
    switch (line?.kind) {
      case 'found': {
        const { id, name, file, line: at } = line;
        if (!this.#tests.has(id)) this.#tests.set(id, { id, name, file, line: at, state: 'found', seconds: 0 });
        return;
      }
      case 'began':
        this.#current = line.id;
        return;
      case 'ended':
        this.#end(line.id, line);
        return;
      case 'problem':
        this.problem = line.message;
        return;
      case 'done':
        this.#isDone = true;
        return;
      case undefined:
    }
  }

  /** The process is gone, and with it the test that ran. */
  breakOff(message: string): void {
    if (this.#current !== undefined) this.#end(this.#current, { state: 'error', seconds: 0, message });
  }

  /** Nothing more is to come: tests that were found and have not run were left out. */
  finish(): void {
    for (const { id, state } of this.tests)
      if (state === 'found') this.#end(id, { state: 'skipped', seconds: 0, message: 'it was not run: the tests were stopped before it' });
  }

  #end(id: string, { state, seconds, message, traceback, failedAt }: Pick<FoundTest, 'state' | 'seconds'> & Ending): void {
    if (this.#current === id) this.#current = undefined;
    const found = this.#tests.get(id);
    if (found === undefined || this.#ended.has(id)) return;
    this.#ended.add(id);
    this.#tests.set(id, {
      ...found,
      state,
      seconds,
      ...(message === undefined ? {} : { message }),
      ...(traceback === undefined ? {} : { traceback }),
      ...(failedAt === undefined ? {} : { failedAt }),
    });
  }
}

interface Ending {
  readonly message?: string | undefined;
  readonly traceback?: string | undefined;
  readonly failedAt?: { readonly file: string; readonly line: number } | undefined;
}

function parse(text: string): z.infer<typeof Line> | undefined {
  try {
    return Line.safeParse(JSON.parse(text)).data;
  } catch {
    // Not even JSON: somebody else has written to the descriptor.
    return undefined;
  }
}
