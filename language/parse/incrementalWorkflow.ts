import type { Diagnostic, Range } from '../model/diagnostic.ts';
import type { Step, Workflow } from '../model/workflow.ts';
import { composeSource, shiftRange, STEP_LINES, type Composed, type ReadStep } from './composedSource.ts';
import { PARSE_LIMITS } from './limits.ts';
import type { ParsedFile } from './parsedFile.ts';
import { parseWorkflow } from './parseWorkflow.ts';
import { cutSteps, recutSteps, type StepBlock, type StepCut } from './stepBlocks.ts';
import { valueAt } from './rawValue.ts';
import { readYaml } from './yamlText.ts';

/** Code units. A shorter text is read whole as fast. In a longer one the limits of values could be reached by all blocks together. */
const SIZES = { least: 4096, most: 2 * PARSE_LIMITS.values } as const;
/** What a block is read in, so that it is a workflow by itself. */
const BLOCK_FRAME = 'workflow: a/a\nsteps:\n';
/** Stands for all steps where everything else is read. */
const STAND_IN_ID = 'stand-in-for-all-steps';
const STAND_IN = `  ${STAND_IN_ID}:\n    dataset: a/a\n`;
const STAND_IN_LINES = 2;
/** Blocks that are not in the text any more are kept for an undo, up to so many more than there are. */
const SPARE_BLOCKS = 256;

/** A step read by itself: places and lines are those in its frame. */
interface ReadBlock extends ReadStep {
  /** what was read */
  readonly framed: string;
  readonly steps: readonly Step[];
  readonly diagnostics: readonly Diagnostic[];
  /** Otherwise it is no YAML, and the findings are those of YAML alone. */
  readonly isSound: boolean;
  /** Keys that stand beside those of steps where it is no YAML: another step of that name would be its twin. */
  readonly strays: readonly string[];
}

/** A text as it was read last. */
interface Known {
  readonly text: string;
  readonly cut: StepCut;
  readonly read: readonly ReadBlock[];
  /** id → index; `undefined`: some are twins */
  readonly indexes: ReadonlyMap<string, number> | undefined;
}

/** Reads one workflow again and again as it is typed. */
export interface WorkflowReader {
  read(text: string): ParsedFile<Workflow>;
}

/**
 * Answers what `parseWorkflow` would, reading only the steps whose text changed since the last call. Where the text does not show beyond doubt
 * where its steps begin and end, or a step by itself can't stand for what it is in the whole, the whole text is read.
 */
export function createWorkflowReader(file: string): WorkflowReader {
  const memory = new Map<string, ReadBlock>();
  let known: Known | undefined;
  let frame: { readonly text: string; readonly parsed: ParsedFile<Workflow> } | undefined;
  const readFrame = (text: string): ParsedFile<Workflow> => {
    if (frame?.text !== text) frame = { text, parsed: parseWorkflow(file, text) };
    return frame.parsed;
  };
  const readSteps = (text: string): ParsedFile<Workflow> | undefined => {
    const next = toNext(file, text, known, memory);
    if (next === undefined) return undefined;
    known = next;
    forget(memory, next.read);
    const { cut, read, indexes } = next;
    if (indexes === undefined) return undefined;
    const around = readFrame(toFrame(text, cut));
    return isGoodFrame(around) ? compose({ file, text, cut, around, read, indexes }) : undefined;
  };
  return {
    read(text) {
      if (text.length >= SIZES.least && text.length <= SIZES.most) return readSteps(text) ?? parseWorkflow(file, text);
      known = undefined;
      memory.clear();
      return parseWorkflow(file, text);
    },
  };
}

/** The blocks of a text, those that were there before as they were read then. */
function toNext(file: string, text: string, known: Known | undefined, memory: Map<string, ReadBlock>): Known | undefined {
  const again = known === undefined ? undefined : recutSteps(known.cut, known.text, text);
  const cut = again?.cut ?? cutSteps(text);
  if (cut === undefined) return undefined;
  const changed = withBrokenBefore(again ?? { from: 0, removed: known?.read.length ?? 0, added: cut.blocks.length }, known);
  const fresh = readBlocks(file, text, cut, changed, memory);
  if (fresh === undefined) return undefined;
  const read = known?.read.toSpliced(changed.from, changed.removed, ...fresh) ?? fresh;
  const isSameNames =
    known !== undefined &&
    changed.removed === changed.added &&
    fresh.every((_, index) => known.cut.blocks[changed.from + index]?.id === cut.blocks[changed.from + index]?.id);
  return { text, cut, read, indexes: isSameNames ? known.indexes : toIndexes(cut.blocks) };
}

