import type { Diagnostic, Range } from '../model/diagnostic.ts';
import type { Step, Workflow } from '../model/workflow.ts';
import { PARSE_LIMITS } from './limits.ts';
import type { ParsedFile } from './parsedFile.ts';
import { parseWorkflow } from './parseWorkflow.ts';
import { toLineStarts, toPosition, type Place, type SourceMap, type Span, type ValuePath } from './sourceMap.ts';
import { cutSteps, type StepBlock, type StepCut } from './stepBlocks.ts';

/** Code units. A shorter text is read whole as fast. In a longer one the limits of values could be reached by all blocks together. */
const SIZES = { least: 4096, most: 2 * PARSE_LIMITS.values } as const;
/** What a block is read in, so that it is a workflow by itself. */
const BLOCK_FRAME = 'workflow: a/a\nsteps:\n';
const BLOCK_LINES = 2;
/** Stands for all steps where everything else is read. */
const STAND_IN = '  stand-in-for-all-steps:\n    dataset: a/a\n';
const STAND_IN_ID = 'stand-in-for-all-steps';

/** A step read by itself: places and lines are those in its frame. */
interface ReadBlock {
  readonly steps: readonly Step[];
  readonly diagnostics: readonly Diagnostic[];
  readonly source: SourceMap;
}

/** Reads one workflow again and again as it is typed. */
export interface WorkflowReader {
  read(text: string): ParsedFile<Workflow>;
}

/**
 * Answers what `parseWorkflow` would, reading only the steps whose text changed since the last call. Where the text does not show beyond doubt
 * where its steps begin and end, or a step by itself is not sound, the whole text is read.
 */
export function createWorkflowReader(file: string): WorkflowReader {
  let blocks: ReadonlyMap<string, ReadBlock> = new Map();
  let frame: { readonly text: string; readonly parsed: ParsedFile<Workflow> } | undefined;
  const readFrame = (text: string): ParsedFile<Workflow> => {
    if (frame?.text !== text) frame = { text, parsed: parseWorkflow(file, text) };
    return frame.parsed;
  };
  return {
    read(text) {
      if (text.length < SIZES.least || text.length > SIZES.most) return parseWorkflow(file, text);
      const cut = cutSteps(text);
      if (cut === undefined || !isDistinct(cut.blocks)) return parseWorkflow(file, text);
      const around = readFrame(text.slice(0, cut.headEnd) + STAND_IN + text.slice(cut.tailStart));
      if (!isGoodFrame(around)) return parseWorkflow(file, text);
      const read = readBlocks(file, text, cut, blocks);
      if (read === undefined) return parseWorkflow(file, text);
      blocks = read.known;
      return compose({ file, text, cut, around, read: read.inOrder }) ?? parseWorkflow(file, text);
    },
  };
}

/** Twins are told of each other, which no block can see; names that differ in case too. */
function isDistinct(blocks: readonly StepBlock[]): boolean {
  return new Set(blocks.map(({ id }) => id.toLowerCase())).size === blocks.length;
}

function isGoodFrame({ value, diagnostics }: ParsedFile<Workflow>): boolean {
  const [only, ...others] = value?.steps ?? [];
  return only?.id === STAND_IN_ID && others.length === 0 && !diagnostics.some(namesPlaces);
}

/** Sentences that name a line would name a wrong one. */
function namesPlaces({ code }: Diagnostic): boolean {
  return code === 'duplicate-name';
}

function readBlocks(file: string, text: string, { blocks }: StepCut, former: ReadonlyMap<string, ReadBlock>) {
  const known = new Map<string, ReadBlock>();
  const inOrder: ReadBlock[] = [];
  for (const { start, end } of blocks) {
    const written = text.slice(start, end);
    const block = former.get(written) ?? readBlock(file, written);
    if (block === undefined) return undefined;
    known.set(written, block);
    inOrder.push(block);
  }
  return { known, inOrder };
}

function readBlock(file: string, written: string): ReadBlock | undefined {
  const { value, diagnostics, source } = parseWorkflow(file, BLOCK_FRAME + written);
  if (value === undefined || value.steps.length > 1) return undefined;
  if (diagnostics.some((found) => namesPlaces(found) || found.range.start.line <= BLOCK_LINES)) return undefined;
  return { steps: value.steps, diagnostics, source };
}

interface Parts {
  readonly file: string;
  readonly text: string;
  readonly cut: StepCut;
  readonly around: ParsedFile<Workflow>;
  readonly read: readonly ReadBlock[];
}

