import type { PinnedWorkflow } from '../protocol/pinned.ts';

interface Waiting {
  readonly run: string;
  readonly limit: number;
  readonly admit: () => void;
}

interface Line {
  /** runs that are under way */
  readonly inside: Set<string>;
  readonly waiting: Waiting[];
}

/** Lets at most so many runs of one workflow work at once (`concurrency.runs`); the others stay queued, in the order of their submission. */
export class RunGate {
  readonly #lines = new Map<string, Line>();

  /** `admit` is called when the run may work: before this returns if nothing keeps it. `isUnderWay` = an earlier agent has let it in. */
  enter(run: string, definition: PinnedWorkflow, isUnderWay: boolean, admit: () => void): void {
    const line = this.#line(definition);
    const limit = definition.concurrency?.runs ?? Number.POSITIVE_INFINITY;
    if (isUnderWay || (line.waiting.length === 0 && line.inside.size < limit)) {
      line.inside.add(run);
      return admit();
    }
    line.waiting.push({ run, limit, admit });
  }

  /** The run has ended, or waits no longer. */
  leave(run: string, definition: PinnedWorkflow): void {
    const line = this.#line(definition);
    line.inside.delete(run);
    const place = line.waiting.findIndex((each) => each.run === run);
    if (place >= 0) line.waiting.splice(place, 1);
    for (let next = line.waiting[0]; next !== undefined && line.inside.size < next.limit; next = line.waiting[0]) {
      line.waiting.shift();
      line.inside.add(next.run);
      next.admit();
    }
    if (line.inside.size === 0 && line.waiting.length === 0) this.#lines.delete(toName(definition));
  }

  #line(definition: PinnedWorkflow): Line {
    const name = toName(definition);
    const known = this.#lines.get(name);
    if (known !== undefined) return known;
    const line: Line = { inside: new Set(), waiting: [] };
    this.#lines.set(name, line);
    return line;
  }
}

function toName({ workspace, workflow }: PinnedWorkflow): string {
  return JSON.stringify([workspace, workflow]);
}
