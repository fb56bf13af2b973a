/** One step of a workflow's text: from its key to the next one's, comments behind it included. */
export interface StepBlock {
  readonly id: string;
  /** UTF-16 code units */
  readonly length: number;
  /** line breaks in it */
  readonly lines: number;
  /** Something stands beside the key that is no key of a plain step: good only where the block turns out to be no YAML. */
  readonly isOdd: boolean;
}

/** A workflow's text cut at its steps: the head ends with the line `steps:`, the tail begins where something stands at the margin again. */
export interface StepCut {
  readonly headEnd: number;
  /** offset of the first step; the others follow without a gap, up to the tail */
  readonly firstStart: number;
  /** of the first step's key, from 1 */
  readonly firstLine: number;
  /** blanks before the keys of steps */
  readonly indent: number;
  readonly blocks: readonly StepBlock[];
  readonly tailStart: number;
}

/** A cut with what of the former one it kept: all blocks but `removed` ones at `from`, where now `added` stand. */
export interface StepRecut {
  readonly cut: StepCut;
  readonly from: number;
  readonly removed: number;
  readonly added: number;
}

const STEPS = /^steps:[ \t]*(?:#[^\n]*)?\r?$/;
const KEY = /^( +)([A-Za-z_][\w-]*):(?=[ \t\r]|$)/;
const BLANK = /^[ ]*(?:#.*)?\r?$/;

/**
 * Cuts a text at its steps by looking at the beginnings of lines alone. `undefined` where those do not show it beyond doubt: flow style,
 * tabs, quoted or odd keys, anchors (which reach from one step into another). What is cut may still be no YAML: whoever reads a block by
 * itself must find it sound.
 */
export function cutSteps(text: string): StepCut | undefined {
  if (isUnclear(text)) return undefined;
  const headEnd = findHeadEnd(text);
  if (headEnd === undefined) return undefined;
  const scan = scanBlocks(text, { start: headEnd, end: text.length }, 0);
  if (scan === undefined) return undefined;
  const firstLine = countLines(text, headEnd) + scan.firstLine + 1;
  return { headEnd, firstStart: scan.firstStart, firstLine, indent: scan.indent, blocks: scan.blocks, tailStart: scan.end };
}

/** The same of a text that was cut before and then changed in one stretch: only the blocks around that are cut anew. */
export function recutSteps(former: StepCut, before: string, text: string): StepRecut | undefined {
  const changed = toChange(before, text);
  const reached = findReached(former, changed);
  if (reached === undefined) return undefined;
  const stretch = { start: reached.start, end: reached.end + text.length - before.length };
  if (isUnclear(text.slice(stretch.start, stretch.end))) return undefined;
  const isAtEnd = stretch.end === text.length;
  const scan = scanBlocks(text, stretch, former.indent);
  // Only whole blocks from edge to edge leave all others what they were.
  if (scan === undefined || scan.firstStart !== stretch.start || scan.end !== stretch.end) return undefined;
  if (!isAtEnd && text.charAt(stretch.end - 1) !== '\n') return undefined;
  const blocks = former.blocks.toSpliced(reached.from, reached.count, ...scan.blocks);
  const cut = { ...former, blocks, tailStart: former.tailStart + text.length - before.length };
  return { cut, from: reached.from, removed: reached.count, added: scan.blocks.length };
}

interface Stretch {
  readonly start: number;
  readonly end: number;
}

/** Where two texts differ, in the first one: what stands before and behind is the same in both. */
function toChange(before: string, text: string): Stretch {
  const most = Math.min(before.length, text.length);
  let start = 0;
  while (start < most && before.charCodeAt(start) === text.charCodeAt(start)) start += 1;
  let tail = 0;
  while (tail < most - start && before.charCodeAt(before.length - 1 - tail) === text.charCodeAt(text.length - 1 - tail)) tail += 1;
  return { start, end: before.length - tail };
}

/** The blocks that a change touches, the one that ends where it begins included; `undefined` where it reaches beyond the steps. */
function findReached({ firstStart, blocks, tailStart }: StepCut, { start, end }: Stretch) {
  if (start < firstStart || end > tailStart) return undefined;
  let at = firstStart;
  let from = 0;
  for (; from < blocks.length - 1 && at + (blocks[from]?.length ?? 0) < start; from += 1) at += blocks[from]?.length ?? 0;
  const found = { start: at, from };
  let count = 0;
  for (let next = from; next < blocks.length && (count === 0 || at <= end); next += 1, count += 1) at += blocks[next]?.length ?? 0;
  return { ...found, count, end: at };
}

function isUnclear(text: string): boolean {
  return text.includes('\t') || /(?:^|[\s,[{:-])&[^\s&]/.test(text);
}

interface Scan {
  readonly blocks: readonly StepBlock[];
  readonly indent: number;
  readonly firstStart: number;
  /** line breaks from where the scan began */
  readonly firstLine: number;
  /** where something stands at the margin again, or where the scan ended */
  readonly end: number;
}

interface OpenBlock {
  readonly id: string;
  readonly start: number;
  readonly line: number;
  isOdd: boolean;
}

/** `indent`: of the keys, 0 = the first one shows it. */
function scanBlocks(text: string, stretch: Stretch, indent: number): Scan | undefined {
  const opened: OpenBlock[] = [];
  let depthOfKeys = indent;
  let line = 0;
  let at = stretch.start;
  for (; at < stretch.end; line += 1) {
    const newline = text.indexOf('\n', at);
    const end = newline === -1 ? text.length : newline;
    const written = text.slice(at, end);
    if (!BLANK.test(written)) {
      const depth = written.length - written.trimStart().length;
      if (depth === 0) break;
      if (depthOfKeys === 0) depthOfKeys = depth;
      if (depth < depthOfKeys || !takeLine(opened, written, { depth, depthOfKeys, at, line })) return undefined;
    }
    at = Math.min(end + 1, text.length);
  }
  return toScan(opened, { indent: depthOfKeys, end: at, line });
}

/** False: nobody can tell to which step this line belongs. */
function takeLine(
  opened: OpenBlock[],
  written: string,
  { depth, depthOfKeys, at, line }: { readonly [key in 'depth' | 'depthOfKeys' | 'at' | 'line']: number },
): boolean {
  if (depth > depthOfKeys) return opened.length > 0;
  const id = KEY.exec(written)?.[2];
  const last = opened.at(-1);
  if (id !== undefined) opened.push({ id, start: at, line, isOdd: false });
  else if (last !== undefined) last.isOdd = true;
  return opened.length > 0;
}

function toScan(
  opened: readonly OpenBlock[],
  { indent, end, line }: { readonly indent: number; readonly end: number; readonly line: number },
): Scan | undefined {
  const [first] = opened;
  if (first === undefined) return undefined;
  const blocks = opened.map(({ id, start, line: from, isOdd }, index) => {
    const next = opened[index + 1] ?? { start: end, line };
    return { id, length: next.start - start, lines: next.line - from, isOdd };
  });
  return { blocks, indent, firstStart: first.start, firstLine: first.line, end };
}

/** Behind the line `steps:`; the only one at the margin. */
function findHeadEnd(text: string): number | undefined {
  for (let at = 0; at < text.length;) {
    const newline = text.indexOf('\n', at);
    if (newline === -1) return undefined;
    if (text.startsWith('steps:', at) && STEPS.test(text.slice(at, newline))) return newline + 1;
    at = newline + 1;
  }
  return undefined;
}

function countLines(text: string, end: number): number {
  let lines = 0;
  for (let at = text.indexOf('\n'); at !== -1 && at < end; at = text.indexOf('\n', at + 1)) lines += 1;
  return lines;
}
