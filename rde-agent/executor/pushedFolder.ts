import { z } from 'zod';
import { isDigest, type Digest } from '../../language/model/names.ts';
import type { TreeEntry } from '../protocol/tree.ts';

const Folder = z.object({
  v: z.literal(1),
  entries: z.array(z.tuple([z.string(), z.int(), z.custom<Digest>((value) => typeof value === 'string' && isDigest(value))])),
});

/** The stored form of a folder (see `toTreeText`); `undefined` = these bytes are not one. */
export function parseFolder(bytes: Uint8Array): readonly TreeEntry[] | undefined {
  let value: unknown;
  try {
    value = JSON.parse(new TextDecoder().decode(bytes));
  } catch {
    return undefined; // not JSON
  }
  const { data } = Folder.safeParse(value);
  return data?.entries.map(([name, mode, digest]) => ({ name, mode, digest }));
}
