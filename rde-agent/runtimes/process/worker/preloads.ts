import type { Preloaded, Zygote } from './zygote.ts';

/**
 * What is to be imported in the zygotes of one environment: everything that was ever asked for, but for packages that break forking. These
 * are found by what happens: a package that leaves threads names itself, one that ends the process is found by importing one by one.
 */
export class Preloads {
  private readonly asked = new Set<string>();
  private readonly banned = new Map<string, string>();
  private readonly problems = new Map<string, string>();
  private loaded = new Set<string>();
  private oneByOne = false;

  ask(names: readonly string[]): void {
    for (const name of names) this.asked.add(name);
  }

  /** Nothing more can be done for these packages. */
  isSettled(names: Iterable<string>): boolean {
    for (const name of names) if (!this.loaded.has(name) && !this.banned.has(name)) return false;
    return true;
  }

  get isComplete(): boolean {
    return this.isSettled(this.asked);
  }

  /** A package has proved to end the process or to leave threads, so the end of a zygote is explained. */
  get hasCulprit(): boolean {
    return this.banned.size > 0;
  }

  forgetLoaded(): void {
    this.loaded = new Set();
  }

  /** Imports what is missing. `threads` = this zygote must not fork any more; `gone` = it has ended; `nothing` = all was there. */
  async importInto(zygote: Zygote): Promise<'done' | 'nothing' | 'threads' | 'gone'> {
    const missing = [...this.asked].filter((name) => !this.isSettled([name]));
    for (const names of this.oneByOne ? missing.map((name) => [name]) : [missing]) {
      if (names.length === 0) return 'nothing';
      const result = await zygote.preload(names).catch(() => undefined);
      if (result === undefined) return this.blameCrash(zygote, names);
      if (!this.take(names, result)) return 'threads';
    }
    return missing.length === 0 ? 'nothing' : 'done';
  }

  notes(): readonly string[] {
    const banned = [...this.banned].map(([name, why]) => `${name} is not imported ahead: ${why}`);
    return [...banned, ...[...this.problems].map(([name, why]) => `${name} could not be imported ahead: ${why}`)];
  }

  private take(names: readonly string[], result: Preloaded): boolean {
    for (const problem of result.problems) this.problems.set(problem.package, problem.message);
    if (result.threads > 1) {
      this.blameThreads(names, result);
      return false;
    }
    for (const name of names) this.loaded.add(name);
    return true;
  }

  /** The runner stops at the package after which there was more than one thread; without one, the interpreter itself has them. */
  private blameThreads(names: readonly string[], result: Preloaded): void {
    const culprits = result.imported.length === 0 ? names : result.imported.slice(-1);
    for (const name of culprits) {
      this.problems.delete(name);
      this.banned.set(
        name,
        `it leaves ${String(result.threads)} threads, and a process that forks must have one; tasks import it themselves`,
      );
    }
  }

  private blameCrash(zygote: Zygote, names: readonly string[]): 'gone' {
    const [name] = names;
    if (names.length === 1 && name !== undefined) this.banned.set(name, `the import ends the process: ${toLastLine(zygote.lastWords)}`);
    this.oneByOne = true;
    return 'gone';
  }
}

function toLastLine(text: string): string {
  return text.trim().split('\n').at(-1) ?? '';
}
