import { paintScene } from '../drawing/paintScene.ts';
import { Glyphs } from '../drawing/palette.ts';
import type { PictureSources } from './toSvg.ts';

const MARGIN = 24;
/** pixels of a side, and of the whole: what browsers and viewers can still open */
const MOST_SIDE = 12_000;
const MOST_PIXELS = 60_000_000;

/** The whole picture as the canvas paints it, twice as dense where that fits; base64. */
export async function toPng({ scene, looks, palette }: PictureSources, inside: HTMLElement): Promise<string> {
  const [width, height] = [scene.width + 2 * MARGIN, scene.height + 2 * MARGIN];
  const k = Math.min(2, MOST_SIDE / width, MOST_SIDE / height, Math.sqrt(MOST_PIXELS / (width * height)));
  const canvas = inside.ownerDocument.createElement('canvas');
  canvas.width = Math.round(width * k);
  canvas.height = Math.round(height * k);
  const context = canvas.getContext('2d');
  if (context === null) throw new Error('this browser has no canvas');
  context.fillStyle = palette.background;
  context.fillRect(0, 0, canvas.width, canvas.height);
  context.setTransform(k, 0, 0, k, MARGIN * k, MARGIN * k);
  const paint = { context, palette, glyphs: new Glyphs(inside), looks, focus: null, k };
  const all = { left: -MARGIN, top: -MARGIN, right: scene.width + MARGIN, bottom: scene.height + MARGIN };
  for (const _slice of paintScene(paint, scene, all)) continue;
  const blob = await new Promise<Blob | null>((resolve) => canvas.toBlob(resolve, 'image/png'));
  if (blob === null) throw new Error('the picture is too large for this browser');
  return toBase64(new Uint8Array(await blob.arrayBuffer()));
}

function toBase64(bytes: Uint8Array): string {
  const parts: string[] = [];
  for (let at = 0; at < bytes.length; at += 8192) parts.push(String.fromCharCode(...bytes.subarray(at, at + 8192)));
  return btoa(parts.join(''));
}
