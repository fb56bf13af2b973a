/** Figures of one series, milliseconds. */
export interface Summary {
  readonly name: string;
  readonly count: number;
  readonly min: number;
  readonly p50: number;
  readonly p95: number;
  readonly p99: number;
}

export function summarize(name: string, milliseconds: readonly number[]): Summary {
  const sorted = milliseconds.toSorted((a, b) => a - b);
  const at = (share: number): number => sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? Number.NaN;
  return { name, count: sorted.length, min: at(0), p50: at(0.5), p95: at(0.95), p99: at(0.99) };
}

/** One contestant: `once` answers the milliseconds of one sample. */
export interface Contestant {
  readonly name: string;
  once(): Promise<number>;
}

/** Runs the contestants in turn, `rounds` times after `warmUps`, so that a change of the machine's mood meets all of them. */
export async function alternate(contestants: readonly Contestant[], rounds: number, warmUps: number): Promise<readonly Summary[]> {
  const series = contestants.map((): number[] => []);
  for (let round = -warmUps; round < rounds; round++) {
    for (const [index, contestant] of contestants.entries()) {
      const took = await contestant.once();
      if (round >= 0) series[index]?.push(took);
    }
  }
  return contestants.map((contestant, index) => summarize(contestant.name, series[index] ?? []));
}

export function printTable(summaries: readonly Summary[]): void {
  const width = Math.max(...summaries.map((one) => one.name.length));
  const cell = (value: number): string => value.toFixed(value < 10 ? 3 : 1).padStart(10);
  console.log(`${'ms'.padEnd(width)}${['n', 'min', 'p50', 'p95', 'p99'].map((head) => head.padStart(10)).join('')}`);
  for (const one of summaries)
    console.log(
      `${one.name.padEnd(width)}${String(one.count).padStart(10)}${cell(one.min)}${cell(one.p50)}${cell(one.p95)}${cell(one.p99)}`,
    );
}

export function ratio(peer: Summary | undefined, ours: Summary | undefined): string {
  if (peer === undefined || ours === undefined) return 'no ratio (no peer)';
  return `${(peer.p50 / ours.p50).toFixed(1)} x (ratio of medians, ${peer.name} / ${ours.name})`;
}
