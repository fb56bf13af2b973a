import type { Hash } from '../engine/hash.ts';
import { StandingResults } from '../engine/standing.ts';
import type { RunLibrary } from './runLibrary.ts';

/** What a run that has ended, or as much of one that is under way as is durable, gives to a fork; `undefined` = there is no such run. */
export function readStanding(run: string, library: RunLibrary, hash: Hash): StandingResults | undefined {
  const known = library.find(run);
  if (known === undefined) return undefined;
  const past = library.events(run, 0).filter(({ seq }) => seq <= known.durable);
  if (past.length === 0) return undefined;
  return new StandingResults(run, past, hash, (other) => readStanding(other, library, hash));
}
