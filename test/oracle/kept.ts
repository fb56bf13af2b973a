import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { z } from 'zod';
import type { Edit } from './edits.ts';
import type { DrivenPackage } from './sources.ts';

const FILE = fileURLToPath(new URL('kept.json', import.meta.url));

/** An edit of a real package that was stale once; positions are those of the version in requirements.lock. */
const KeptEdit = z.object({
  program: z.string(),
  kind: z.string(),
  file: z.string(),
  label: z.string(),
  splices: z.array(z.object({ at: z.int(), old: z.string(), new: z.string() })),
});
type KeptEdit = z.infer<typeof KeptEdit>;

/** Edits of a program that are tried in every run. Throws for one that does not fit the text. */
export function readKept(program: DrivenPackage): readonly Edit[] {
  const all = z.array(KeptEdit).parse(JSON.parse(readFileSync(FILE, 'utf8')));
  return all.filter((one) => one.program === program.name).map((one) => ({ ...one, reached: true, text: splice(program, one) }));
}

/** The line to be added to kept.json for an edit. */
export function toKept(program: string, { kind, file, label, splices }: Edit): string {
  return JSON.stringify({ program, kind, file, label, splices } satisfies KeptEdit);
}

function splice(program: DrivenPackage, { file, splices }: KeptEdit): string {
  // Python counts characters, not UTF-16 units.
  const characters = Array.from(program.files[file] ?? '');
  for (const one of splices.toSorted((left, right) => right.at - left.at)) {
    const length = Array.from(one.old).length;
    if (characters.slice(one.at, one.at + length).join('') !== one.old)
      throw new Error(`${program.name}/${file} has no ${JSON.stringify(one.old)} at ${String(one.at)}: take the edit out of kept.json`);
    characters.splice(one.at, length, ...one.new);
  }
  return characters.join('');
}
