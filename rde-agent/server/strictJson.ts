import { isReservedKey } from '../../language/model/names.ts';

export const JSON_LIMITS = { depth: 64, keys: 50_000 } as const;

/** Why a frame is refused before anybody looks at what it asks. */
export type JsonProblem = 'syntax' | 'depth' | 'keys' | 'duplicate-key' | 'reserved-key' | 'surrogate';

/**
 * What a JSON parser would let through and a server must not: depth, number of keys, keys given twice, keys that reach a prototype, texts
 * that are no Unicode. One pass over the text, without recursion. Syntax is left to `JSON.parse`, which follows.
 */
export function findJsonProblem(text: string): JsonProblem | undefined {
  const open: (Set<string> | undefined)[] = [];
  let keys = 0;
  for (let index = 0; index < text.length; index += 1) {
    const code = text.charCodeAt(index);
    if (code === OPEN_OBJECT || code === OPEN_ARRAY) {
      if (open.length >= JSON_LIMITS.depth) return 'depth';
      open.push(code === OPEN_OBJECT ? new Set() : undefined);
    } else if (code === CLOSE_OBJECT || code === CLOSE_ARRAY) {
      open.pop();
    } else if (code === QUOTE) {
      const end = findStringEnd(text, index);
      if (end === undefined) return 'syntax';
      const members = open.at(-1);
      if (members !== undefined && isKey(text, end + 1)) {
        keys += 1;
        const problem = checkKey(text.slice(index, end + 1), members, keys);
        if (problem !== undefined) return problem;
      }
      index = end;
    }
  }
  return hasLoneSurrogateEscape(text) ? 'surrogate' : undefined;
}

const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const COLON = 0x3a;
const OPEN_OBJECT = 0x7b;
const CLOSE_OBJECT = 0x7d;
const OPEN_ARRAY = 0x5b;
const CLOSE_ARRAY = 0x5d;

function checkKey(quoted: string, members: Set<string>, keys: number): JsonProblem | undefined {
  if (keys > JSON_LIMITS.keys) return 'keys';
  const key = quoted.includes('\\') ? decode(quoted) : quoted.slice(1, -1);
  if (key === undefined) return 'syntax';
  if (isReservedKey(key)) return 'reserved-key';
  if (members.has(key)) return 'duplicate-key';
  members.add(key);
  return undefined;
}

function decode(quoted: string): string | undefined {
  try {
    const value: unknown = JSON.parse(quoted);
    return typeof value === 'string' ? value : undefined;
  } catch {
    return undefined; // a broken escape
  }
}

/** Index of the closing quote of the string that opens at `start`. */
function findStringEnd(text: string, start: number): number | undefined {
  for (let end = text.indexOf('"', start + 1); end !== -1; end = text.indexOf('"', end + 1)) {
    let slashes = 0;
    while (text.charCodeAt(end - 1 - slashes) === BACKSLASH) slashes += 1;
    if (slashes % 2 === 0) return end;
  }
  return undefined;
}

function isKey(text: string, after: number): boolean {
  let index = after;
  while (text.charCodeAt(index) <= 0x20) index += 1;
  return text.charCodeAt(index) === COLON;
}

/** Frames are valid UTF-8, so only an escape can bring half a surrogate pair. */
function hasLoneSurrogateEscape(text: string): boolean {
  if (!/\\u[dD][89a-fA-F]/.test(text)) return false;
  try {
    let lone = false;
    JSON.parse(text, (key, value: unknown) => {
      lone ||= !key.isWellFormed() || (typeof value === 'string' && !value.isWellFormed());
      return null;
    });
    return lone;
  } catch {
    return false; // not JSON at all: said by the parser that follows
  }
}
