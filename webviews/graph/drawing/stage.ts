import { isSameLook, type NodeLook } from '../graphModel.ts';
import { toArea, type Camera, type FrameSize } from './camera.ts';
import { paintBox, paintScene, type Paint } from './paintScene.ts';
import { Glyphs, type Palette } from './palette.ts';
import type { Scene } from './scene.ts';

/** milliseconds of painting in one frame: the rest is left to the page and the compositor */
const SLICE = 5;
/** of the frame's size, painted beyond each edge, so that panning finds something there */
const MARGIN = 0.35;
const MOST_MARGIN = 400;
/** a sheet is stretched by at most this factor before it is painted anew, and at rest not at all */
const STRETCH = 1.3;
/** milliseconds without a move that count as rest */
const REST = 90;
/** device pixels for one of the page, at most: beyond it memory is spent and nothing is seen */
const MOST_DENSE = 2;

interface Sheet {
  readonly canvas: HTMLCanvasElement;
  readonly context: CanvasRenderingContext2D;
  /** what it was painted for */
  camera: Camera;
}

/** What all sheets are painted from. */
export interface StageContent {
  readonly scene: Scene;
  readonly looks: ReadonlyMap<string, NodeLook>;
  readonly palette: Palette;
  readonly focus: ReadonlySet<string> | null;
}

interface Job {
  readonly camera: Camera;
  readonly steps: Generator<void, void, void>;
  /** boxes that look different since it began */
  readonly changed: Set<string>;
}

/**
 * Two canvases behind one frame. One is in sight and only moved and stretched while a person pans and zooms; the other is painted for where
 * the camera has come to, some milliseconds a frame, and takes its place when it is done. So no frame waits for a picture to be painted,
 * however large the graph. A change of looks paints the boxes that changed and nothing else.
 */
export class Stage {
  readonly #glyphs: Glyphs;
  #front: Sheet;
  #back: Sheet;
  #content: StageContent | null = null;
  #camera: Camera = { x: 0, y: 0, k: 1 };
  #size: FrameSize = { width: 0, height: 0 };
  #job: Job | null = null;
  #frame = 0;
  #rest: ReturnType<typeof setTimeout> | undefined;
  #isResting = true;

  constructor(frame: HTMLElement, front: HTMLCanvasElement, back: HTMLCanvasElement) {
    this.#glyphs = new Glyphs(frame);
    this.#front = toSheet(front);
    this.#back = toSheet(back);
  }

  /** Paints at once and whole: what is shown first is complete. */
  show(content: StageContent): void {
    this.#content = content;
    this.#paintNow();
  }

  /** Paints the boxes that look different, in place. */
  changeLooks(looks: ReadonlyMap<string, NodeLook>): void {
    const before = this.#content;
    if (before === null) return;
    const changed = [...looks].flatMap(([id, look]) => {
      const old = before.looks.get(id);
      return look === old || (old !== undefined && isSameLook(look, old)) ? [] : [id];
    });
    this.#content = { ...before, looks };
    // A box around others lies below them, and so do marked edges: they cannot be painted alone.
    const isBelow = changed.some((id) => !before.scene.indexOf.has(id) || looks.get(id)?.isMarked !== before.looks.get(id)?.isMarked);
    if (isBelow) return this.#paintNow();
    for (const id of changed) this.#job?.changed.add(id);
    this.#repaint(this.#front, changed);
  }

  resize(size: FrameSize): void {
    if (size.width === this.#size.width && size.height === this.#size.height) return;
    this.#size = size;
    this.#paintNow();
  }

  /** Where the world stands from now on: what is in sight follows at once. */
  move(camera: Camera): void {
    this.#camera = camera;
    this.#isResting = false;
    clearTimeout(this.#rest);
    this.#rest = setTimeout(() => {
      this.#isResting = true;
      this.#schedule();
    }, REST);
    this.#place();
    this.#schedule();
  }

  dispose(): void {
    cancelAnimationFrame(this.#frame);
    clearTimeout(this.#rest);
    this.#job = null;
    this.#content = null;
  }

  #paintNow(): void {
    this.#start();
    this.#work(Infinity);
  }

  #schedule(): void {
    if (this.#frame !== 0 || (this.#job === null && !this.#isDue())) return;
    this.#frame = requestAnimationFrame(() => {
      this.#frame = 0;
      if (this.#job === null) this.#start();
      this.#work(performance.now() + SLICE);
      this.#schedule();
    });
  }

