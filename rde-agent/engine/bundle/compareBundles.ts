import type { Reason } from '../../protocol/reason.ts';
import { createPlaceFinder, type SourcePlace } from './sourcePlaces.ts';
import { splitStatements, type Piece } from './statements.ts';

/** changes named before the rest is only counted */
const NAMED = 5;
/** characters of a value that a reason shows */
const SHORT = 40;

interface Change {
  readonly piece: Piece;
  readonly how: 'edited' | 'added' | 'removed';
  readonly before?: Piece;
}

/**
 * What of a module differs between two bundles, the smallest parts that can be named: functions, classes and variables of the top level with their
 * files, and packages. A constant that the bundler has put where it is used is named by what uses it. Empty = nothing can be named. `map`: of `after`.
 */
export function compareBundles(before: string, after: string, map: string | undefined): readonly Reason[] {
  const [old, now] = [splitStatements(before), splitStatements(after)];
  if (old === undefined || now === undefined) return [];
  const find = createPlaceFinder(after, map);
  const reasons = listChanges(old, now).map((change) =>
    toReason(change, change.how === 'removed' ? undefined : toPlace(change.piece, find)),
  );
  const unique = [...new Map(reasons.map((reason) => [`${reason.kind} ${reason.name ?? ''} ${reason.message}`, reason])).values()];
  const rest = unique.length - NAMED;
  return rest <= 0 ? unique : [...unique.slice(0, NAMED), { kind: 'code', message: `${String(rest)} more parts of it changed` }];
}

/** What was edited first, then what came, then what went; in the order of the bundle. */
function listChanges(old: readonly Piece[], now: readonly Piece[]): readonly Change[] {
  const before = new Map(old.flatMap((piece) => (piece.name === undefined ? [] : [[piece.name, piece] as const])));
  const after = new Set(now.flatMap(({ name }) => name ?? []));
  const texts = new Set(old.map(({ text }) => text));
  const changed = now.filter((piece) => isCode(piece) && !texts.has(piece.text));
  const edited = changed.flatMap((piece): readonly Change[] => {
    const was = piece.name === undefined ? undefined : before.get(piece.name);
    return was === undefined ? [] : [{ piece, how: 'edited', before: was }];
  });
  const added = changed.filter(({ name }) => name === undefined || !before.has(name)).map((piece): Change => ({ piece, how: 'added' }));
  const still = new Set(now.map(({ text }) => text));
  // A statement without a name that went is the one that came in its place.
  const isReplaced = added.some(({ piece }) => piece.name === undefined);
  const isGone = ({ name }: Piece): boolean => (name === undefined ? !isReplaced : !after.has(name));
  const gone = old.filter((piece) => isCode(piece) && !still.has(piece.text) && isGone(piece));
  return [...edited, ...added, ...gone.map((piece): Change => ({ piece, how: 'removed' }))];
}

/** What only says which names go in and out is no cause of its own. */
function isCode({ text }: Piece): boolean {
  return !/^(?:export\s*\{|import[\s{*"'])/.test(text);
}

function toPlace({ start, text }: Piece, find: ReturnType<typeof createPlaceFinder>): SourcePlace | undefined {
  return find(start, start + text.length);
}

function toReason({ piece, how, before }: Change, place: SourcePlace | undefined): Reason {
  const name = place === undefined ? undefined : toPackage(place.file);
  if (name !== undefined) return { kind: 'package', name, message: `the code of the package ${name} changed` };
  const symbol = piece.name;
  const where = place === undefined ? '' : ` in ${place.file}`;
  return {
    kind: 'code',
    ...(symbol === undefined ? {} : { symbol }),
    ...(place === undefined ? {} : { file: place.file, line: place.line }),
    ...toValues(piece, before),
    message: symbol === undefined ? `what runs when it is loaded was ${how}${where}` : `${symbol}${where} was ${how}`,
  };
}

/** `lodash`, `@scope/name` */
function toPackage(file: string): string | undefined {
  return /(?:^|\/)node_modules\/((?:@[^/]+\/)?[^/]+)\/(?!.*\/node_modules\/)/.exec(file)?.[1];
}

/** Of a variable whose value is short. */
function toValues(after: Piece, before: Piece | undefined): Pick<Reason, 'before' | 'after'> {
  const [old, now] = [before === undefined ? undefined : toValue(before), toValue(after)];
  return old === undefined || now === undefined ? {} : { before: old, after: now };
}

function toValue({ text }: Piece): string | undefined {
  const value = /^(?:(?:export\s*)?(?:var|let|const)\s+)?[\w$]+=(.*)$/s.exec(text)?.[1];
  const isData = value !== undefined && value.length <= SHORT && !/^(?:class|function|async)\b|=>/.test(value);
  return isData ? value : undefined;
}
