import { toCanonicalJson } from '../../language/model/json.ts';
import type { Digest } from '../../language/model/names.ts';
import type { PortType } from '../../language/model/portType.ts';
import type { OutputRecord } from '../protocol/runEvents.ts';
import type { Hash } from './hash.ts';

/** Columns that a port is given, in order; `null` = not a table, or all of its columns. */
export function toProjection(type: PortType): readonly string[] | null {
  if (type.kind === 'list') return toProjection(type.of);
  if (type.kind !== 'table' || type.open || type.columns.length === 0) return null;
  return type.columns.map((column) => column.name);
}

/**
 * Logical digest of what a consumer of these columns is given, from the digests that were stored with the table
 * (rde-agent/runner/README.md). Where the table has no column digests, or lacks one of the columns, it is the digest of the whole.
 */
export function toLogicalDigest(output: OutputRecord, columns: readonly string[] | null, hash: Hash): Digest {
  if (columns === null || output.exact || output.columns === undefined || output.rows === undefined) return output.logical;
  const byName = new Map(output.columns.map((column) => [column.name, column]));
  const given: (readonly [string, string, Digest])[] = [];
  for (const name of columns) {
    const column = byName.get(name);
    if (column === undefined) return output.logical;
    given.push([column.name, column.type, column.digest]);
  }
  return toTableDigest(given, output.rows, hash);
}

/** The logical digest of a table: over its columns' names, types and digests in order, and the number of rows. */
export function toTableDigest(
  columns: readonly (readonly [name: string, type: string, digest: Digest])[],
  rows: number,
  hash: Hash,
): Digest {
  return hash(`cairn/table/v1\0${toCanonicalJson([columns, rows])}`);
}
