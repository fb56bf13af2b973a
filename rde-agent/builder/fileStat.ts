import type { BigIntStats } from 'node:fs';

/** What tells, without reading it, that a file is the one that was hashed. */
export interface FileStat {
  readonly mtimeNs: bigint;
  readonly ctimeNs: bigint;
  /** bytes */
  readonly size: number;
  readonly inode: bigint;
  /** 0o644 or 0o755: only the owner's execute bit is kept */
  readonly mode: number;
}

/**
 * Milliseconds. A file written less than this before it was hashed may be written again without a visible change of its
 * stat (same size, same tick of the file system's clock): its stat is not trusted later, it is read again.
 */
export const SETTLE_WINDOW = 2000;

export function toFileStat(stats: BigIntStats): FileStat {
  return {
    mtimeNs: stats.mtimeNs,
    ctimeNs: stats.ctimeNs,
    size: Number(stats.size),
    inode: stats.ino,
    mode: (stats.mode & 0o100n) === 0n ? 0o644 : 0o755,
  };
}

/** Compared as the system gives it: a look at thousands of files that are as before makes nothing of them. */
export function isSameStat(known: FileStat, now: BigIntStats): boolean {
  const isExecutable = (now.mode & 0o100n) !== 0n;
  return (
    known.mtimeNs === now.mtimeNs &&
    known.ctimeNs === now.ctimeNs &&
    known.inode === now.ino &&
    BigInt(known.size) === now.size &&
    (known.mode === 0o755) === isExecutable
  );
}

/** Whether a later change must show in the stat. Times in the future (a skewed clock) never settle. `now` in Unix milliseconds. */
export function isSettled(stat: FileStat, now: number): boolean {
  const newest = stat.mtimeNs > stat.ctimeNs ? stat.mtimeNs : stat.ctimeNs;
  return Number(newest / 1_000_000n) + SETTLE_WINDOW < now;
}
