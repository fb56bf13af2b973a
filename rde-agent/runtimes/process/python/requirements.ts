import { evaluateMarker, type MarkerVariables } from './marker.ts';

/** One requirement of a lock that applies to the interpreter. */
export interface Requirement {
  /** normalised: lower case, runs of `-_.` are one `-` */
  readonly name: string;
  readonly version: string;
  /** `sha256:…`, sorted */
  readonly hashes: readonly string[];
}

export type Requirements =
  | { readonly kind: 'requirements'; readonly list: readonly Requirement[] }
  | { readonly kind: 'unreadable'; readonly line: number; readonly message: string };

interface LogicalLine {
  readonly text: string;
  /** of its beginning, from 1 */
  readonly line: number;
}

const REQUIREMENT = /^([A-Za-z0-9](?:[A-Za-z0-9._-]*[A-Za-z0-9])?)(?:\[[^\]]*\])?\s*==\s*([^\s;\\]+)\s*(?:;(.*))?$/;
const HASH = /\s--hash[=\s]([a-z0-9]+:[0-9a-f]+)/g;
/** Options that say where packages come from: they do not change what the hashes admit. */
const HARMLESS_OPTIONS =
  /^(?:--(?:index-url|extra-index-url|no-index|find-links|trusted-host|require-hashes|prefer-binary|only-binary|no-binary)|-i|-f)(?:[=\s]|$)/;

/**
 * Reads hashed requirements (`uv pip compile --universal --generate-hashes`) for one interpreter. Everything must be exact: a
 * version pinned by `==`, at least one hash, a marker that is understood. The first line that is not names itself.
 */
export function parseRequirements(text: string, variables: MarkerVariables): Requirements {
  const found = new Map<string, Requirement>();
  for (const line of toLogicalLines(text)) {
    if (HARMLESS_OPTIONS.test(line.text)) continue;
    const result = parseLine(line.text, variables);
    if (result.kind === 'unreadable') return { ...result, line: line.line };
    if (result.requirement === null) continue;
    const other = found.get(result.requirement.name);
    if (other !== undefined && other.version !== result.requirement.version) {
      return { kind: 'unreadable', line: line.line, message: `${other.name} is already there as ${other.version}` };
    }
    found.set(result.requirement.name, result.requirement);
  }
  return { kind: 'requirements', list: [...found.values()].sort((left, right) => (left.name < right.name ? -1 : 1)) };
}

type LineResult =
  { readonly kind: 'requirement'; readonly requirement: Requirement | null } | { readonly kind: 'unreadable'; readonly message: string };

function parseLine(text: string, variables: MarkerVariables): LineResult {
  const hashes = [...text.matchAll(HASH)].map((match) => match[1] ?? '');
  const head = text.replace(HASH, '').trim();
  const match = REQUIREMENT.exec(head);
  if (match?.[1] === undefined || match[2] === undefined) {
    return { kind: 'unreadable', message: `"${head.slice(0, 80)}" is not a requirement pinned as name==version` };
  }
  const [, name, version, marker] = match;
  if (marker !== undefined) {
    const result = evaluateMarker(marker, variables);
    if (result.kind === 'unknown')
      return { kind: 'unreadable', message: `the marker "${marker.trim()}" is not understood: ${result.message}` };
    if (!result.holds) return { kind: 'requirement', requirement: null };
  }
  if (hashes.length === 0) return { kind: 'unreadable', message: `${name} has no --hash` };
  return { kind: 'requirement', requirement: { name: normaliseName(name), version, hashes: hashes.sort() } };
}

function normaliseName(name: string): string {
  return name.toLowerCase().replace(/[-_.]+/g, '-');
}

/** Joins lines that end in a backslash, leaves out comments and empty lines. */
function toLogicalLines(text: string): readonly LogicalLine[] {
  const lines: LogicalLine[] = [];
  let pending: LogicalLine | undefined;
  for (const [index, raw] of text.split(/\r?\n/).entries()) {
    const bare = raw.replace(/(^|\s)#.*$/, '').trim();
    const joined: LogicalLine =
      pending === undefined ? { text: bare, line: index + 1 } : { text: `${pending.text} ${bare}`, line: pending.line };
    pending = undefined;
    if (joined.text.endsWith('\\')) pending = { text: joined.text.slice(0, -1).trim(), line: joined.line };
    else if (joined.text !== '') lines.push(joined);
  }
  if (pending !== undefined && pending.text !== '') lines.push(pending);
  return lines;
}
