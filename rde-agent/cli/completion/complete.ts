import type { CommandHint, ListedKind, OptionHint, ValueHint } from './commandTree.ts';

export interface Candidate {
  readonly value: string;
  readonly description: string;
}

/** What the shell offers: candidates of ours, or names of its own. */
export type Completion =
  { readonly kind: 'candidates'; readonly candidates: readonly Candidate[] } | { readonly kind: 'files' | 'folders' };

/** What a list may depend on. */
export interface Asked {
  /** names of the command and of those above it, such as `schedule show` */
  readonly command: string;
  /** values that stand in the line already: of each kind the last one */
  readonly known: { readonly [kind in ListedKind]?: string };
  /** what was begun */
  readonly current: string;
}

/** Names that are there now; an empty list where they cannot be had. */
export type ListValues = (kind: ListedKind, asked: Asked) => Promise<readonly Candidate[]>;

const NOTHING: Completion = { kind: 'candidates', candidates: [] };

/** Where a line has got to, without its last word. */
interface Place {
  readonly command: CommandHint;
  /** those above, outermost first: their options may be given too */
  readonly above: readonly CommandHint[];
  /** words that are values of the command itself */
  readonly values: number;
  readonly known: Asked['known'];
  /** flags that were given */
  readonly given: ReadonlySet<string>;
  /** the option whose value comes next */
  readonly open: OptionHint | undefined;
  /** `--` was given: what follows are values */
  readonly isOver: boolean;
}

/** What can stand in place of the last of the words, which follow the name of the program; the last one may be empty. */
export async function complete(words: readonly string[], program: CommandHint, list: ListValues): Promise<Completion> {
  const current = words.at(-1) ?? '';
  const place = follow(words.slice(0, -1), program);
  if (place.open?.value !== undefined) return toValues(place.open.value, current, '', toListing(place, list));
  if (!place.isOver && current.startsWith('-')) return completeOption(current, place, list);
  const commands = place.values === 0 ? place.command.commands : [];
  if (commands.length > 0)
    return toCandidates(
      commands.map(({ name, description }) => ({ value: name, description })),
      current,
    );
  const next = findValue(place);
  return next === undefined ? NOTHING : toValues(next, current, '', toListing(place, list));
}

/** What the next word is that belongs to no option. */
function findValue({ command: { values }, values: at }: Place): ValueHint | undefined {
  return values[at] ?? (values.at(-1)?.isVariadic === true ? values.at(-1) : undefined);
}

type Listing = (kind: ListedKind, current: string) => Promise<readonly Candidate[]>;

function toListing({ command, above, known }: Place, list: ListValues): Listing {
  const names = [...above.slice(1), command].map(({ name }) => name);
  return (kind, current) => list(kind, { command: names.join(' '), known, current });
}

function follow(words: readonly string[], program: CommandHint): Place {
  let place: Place = { command: program, above: [], values: 0, known: {}, given: new Set(), open: undefined, isOver: false };
  for (const word of words) place = step(place, word);
  return place;
}

function step(place: Place, word: string): Place {
  if (place.open !== undefined) return { ...place, open: undefined, known: withKnown(place.known, place.open.value, word) };
  if (!place.isOver && word === '--') return { ...place, isOver: true };
  if (!place.isOver && word.startsWith('-')) {
    const [flag = '', value] = word.split('=', 2);
    const option = listOptions(place).find(({ flags }) => flags.includes(flag));
    const given = new Set([...place.given, ...(option?.flags ?? [])]);
    if (option?.value === undefined) return { ...place, given };
    return value === undefined
      ? { ...place, given, open: option }
      : { ...place, given, known: withKnown(place.known, option.value, value) };
  }
  const child = place.values === 0 ? place.command.commands.find(({ name }) => name === word) : undefined;
  if (child === undefined) return { ...place, values: place.values + 1, known: withKnown(place.known, findValue(place), word) };
  return { ...place, command: child, above: [...place.above, place.command] };
}

function withKnown(known: Asked['known'], hint: ValueHint | undefined, word: string): Asked['known'] {
  return hint === undefined ? known : { ...known, [hint.kind]: word };
}

function listOptions({ command, above }: Place): readonly OptionHint[] {
  return [...command.options, ...above.toReversed().flatMap(({ options }) => options)];
}

function completeOption(current: string, place: Place, list: ListValues): Completion | Promise<Completion> {
  const equals = current.indexOf('=');
  const options = listOptions(place);
  if (equals > 0) {
    const flag = current.slice(0, equals);
    const value = options.find(({ flags }) => flags.includes(flag))?.value;
    return value === undefined ? NOTHING : toValues(value, current.slice(equals + 1), `${flag}=`, toListing(place, list));
  }
  const open = options.filter(({ flags, isRepeatable }) => isRepeatable || !flags.some((flag) => place.given.has(flag)));
  const candidates = open.map(({ flags: [flag = ''], description }) => ({ value: flag, description }));
  return toCandidates(distinct(candidates), current);
}

/** An option of a command hides the one of the same name above it. */
function distinct(candidates: readonly Candidate[]): readonly Candidate[] {
  return candidates.filter(({ value }, index) => candidates.findIndex((one) => one.value === value) === index);
}

async function toValues({ kind, choices }: ValueHint, current: string, before: string, list: Listing): Promise<Completion> {
  switch (kind) {
    case 'file':
      return { kind: 'files' };
    case 'folder':
      return { kind: 'folders' };
    case 'choice':
      return toCandidates(
        choices.map((value) => ({ value, description: '' })),
        current,
        before,
      );
    case 'text':
      return NOTHING;
    default:
      return toCandidates(await list(kind, current), current, before);
  }
}

function toCandidates(candidates: readonly Candidate[], current: string, before = ''): Completion {
  const fitting = candidates.filter(({ value }) => value.startsWith(current));
  return { kind: 'candidates', candidates: fitting.map(({ value, description }) => ({ value: before + value, description })) };
}

/** As the scripts of the shells read it: a candidate a line, its description after a tab; or one line that names the shell's own completion. */
export function toCompletionText(completion: Completion): string {
  if (completion.kind !== 'candidates') return `:${completion.kind}\n`;
  return completion.candidates.map(({ value, description }) => `${toLine(value)}\t${toLine(description)}\n`).join('');
}

/** A name from a file can hold anything: nothing of it may be taken for an end of a line by a shell. */
function toLine(text: string): string {
  return text.replaceAll(/\p{Cc}/gu, ' ').trim();
}
