import type { PreviewCell } from '../../rde-agent/protocol/previewDocument.ts';

/** pages that are held; those looked at longest ago go first */
const MOST_PAGES = 60;

export type Row = readonly PreviewCell[];

/** The pages of a table that were read. Unchangeable: each change is another one. */
export interface Pages {
  readonly size: number;
  /** by number from 0, the one that came last at the end */
  readonly held: ReadonlyMap<number, readonly Row[]>;
  /** asked for, and not come */
  readonly asked: ReadonlySet<number>;
}

export function createPages(size: number, first: readonly Row[]): Pages {
  return { size, held: new Map(first.length === 0 ? [] : [[0, first]]), asked: new Set() };
}

export function rowAt({ held, size }: Pages, index: number): Row | undefined {
  return held.get(Math.floor(index / size))?.[index % size];
}

/** Numbers of the pages that are needed to show the rows, and have neither come nor been asked for. */
export function toMissing({ size, held, asked }: Pages, from: number, to: number): readonly number[] {
  const first = Math.floor(Math.max(0, from) / size);
  const last = Math.floor(Math.max(0, to) / size);
  return Array.from({ length: last - first + 1 }, (_, index) => first + index).filter((page) => !held.has(page) && !asked.has(page));
}

export function withAsked(pages: Pages, numbers: readonly number[]): Pages {
  return { ...pages, asked: new Set([...pages.asked, ...numbers]) };
}

/** A page has come, whose first row is `offset`; without rows it can be asked for again. */
export function withPage(pages: Pages, offset: number, rows: readonly Row[]): Pages {
  const page = Math.floor(offset / pages.size);
  const asked = new Set(pages.asked);
  asked.delete(page);
  if (rows.length === 0) return { ...pages, asked };
  const held = new Map(pages.held);
  held.delete(page);
  held.set(page, rows);
  for (const oldest of held.keys()) {
    if (held.size <= MOST_PAGES) break;
    held.delete(oldest);
  }
  return { ...pages, held, asked };
}
