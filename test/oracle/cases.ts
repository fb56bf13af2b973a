import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { z } from 'zod';
import type { TaskContext } from '../../rde-agent/protocol/runner.ts';
import type { Change } from './tree.ts';

const FOLDER = fileURLToPath(new URL('adversarial/', import.meta.url));

interface State {
  readonly files: Change;
  readonly params: TaskContext['params'] | undefined;
  readonly variables: { readonly [name: string]: string } | undefined;
}

export interface CaseEdit extends State {
  readonly name: string;
  /** what the author of the case says; execution decides. `undefined` = it depends on the version of Python */
  readonly changes: boolean | undefined;
  /** a re-run would be needless, and is a failure */
  readonly mustReuse: boolean;
}

/** A small program and edits of it that were written to break a rule. */
export interface AdversarialCase extends State {
  readonly name: string;
  readonly why: string;
  readonly edits: readonly CaseEdit[];
}

/** See README.md for the form of a case. */
export function readCases(): readonly AdversarialCase[] {
  const names = readdirSync(FOLDER).filter((name) => name.endsWith('.case'));
  return names.sort().map((name) => parseCase(name.slice(0, -5), readFileSync(path.join(FOLDER, name), 'utf8')));
}

function parseCase(name: string, text: string): AdversarialCase {
  const [first = '', ...rest] = text.split(/^== /m);
  return { name, why: first.split(/^-- /m, 1)[0]?.trim() ?? '', ...parseState(first), edits: rest.map(parseEdit) };
}

function parseEdit(text: string): CaseEdit {
  const [title = ''] = text.split('\n', 1);
  const said = /^(.*) \((changes|same|either)(, reuse)?\)$/.exec(title);
  if (said === null) throw new Error(`an edit's title ends with (changes), (same), (same, reuse) or (either): ${title}`);
  return {
    name: said[1] ?? '',
    changes: said[2] === 'either' ? undefined : said[2] === 'changes',
    mustReuse: said[3] !== undefined,
    ...parseState(text),
  };
}

function parseState(text: string): State {
  const sections = text.split(/^-- /m).slice(1).map(parseSection);
  const of = (name: string): string | null | undefined => sections.find(([title]) => title === name)?.[1];
  const params = of('params');
  const variables = of('variables');
  return {
    files: Object.fromEntries(sections.filter(([title]) => title !== 'params' && title !== 'variables')),
    params: params == null ? undefined : z.record(z.string(), z.json()).parse(JSON.parse(params)),
    variables: variables == null ? undefined : Object.fromEntries(variables.trim().split('\n').map(toPair)),
  };
}

function parseSection(text: string): readonly [string, string | null] {
  const end = text.indexOf('\n');
  const title = text.slice(0, end);
  return title.endsWith(' (delete)') ? [title.slice(0, -9), null] : [title, text.slice(end + 1)];
}

function toPair(line: string): [string, string] {
  const at = line.indexOf('=');
  return [line.slice(0, at), line.slice(at + 1)];
}