interface Changed {
  readonly from: number;
  readonly removed: number;
  readonly added: number;
}

/** What is said of a block that is no YAML depends on what follows it. */
function withBrokenBefore({ from, removed, added }: Changed, known: Known | undefined): Changed {
  return known?.read[from - 1]?.isSound === false ? { from: from - 1, removed: removed + 1, added: added + 1 } : { from, removed, added };
}

/** Twins are told of each other, which no block can see; names that differ in case too. */
function toIndexes(blocks: readonly StepBlock[]): ReadonlyMap<string, number> | undefined {
  if (new Set(blocks.map(({ id }) => id.toLowerCase())).size !== blocks.length) return undefined;
  return new Map(blocks.map(({ id }, index) => [id, index]));
}

function isGoodFrame({ value, diagnostics }: ParsedFile<Workflow>): boolean {
  const [only, ...others] = value?.steps ?? [];
  return only?.id === STAND_IN_ID && others.length === 0 && !diagnostics.some(namesPlaces);
}

/** Sentences that name a line would name a wrong one. */
function namesPlaces({ code }: Diagnostic): boolean {
  return code === 'duplicate-name';
}

function readBlocks(
  file: string,
  text: string,
  cut: StepCut,
  { from, added }: Changed,
  memory: Map<string, ReadBlock>,
): readonly ReadBlock[] | undefined {
  const read: ReadBlock[] = [];
  let start = cut.firstStart;
  for (const [index, block] of cut.blocks.entries()) {
    if (index >= from + added) break;
    if (index >= from) {
      const end = start + block.length;
      const framed = BLOCK_FRAME + text.slice(start, end);
      const found =
        memory.get(framed) ?? readBlock(file, framed, block, text.slice(end, end + (cut.blocks[index + 1]?.length ?? text.length)));
      if (found === undefined) return undefined;
      if (found.isSound) memory.set(framed, found);
      read.push(found);
    }
    start += block.length;
  }
  return read;
}

/** `follower`: what stands behind the block, where something that is not closed in it ends. */
function readBlock(file: string, framed: string, { id, isOdd, lines }: StepBlock, follower: string): ReadBlock | undefined {
  const { value, diagnostics, source } = parseWorkflow(file, framed);
  if (value === undefined || isOdd) return readBroken(file, framed, { id, lines }, follower);
  if (value.steps.length > 1 || diagnostics.some((found) => namesPlaces(found) || isInFrame(found))) return undefined;
  return { framed, steps: value.steps, diagnostics, source, isSound: true, strays: [] };
}

/** What is no YAML stays where it is: at most up to the first line of what follows. */
function readBroken(file: string, framed: string, { id, lines }: Pick<StepBlock, 'id' | 'lines'>, follower: string): ReadBlock | undefined {
  const { isSound, findings, source, value } = readYaml(file, framed + follower);
  const isElsewhere = (found: Diagnostic): boolean => isInFrame(found) || found.range.end.line > STEP_LINES + lines + 1;
  if (isSound || findings.list.some((found) => namesPlaces(found) || isElsewhere(found))) return undefined;
  const keys = valueAt(value, ['steps']);
  if (typeof keys !== 'object' || keys === null) return undefined;
  const strays = Object.keys(keys).filter((key) => key !== id);
  return { framed, steps: [], diagnostics: [...findings.list], source, isSound: false, strays };
}

function isInFrame({ range }: Diagnostic): boolean {
  return range.start.line <= STEP_LINES;
}

/** Only what is in the text, and some of what was. */
function forget(memory: Map<string, ReadBlock>, read: readonly ReadBlock[]): void {
  if (memory.size <= read.length + SPARE_BLOCKS) return;
  memory.clear();
  for (const block of read) memory.set(block.framed, block);
}