function compose(parts: Parts): ParsedFile<Workflow> | undefined {
  const { file, cut, around, read } = parts;
  const source = composeSource(parts);
  const lineStarts = toLineStarts(parts.text);
  const standInEnd = toPosition(lineStarts, cut.headEnd).line + toLineStarts(STAND_IN).length - 1;
  const tailShift = toPosition(lineStarts, cut.tailStart).line - standInEnd;
  const shiftFrame = (range: Range): Range => (range.start.line >= standInEnd ? shiftRange(range, tailShift) : range);
  const diagnostics = around.diagnostics.map((found) => shiftDiagnostic(found, shiftFrame));
  for (const [index, block] of read.entries()) {
    if (block.diagnostics.length === 0) continue;
    const shift = (cut.blocks[index]?.line ?? 0) - BLOCK_LINES - 1;
    for (const found of block.diagnostics) diagnostics.push(shiftDiagnostic(found, (range) => shiftRange(range, shift)));
  }
  if (diagnostics.length >= PARSE_LIMITS.diagnostics || around.value === undefined) return undefined;
  const name = around.name === undefined ? undefined : { text: around.name.text, range: shiftFrame(around.name.range) };
  return { file, name, value: { ...around.value, steps: read.flatMap(({ steps }) => steps) }, diagnostics, source };
}

function shiftDiagnostic(found: Diagnostic, shift: (range: Range) => Range): Diagnostic {
  const { fix, ...rest } = found;
  const moved = { ...rest, range: shift(found.range) };
  if (fix === undefined) return moved;
  return { ...moved, fix: { ...fix, edits: fix.edits.map((edit) => ({ ...edit, range: shift(edit.range) })) } };
}

function shiftRange({ start, end }: Range, lines: number): Range {
  return { start: { ...start, line: start.line + lines }, end: { ...end, line: end.line + lines } };
}

/** Places of everything: those of a step from its block, all others from the frame. */
function composeSource({ file, text, cut, around, read }: Parts): SourceMap {
  const byId = new Map(cut.blocks.map(({ id, start }, index) => [id, { start, source: read[index]?.source }]));
  const standInEnd = cut.headEnd + STAND_IN.length;
  const toTail = cut.tailStart - standInEnd;
  const place = (path: ValuePath): Place | undefined => {
    if (path[0] !== 'steps')
      return widen(
        path,
        shiftPlace(around.source.place(path), (at) => (at >= standInEnd ? at + toTail : at)),
      );
    if (path.length === 1) return widen(path, around.source.place(path));
    const block = byId.get(String(path[1]));
    const shift = (block?.start ?? 0) - BLOCK_FRAME.length;
    return shiftPlace(block?.source?.place(path), (at) => at + shift);
  };
  /** The root and `steps` hold all blocks. */
  const widen = (path: ValuePath, found: Place | undefined): Place | undefined => {
    if (found === undefined || path.length > 1 || (path.length === 1 && path[0] !== 'steps')) return found;
    const lastEnd = place(['steps', cut.blocks.at(-1)?.id ?? ''])?.value.end ?? found.value.end;
    if (path.length === 0) return { ...found, value: { start: found.value.start, end: Math.max(found.value.end, lastEnd) } };
    return { ...found, value: { start: place(['steps', cut.blocks[0]?.id ?? ''])?.key?.start ?? found.value.start, end: lastEnd } };
  };
  const has = (path: ValuePath): boolean =>
    path[0] === 'steps' && path.length > 1 ? byId.get(String(path[1]))?.source?.has(path) === true : around.source.has(path);
  return createPlacedSource({ file, text, place, has });
}

function shiftPlace(place: Place | undefined, shift: (at: number) => number): Place | undefined {
  if (place === undefined) return undefined;
  const toSpan = ({ start, end }: Span): Span => ({ start: shift(start), end: shift(end) });
  const { key, value, textStart } = place;
  return {
    key: key === undefined ? undefined : toSpan(key),
    value: toSpan(value),
    textStart: textStart === undefined ? undefined : shift(textStart),
  };
}

const START: Place = { key: undefined, value: { start: 0, end: 0 }, textStart: undefined };

interface Places {
  readonly file: string;
  readonly text: string;
  readonly place: (path: ValuePath) => Place | undefined;
  readonly has: (path: ValuePath) => boolean;
}

/** A source map whose places are looked up when they are asked for. */
function createPlacedSource({ file, text, place, has }: Places): SourceMap {
  let lineStarts: readonly number[] | undefined;
  const toRange = ({ start, end }: Span): Range => {
    lineStarts ??= toLineStarts(text);
    return { start: toPosition(lineStarts, start), end: toPosition(lineStarts, end) };
  };
  const nearest = (path: ValuePath): Place => {
    for (let length = path.length; length >= 0; length -= 1) {
      const found = place(path.slice(0, length));
      if (found !== undefined) return found;
    }
    return START;
  };
  return {
    file,
    place,
    toRange,
    has,
    valueRange: (path) => toRange(nearest(path).value),
    keyRange: (path) => toRange(nearest(path).key ?? nearest(path).value),
    textRange(path, start, end) {
      const found = nearest(path);
      if (found.textStart === undefined) return toRange(found.value);
      return toRange({ start: found.textStart + start, end: found.textStart + end });
    },
  };
}
