import axe from 'axe-core';
import { setTimeout } from 'node:timers/promises';
import type { Frame } from 'playwright-core';

/** Colour themes that panels are looked at in, with the word for a picture's file. */
export const THEMES = [
  ['Dark Modern', 'dark'],
  ['Light Modern', 'light'],
  ['Dark High Contrast', 'contrast'],
  ['Light High Contrast', 'contrast-light'],
] as const;

interface Violation {
  readonly id: string;
  readonly impact: string | null;
  readonly nodes: readonly { readonly html: string }[];
}

/** milliseconds in which a panel has taken on the colours of another theme */
const SETTLED = 1_000;

/** What axe-core finds in a panel that is serious or critical, one line each: what is still there when its colours have settled. */
export async function findBarriers(frame: Frame): Promise<readonly string[]> {
  await frame.evaluate(axe.source);
  if ((await look(frame)).length === 0) return [];
  await setTimeout(SETTLED);
  return look(frame);
}

async function look(frame: Frame): Promise<readonly string[]> {
  const violations = await frame.evaluate<readonly Violation[]>(
    'axe.run(document, { resultTypes: ["violations"] }).then((result) => result.violations)',
  );
  return violations
    .filter(({ impact }) => impact === 'serious' || impact === 'critical')
    .flatMap(({ id, nodes }) => nodes.map((node) => `${id}: ${node.html}`));
}
