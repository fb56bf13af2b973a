import { toPath } from '../drawing/edgePath.ts';
import { fitText, type Measuring } from '../drawing/fitText.ts';
import { toKindIcon } from '../drawing/kindIcon.ts';
import type { Palette } from '../drawing/palette.ts';
import type { Scene, SceneBox } from '../drawing/scene.ts';
import { NO_LOOK, type NodeLook } from '../graphModel.ts';
import { GROUP_HEADER } from '../visibleGraph.ts';
import { toShape } from './stateShapes.ts';

const MARGIN = 24;

export interface PictureSources {
  readonly scene: Scene;
  readonly looks: ReadonlyMap<string, NodeLook>;
  readonly palette: Palette;
  readonly title: string;
}

/**
 * The whole picture as one file that needs nothing else: no script, font, picture or address in it. What files and tasks say is text, and a
 * screen reader is told what stands on each box.
 */
export function toSvg({ scene, looks, palette, title }: PictureSources, measuring: (font: string) => Measuring): string {
  const [width, height] = [Math.ceil(scene.width) + 2 * MARGIN, Math.ceil(scene.height) + 2 * MARGIN];
  const parts: Parts = { palette, fit: (text, room, font) => fitText(measuring(`${font} ${palette.font}`), text, room) };
  const lookOf = ({ node }: SceneBox): NodeLook => looks.get(node.id) ?? NO_LOOK;
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}" viewBox="${-MARGIN} ${-MARGIN} ${width} ${height}" role="img" font-family="${escape(palette.font)}" font-size="13">`,
    `<title>${escape(title)}</title>`,
    `<rect x="${-MARGIN}" y="${-MARGIN}" width="${width}" height="${height}" fill="${escape(palette.background)}"/>`,
    ...scene.groups.map((box) => toGroup(parts, box, lookOf(box))),
    `<g fill="none" stroke="${escape(palette.edge)}" stroke-width="1.5">`,
    ...scene.edges.map(({ points }) => `<path d="${toPath(points)}"/>`),
    `</g><g fill="${escape(palette.edge)}">`,
    ...scene.edges.flatMap(({ points }) => points.slice(-1).map(({ x, y }) => `<path d="M${x} ${y}l-4 -8h8z"/>`)),
    '</g>',
    ...scene.boxes.map((box) => toBox(parts, box, lookOf(box))),
    '</svg>\n',
  ].join('\n');
}

interface Parts {
  readonly palette: Palette;
  readonly fit: (text: string, room: number, font: string) => string;
}

function toGroup({ palette, fit }: Parts, box: SceneBox, look: NodeLook): string {
  const middle = box.y + GROUP_HEADER / 2;
  return `<g><title>${escape(toTitle(box, look))}</title><rect x="${box.x}" y="${box.y}" width="${box.width}" height="${box.height}" rx="8" fill="${escape(palette.group)}" stroke="${escape(palette.tones[look.tone])}"/>${toText(box.x + 14, middle + 4.5, fit(box.node.label, box.width - 40, '600 13px'), palette.text, 'font-weight="600"')}</g>`;
}

function toBox({ palette, fit }: Parts, box: SceneBox, look: NodeLook): string {
  const { node, x, y, width, height } = box;
  const [tone, border] = [palette.tones[look.tone], look.isMarked ? palette.mark : palette.border];
  const right = x + width - 10;
  return [
    `<g><title>${escape(toTitle(box, look))}</title>`,
    `<rect x="${x}" y="${y}" width="${width}" height="${height}" rx="4" fill="${escape(palette.card)}" stroke="${escape(border)}" stroke-width="${look.isMarked ? 2 : 1}"/>`,
    `<rect x="${x}" y="${y}" width="3" height="${height}" fill="${escape(tone)}"/>`,
    toIcon(toKindIcon(node), x + 12, y + 8, palette.text),
    toText(x + 34, y + 20.5, fit(node.label, width - 48 - look.count.length * 8, '600 13px'), palette.text, 'font-weight="600"'),
    toText(right, y + 20.5, look.count, palette.text, 'text-anchor="end"'),
    toText(x + 12, y + 41, fit(node.name, width - 30 - look.time.length * 7, '12px'), palette.quiet, 'font-size="12"'),
    toText(right, y + 41, look.time, palette.quiet, 'font-size="12" text-anchor="end"'),
    toIcon(look.icon, x + 12, y + 50, tone),
    toText(x + 34, y + 62.5, fit(look.text, width - 54 - look.badge.length * 7, '13px'), palette.text, ''),
    toText(right, y + 62.5, look.badge, palette.quiet, 'font-size="12" text-anchor="end"'),
    '</g>',
  ].join('');
}

function toTitle({ node }: SceneBox, look: NodeLook): string {
  return [`${node.id}: ${look.text}`, look.count, look.badge, look.time, look.note].filter((text) => text !== '').join(', ');
}

function toIcon(icon: string, x: number, y: number, colour: string): string {
  return `<path transform="translate(${x} ${y})" d="${toShape(icon)}" fill="none" stroke="${escape(colour)}" stroke-width="1.3"/>`;
}

function toText(x: number, y: number, text: string, colour: string, more: string): string {
  return text === '' ? '' : `<text x="${x}" y="${y}" fill="${escape(colour)}"${more === '' ? '' : ` ${more}`}>${escape(text)}</text>`;
}

/** What XML does not allow even when escaped is left out. */
function escape(text: string): string {
  return text
    .replaceAll(/[^\t\n\r\u{20}-\u{D7FF}\u{E000}-\u{FFFD}\u{10000}-\u{10FFFF}]/gu, '')
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('"', '&quot;');
}
