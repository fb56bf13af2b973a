import type { OutputRecord } from '../protocol/runEvents.ts';
import type { WorkerOutput } from '../protocol/runner.ts';

/** An output that came out differently when the task was executed again. */
export interface Difference {
  readonly port: string;
  readonly before: string;
  readonly after: string;
  /** only its bytes are known to differ, in a format that does not write equal content as equal bytes */
  readonly isBytesOnly: boolean;
}

/** The first output, by name, whose content is another one; `undefined` = all are the same. Outputs that say more than bytes are compared first. */
export function findDifference(before: { readonly [port: string]: OutputRecord }, after: readonly WorkerOutput[]): Difference | undefined {
  const found = new Map(after.map((output) => [output.name, output]));
  const differences = Object.keys(before)
    .sort()
    .flatMap((port) => compare(port, before[port], found.get(port)));
  return differences.find(({ isBytesOnly }) => !isBytesOnly) ?? differences[0];
}

function compare(port: string, before: OutputRecord | undefined, after: WorkerOutput | undefined): readonly Difference[] {
  if (before === undefined || after === undefined) return [{ port, before: before?.logical ?? '', after: '', isBytesOnly: false }];
  if (before.logical === after.logical) return [];
  const isBytesOnly = (before.exact || after.exact) && before.format === 'pickle';
  return [{ port, before: before.logical, after: after.logical, isBytesOnly }];
}