  /** Whether the sheet in sight is too far from what the camera would have. */
  #isDue(): boolean {
    if (this.#content === null) return false;
    const { camera } = this.#front;
    const stretch = this.#camera.k / camera.k;
    if (stretch > STRETCH || stretch < 1 / STRETCH || (this.#isResting && stretch !== 1)) return true;
    const seen = toArea(this.#camera, this.#size);
    const there = toArea(camera, this.#size, this.#toMargin() * (this.#isResting ? 1 : 0.5));
    return seen.left < there.left || seen.top < there.top || seen.right > there.right || seen.bottom > there.bottom;
  }

  #toMargin(): number {
    return Math.round(Math.min(MOST_MARGIN, Math.max(this.#size.width, this.#size.height) * MARGIN));
  }

  #start(): void {
    if (this.#content === null || this.#size.width === 0) return;
    const camera = this.#camera;
    const { context } = this.#clear(this.#back, camera);
    const area = toArea(camera, this.#size, this.#toMargin());
    this.#job = {
      camera,
      steps: paintScene(this.#toPaint(context, this.#content, camera.k), this.#content.scene, area),
      changed: new Set(),
    };
  }

  #work(until: number): void {
    const job = this.#job;
    if (job === null) return;
    do {
      if (job.steps.next().done === true) return this.#finish(job);
    } while (performance.now() < until);
  }

  #finish(job: Job): void {
    this.#job = null;
    [this.#front, this.#back] = [this.#back, this.#front];
    this.#front.camera = job.camera;
    this.#repaint(this.#front, job.changed);
    this.#place();
    this.#front.canvas.style.visibility = 'visible';
    this.#back.canvas.style.visibility = 'hidden';
  }

  #repaint(sheet: Sheet, ids: Iterable<string>): void {
    if (this.#content === null) return;
    const { scene } = this.#content;
    const area = toArea(sheet.camera, this.#size, this.#toMargin());
    const paint = this.#toPaint(sheet.context, this.#content, sheet.camera.k);
    for (const id of ids) {
      const box = scene.boxes[scene.indexOf.get(id) ?? -1];
      if (box === undefined || box.x > area.right || box.y > area.bottom || box.x + box.width < area.left || box.y + box.height < area.top)
        continue;
      paintBox(paint, box);
    }
  }

  #toPaint(context: CanvasRenderingContext2D, { looks, palette, focus }: StageContent, k: number): Paint {
    return { context, palette, glyphs: this.#glyphs, looks, focus, k };
  }

  /** An empty sheet of the right size, in world coordinates. */
  #clear(sheet: Sheet, { x, y, k }: Camera): Sheet {
    const margin = this.#toMargin();
    const dense = Math.min(MOST_DENSE, devicePixelRatio);
    const [width, height] = [this.#size.width + 2 * margin, this.#size.height + 2 * margin];
    const { canvas, context } = sheet;
    if (canvas.width !== Math.round(width * dense) || canvas.height !== Math.round(height * dense)) {
      canvas.width = Math.round(width * dense);
      canvas.height = Math.round(height * dense);
      canvas.style.width = `${width}px`;
      canvas.style.height = `${height}px`;
    } else {
      context.setTransform(1, 0, 0, 1, 0, 0);
      context.clearRect(0, 0, canvas.width, canvas.height);
    }
    context.setTransform(dense * k, 0, 0, dense * k, dense * (x + margin), dense * (y + margin));
    return sheet;
  }

  /** Moves the sheet in sight to where the camera would have it. */
  #place(): void {
    const { canvas, camera } = this.#front;
    const stretch = this.#camera.k / camera.k;
    const margin = this.#toMargin();
    const left = this.#camera.x - stretch * (camera.x + margin);
    const top = this.#camera.y - stretch * (camera.y + margin);
    canvas.style.transform =
      stretch === 1 ? `translate(${Math.round(left)}px, ${Math.round(top)}px)` : `translate(${left}px, ${top}px) scale(${stretch})`;
  }
}

function toSheet(canvas: HTMLCanvasElement): Sheet {
  const context = canvas.getContext('2d');
  if (context === null) throw new Error('this browser has no canvas');
  return { canvas, context, camera: { x: 0, y: 0, k: 1 } };
}
