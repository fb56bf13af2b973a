import { NO_LOOK, type NodeLook } from '../graphModel.ts';
import type { PlacedEdge } from '../layout/layout.ts';
import { GROUP_HEADER } from '../visibleGraph.ts';
import { fitText } from './fitText.ts';
import { toKindIcon } from './kindIcon.ts';
import type { Glyphs, Palette } from './palette.ts';
import type { Scene, SceneBox } from './scene.ts';
import type { Area } from './spatialIndex.ts';

/** How much of a box can be read at a scale. */
export type Detail = 'full' | 'title' | 'none';

const RADIUS = 4;
const STRIPE = 3;
/** how faint what is out of focus gets */
const FAINT = 0.22;
/** edges that are stroked as one path: long paths are slow to fill in software */
const EDGES_AT_ONCE = 120;
const BOXES_AT_ONCE = 60;

export interface Paint {
  readonly context: CanvasRenderingContext2D;
  readonly palette: Palette;
  readonly glyphs: Glyphs;
  readonly looks: ReadonlyMap<string, NodeLook>;
  /** what stands out; all others are faint. `null` = everything is equal */
  readonly focus: ReadonlySet<string> | null;
  readonly k: number;
}

export function toDetail(k: number): Detail {
  return k >= 0.5 ? 'full' : k >= 0.2 ? 'title' : 'none';
}

/** Draws what touches an area, a slice at a time: whoever steps through it decides when to go on. */
export function* paintScene(paint: Paint, scene: Scene, area: Area): Generator<void, void, void> {
  for (const group of scene.groups) if (isIn(group, area)) paintGroup(paint, group);
  yield;
  const edges = scene.edgesAt.find(area);
  for (let from = 0; from < edges.length; from += EDGES_AT_ONCE) {
    paintEdges(
      paint,
      Array.from(edges.subarray(from, from + EDGES_AT_ONCE), (index) => scene.edges[index]),
    );
    yield;
  }
  const boxes = scene.boxesAt.find(area);
  for (let from = 0; from < boxes.length; from += BOXES_AT_ONCE) {
    for (const index of boxes.subarray(from, from + BOXES_AT_ONCE)) {
      const box = scene.boxes[index];
      if (box !== undefined) paintBox(paint, box);
    }
    yield;
  }
}

function isIn(box: SceneBox, { left, top, right, bottom }: Area): boolean {
  return box.x <= right && box.y <= bottom && box.x + box.width >= left && box.y + box.height >= top;
}

function paintGroup({ context, palette, looks, focus, k }: Paint, box: SceneBox): void {
  context.globalAlpha = focus === null || focus.has(box.node.id) ? 1 : FAINT;
  context.fillStyle = palette.group;
  context.strokeStyle = palette.tones[(looks.get(box.node.id) ?? NO_LOOK).tone];
  context.lineWidth = Math.max(1, 1 / k);
  context.beginPath();
  context.roundRect(box.x, box.y, box.width, box.height, RADIUS * 2);
  context.fill();
  context.stroke();
  if (toDetail(k) !== 'none') {
    const size = Math.max(13, 11 / k);
    context.fillStyle = palette.text;
    context.font = `600 ${size}px ${palette.font}`;
    context.textBaseline = 'middle';
    context.fillText(fitText(context, box.node.label, box.width - 56), box.x + 30, box.y + GROUP_HEADER / 2);
  }
  context.globalAlpha = 1;
}

/** Those out of focus first and marked ones last, so that these cross over the others. */
function paintEdges(paint: Paint, edges: readonly (PlacedEdge | undefined)[]): void {
  const { context, palette, looks, focus, k } = paint;
  const sorts = Map.groupBy(
    edges.filter((edge) => edge !== undefined),
    (edge) => {
      if (focus !== null && !(focus.has(edge.from) && focus.has(edge.to))) return 'faint';
      return looks.get(edge.from)?.isMarked === true && looks.get(edge.to)?.isMarked === true ? 'marked' : 'plain';
    },
  );
  // Far away there is more line than room: fainter, they let the boxes stand out.
  const alpha = Math.min(1, 0.25 + 2 * k);
  for (const sort of ['faint', 'plain', 'marked'] as const) {
    const colour = sort === 'marked' ? palette.mark : palette.edge;
    context.globalAlpha = sort === 'marked' ? 1 : sort === 'faint' ? FAINT * alpha : alpha;
    context.lineWidth = Math.max(sort === 'marked' ? 2.5 : 1.5, (sort === 'marked' ? 1.5 : 0.6) / k);
    context.strokeStyle = colour;
    context.beginPath();
    for (const edge of sorts.get(sort) ?? []) traceEdge(context, edge, k);
    context.stroke();
    if (k < 0.3 || sort === 'faint') continue;
    context.fillStyle = colour;
    context.beginPath();
    for (const edge of sorts.get(sort) ?? []) traceArrow(context, edge);
    context.fill();
  }
  context.globalAlpha = 1;
}

/** Smooth from point to point, leaving and arriving vertically; straight where a bend could not be seen. */
function traceEdge(context: CanvasRenderingContext2D, { points }: PlacedEdge, k: number): void {
  let before = points[0];
  if (before === undefined) return;
  context.moveTo(before.x, before.y);
  for (const point of points.slice(1)) {
    const middle = (before.y + point.y) / 2;
    if (k < 0.2 || Math.abs(before.x - point.x) < 1) context.lineTo(point.x, point.y);
    else context.bezierCurveTo(before.x, middle, point.x, middle, point.x, point.y);
    before = point;
  }
}

