import type { Area } from './spatialIndex.ts';

/** Where the world stands on the screen: a point of it is at `k · world + (x, y)` pixels of the frame. */
export interface Camera {
  readonly x: number;
  readonly y: number;
  readonly k: number;
}

/** Size of the frame in pixels. */
export interface FrameSize {
  readonly width: number;
  readonly height: number;
}

export const LARGEST = 2;
export const SMALLEST = 0.02;
/** below this a box is not opened with: it could not be read */
const READABLE = 0.55;
const MARGIN = 24;
/** what stands in the corners of the picture covers no box when all is shown */
const TOP = 56;

/** What the camera shows of the world, with `margin` pixels around. */
export function toArea({ x, y, k }: Camera, { width, height }: FrameSize, margin = 0): Area {
  return { left: (-margin - x) / k, top: (-margin - y) / k, right: (width + margin - x) / k, bottom: (height + margin - y) / k };
}

/** The whole picture, never larger than life. */
export function toFit(frame: FrameSize, width: number, height: number): Camera {
  if (width === 0 || height === 0) return { x: 0, y: 0, k: 1 };
  const fitting = Math.min(1, (frame.width - 2 * MARGIN) / width, (frame.height - 2 * TOP) / height);
  const k = Math.max(SMALLEST, fitting);
  return { k, x: (frame.width - width * k) / 2, y: Math.max(TOP, (frame.height - height * k) / 2) };
}

/** How a picture opens: all of it where that can be read, else readable from where it begins, around `start`. */
export function toOpening(frame: FrameSize, width: number, height: number, start: { readonly x: number } | undefined): Camera {
  const fit = toFit(frame, width, height);
  if (fit.k >= READABLE) return fit;
  const k = 0.8;
  const middle = start === undefined ? width / 2 : start.x;
  const most = Math.max(0, width * k - frame.width + 2 * MARGIN);
  const left = Math.min(most, Math.max(0, middle * k - frame.width / 2 + MARGIN));
  return { k, x: most === 0 ? (frame.width - width * k) / 2 : MARGIN - left, y: TOP };
}

/** A box in the world. */
interface Box {
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
}

/** A camera that shows a box whole, large enough to be read where `closer` asks for it; the same camera where it does so already. */
export function toReveal(camera: Camera, frame: FrameSize, box: Box, closer: boolean): Camera {
  const k = closer && camera.k < READABLE ? READABLE + 0.25 : camera.k;
  const area = toArea(camera, frame, -MARGIN);
  const isInSight = box.x >= area.left && box.y >= area.top && box.x + box.width <= area.right && box.y + box.height <= area.bottom;
  if (isInSight && k === camera.k) return camera;
  const height = Math.min(box.height, frame.height / k);
  return { k, x: frame.width / 2 - (box.x + box.width / 2) * k, y: frame.height / 2 - (box.y + height / 2) * k };
}

/** The camera of another picture in which a point stays where it is on the screen. */
export function toAnchored(
  camera: Camera,
  before: { readonly x: number; readonly y: number },
  after: { readonly x: number; readonly y: number },
): Camera {
  return { k: camera.k, x: camera.x + (before.x - after.x) * camera.k, y: camera.y + (before.y - after.y) * camera.k };
}
