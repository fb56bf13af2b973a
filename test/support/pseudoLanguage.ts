import { readFileSync } from 'node:fs';
import path from 'node:path';
import { root } from '../../tools/setup/paths.mjs';

/** `Show more…` → `«Show more…»`; a line that is a link stays one. */
function toPseudo(text: string): string {
  const lines = text.split('\n').map((line) => (/^\[.*\]\(.*\)$/.test(line) ? line.replace(/^\[(.*)\](?=\()/, '[«$1»]') : `«${line}»`));
  return lines.join('\n');
}

/** A file of texts in a language in which every text is marked. */
export function readPseudoWords(file: string): { readonly [key: string]: string } {
  const words = JSON.parse(readFileSync(path.join(root, file), 'utf8')) as { readonly [key: string]: string };
  return Object.fromEntries(Object.entries(words).map(([key, text]) => [key, toPseudo(text)]));
}

/** Without what is translated, also inside of other texts; `written` = what is the same in every language. */
export function dropTranslated(text: string, written: (rest: string) => string): string {
  const rest = text.replaceAll(/«[^«»]*»/g, '');
  return rest === text ? written(rest) : dropTranslated(rest, written);
}
