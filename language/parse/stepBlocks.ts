/** One step of a workflow's text: from its key to the next one's, comments behind it included. */
export interface StepBlock {
  readonly id: string;
  /** offsets in the whole text */
  readonly start: number;
  readonly end: number;
  /** of its key, from 1 */
  readonly line: number;
}

/** A workflow's text cut at its steps: `head` ends with the line `steps:`, the tail begins where something stands at the margin again. */
export interface StepCut {
  readonly headEnd: number;
  readonly blocks: readonly StepBlock[];
  readonly tailStart: number;
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
  if (text.includes('\t') || /(?:^|[\s,[{:-])&[^\s&]/.test(text)) return undefined;
  const headEnd = findHeadEnd(text);
  if (headEnd === undefined) return undefined;
  const blocks: StepBlock[] = [];
  let indent = 0;
  let line = countLines(text, headEnd) + 1;
  let open: { readonly id: string; readonly start: number; readonly line: number } | undefined;
  for (let at = headEnd; at < text.length; line += 1) {
    const newline = text.indexOf('\n', at);
    const end = newline === -1 ? text.length : newline + 1;
    const written = text.slice(at, newline === -1 ? text.length : newline);
    if (!BLANK.test(written)) {
      const depth = written.length - written.trimStart().length;
      if (depth === 0) return finish(headEnd, blocks, open, at);
      if (indent === 0) indent = depth;
      if (depth < indent) return undefined;
      if (depth === indent) {
        const id = KEY.exec(written)?.[2];
        if (id === undefined) return undefined;
        if (open !== undefined) blocks.push({ ...open, end: at });
        open = { id, start: at, line };
      }
    }
    at = end;
  }
  return finish(headEnd, blocks, open, text.length);
}

function finish(headEnd: number, blocks: StepBlock[], open: Omit<StepBlock, 'end'> | undefined, tailStart: number): StepCut | undefined {
  if (open === undefined) return undefined;
  blocks.push({ ...open, end: tailStart });
  return { headEnd, blocks, tailStart };
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