function traceArrow(context: CanvasRenderingContext2D, { points }: PlacedEdge): void {
  const end = points.at(-1);
  if (end === undefined) return;
  context.moveTo(end.x, end.y);
  context.lineTo(end.x - 4, end.y - 8);
  context.lineTo(end.x + 4, end.y - 8);
  context.closePath();
}

/** A box covers what is below it: painted again at any time, nothing of before shows through. */
export function paintBox(paint: Paint, box: SceneBox): void {
  const { context, palette, looks, focus, k } = paint;
  const look = looks.get(box.node.id) ?? NO_LOOK;
  const isFaint = focus !== null && !focus.has(box.node.id);
  const detail = toDetail(k);
  context.fillStyle = palette.background;
  context.fillRect(box.x, box.y, box.width, box.height);
  const isQuiet = detail === 'none' && (look.tone === 'idle' || look.tone === 'quiet');
  context.globalAlpha = (isFaint ? FAINT : 1) * (isQuiet ? 0.5 : 1);
  context.fillStyle = detail === 'none' ? palette.tones[look.tone] : palette.card;
  context.fillRect(box.x, box.y, box.width, box.height);
  if (detail === 'none') paintFar(paint, box, look);
  else paintNear(paint, box, look, detail);
  context.globalAlpha = 1;
}

/** What failed and what runs can be told apart by their shape as well. */
function paintFar({ context, palette, k }: Paint, box: SceneBox, look: NodeLook): void {
  if (look.tone !== 'bad' && look.tone !== 'busy') return;
  context.strokeStyle = palette.text;
  context.lineWidth = 1.5 / k;
  context.beginPath();
  if (look.tone === 'bad') {
    context.moveTo(box.x, box.y);
    context.lineTo(box.x + box.width, box.y + box.height);
    context.moveTo(box.x + box.width, box.y);
    context.lineTo(box.x, box.y + box.height);
  } else context.rect(box.x, box.y, box.width, box.height);
  context.stroke();
}

function paintNear(paint: Paint, box: SceneBox, look: NodeLook, detail: Detail): void {
  const { context, palette, k } = paint;
  context.strokeStyle = look.isMarked ? palette.mark : palette.border;
  context.lineWidth = Math.max(look.isMarked ? 2 : 1, 0.6 / k);
  context.strokeRect(box.x + 0.5, box.y + 0.5, box.width - 1, box.height - 1);
  context.fillStyle = palette.tones[look.tone];
  context.fillRect(box.x, box.y, Math.max(STRIPE, 2 / k), box.height);
  context.textBaseline = 'middle';
  if (detail === 'title') return paintTitle(paint, box, look);
  paintText(paint, box.node.label, box.x + 34, box.y + 16, box.width - 48 - look.count.length * 8, { weight: '600 ' });
  paintText(paint, look.count, box.x + box.width - 10, box.y + 16, 60, { align: 'right' });
  paintIcon(paint, toKindIcon(box.node), box.x + 12, box.y + 16, 16, palette.text);
  paintText(paint, box.node.name, box.x + 12, box.y + 37, box.width - 30 - look.time.length * 7, { isQuiet: true });
  paintText(paint, look.time, box.x + box.width - 10, box.y + 37, 100, { isQuiet: true, align: 'right' });
  paintIcon(paint, look.icon, box.x + 12, box.y + 58, 16, palette.tones[look.tone]);
  paintText(paint, look.text, box.x + 34, box.y + 58, box.width - 54 - look.badge.length * 7, {});
  paintText(paint, look.badge, box.x + box.width - 16, box.y + 58, 130, { isQuiet: true, align: 'right' });
}

interface TextStyle {
  readonly weight?: string;
  readonly isQuiet?: boolean;
  readonly align?: 'right';
}

function paintText({ context, palette }: Paint, text: string, x: number, y: number, room: number, style: TextStyle): void {
  if (text === '') return;
  const { weight = '', isQuiet = false, align = 'left' } = style;
  context.textAlign = align;
  context.fillStyle = isQuiet ? palette.quiet : palette.text;
  context.font = `${weight}${isQuiet ? 12 : 13}px ${palette.font}`;
  context.fillText(fitText(context, text, room), x, y);
  context.textAlign = 'left';
}

/** The title as large as it has to be, and the state's icon. */
function paintTitle(paint: Paint, box: SceneBox, look: NodeLook): void {
  const { context, palette, k } = paint;
  const size = Math.min(30, 11 / k);
  const middle = box.y + box.height / 2;
  paintIcon(paint, look.icon, box.x + 8 + 2 / k, middle, size, palette.tones[look.tone]);
  context.fillStyle = palette.text;
  context.font = `${size}px ${palette.font}`;
  context.fillText(fitText(context, box.node.label, box.width - size - 22 - 2 / k), box.x + size + 14 + 2 / k, middle);
}

function paintIcon({ context, glyphs }: Paint, icon: string, x: number, y: number, size: number, colour: string): void {
  context.font = `${size}px codicon`;
  context.fillStyle = colour;
  context.fillText(glyphs.of(icon), x, y);
}