interface Parts {
  readonly file: string;
  readonly text: string;
  readonly cut: StepCut;
  readonly around: ParsedFile<Workflow>;
  readonly read: readonly ReadBlock[];
  readonly indexes: ReadonlyMap<string, number>;
}

function compose(parts: Parts): ParsedFile<Workflow> | undefined {
  const { file, around, read } = parts;
  const broken = read.flatMap(({ isSound }, index) => (isSound ? [] : [index]));
  // Of several errors in a text only the first is told: a block can't know whether it is that.
  if (around.value === undefined || broken.length > 1 || broken.some((index) => hasTwin(parts, index))) return undefined;
  const composed = toComposed(parts);
  const diagnostics = composeFindings(parts, composed, broken.length === 0);
  if (diagnostics === undefined || diagnostics.length >= PARSE_LIMITS.diagnostics) return undefined;
  const name = around.name === undefined ? undefined : { text: around.name.text, range: composed.shiftFrame(around.name.range) };
  const value = broken.length === 0 ? { ...around.value, steps: read.flatMap(({ steps }) => steps) } : undefined;
  return { file, name, value, diagnostics, source: composeSource(composed) };
}

/** The step behind it is among its keys, if it is read at all. */
function hasTwin({ read, indexes }: Parts, index: number): boolean {
  return read[index]?.strays.some((key) => indexes.has(key) && indexes.get(key) !== index + 1) === true;
}

function toComposed({ file, text, cut, around, read, indexes }: Parts): Composed {
  const starts = new Int32Array(read.length + 1).fill(cut.firstStart, 0, 1);
  const lines = new Int32Array(read.length + 1).fill(cut.firstLine, 0, 1);
  for (const [index, block] of cut.blocks.entries()) {
    starts[index + 1] = (starts[index] ?? 0) + block.length;
    lines[index + 1] = (lines[index] ?? 0) + block.lines;
  }
  const headLines = countLines(text.slice(0, cut.headEnd));
  const standInEndLine = headLines + STAND_IN_LINES + 1;
  const tailShift = (lines[read.length] ?? 0) - standInEndLine;
  return {
    ...{ file, text, indexes, starts, lines, read, frame: around.source },
    frameStart: BLOCK_FRAME.length,
    standInEnd: cut.headEnd + STAND_IN.length,
    shiftFrame: (range) => (range.start.line >= standInEndLine ? shiftRange(range, tailShift) : range),
  };
}

function countLines(text: string): number {
  let lines = 0;
  for (let at = text.indexOf('\n'); at !== -1; at = text.indexOf('\n', at + 1)) lines += 1;
  return lines;
}

/**
 * Where something is no YAML, nothing is said of what the rest means, and perhaps not all that is said of the rest as YAML: `undefined` where
 * anything would be.
 */
function composeFindings({ file, around, read, cut, text }: Parts, { lines, shiftFrame }: Composed, isSound: boolean) {
  const isClean = (framed: string): boolean => readYaml(file, framed).findings.list.length === 0;
  if (!isSound && around.diagnostics.length > 0 && !isClean(toFrame(text, cut))) return undefined;
  const all = isSound ? around.diagnostics.map((found) => shiftDiagnostic(found, shiftFrame)) : [];
  for (const [index, block] of read.entries()) {
    if (block.diagnostics.length === 0) continue;
    if (!isSound && block.isSound) {
      if (!isClean(block.framed)) return undefined;
      continue;
    }
    const shift = (lines[index] ?? 0) - STEP_LINES - 1;
    for (const found of block.diagnostics) all.push(shiftDiagnostic(found, (range) => shiftRange(range, shift)));
  }
  return all;
}

/** Everything but the steps, with a stand-in for them. */
function toFrame(text: string, { headEnd, tailStart }: StepCut): string {
  return text.slice(0, headEnd) + STAND_IN + text.slice(tailStart);
}

function shiftDiagnostic(found: Diagnostic, shift: (range: Range) => Range): Diagnostic {
  const { fix, ...rest } = found;
  const moved = { ...rest, range: shift(found.range) };
  if (fix === undefined) return moved;
  return { ...moved, fix: { ...fix, edits: fix.edits.map((edit) => ({ ...edit, range: shift(edit.range) })) } };
}
