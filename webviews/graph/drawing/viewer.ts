import { select, type Selection } from 'd3-selection';
import { zoom, zoomIdentity, type ZoomBehavior } from 'd3-zoom';
import type { NodeLook } from '../graphModel.ts';
import { LARGEST, SMALLEST, toAnchored, toArea, toFit, toOpening, toReveal, type Camera, type FrameSize } from './camera.ts';
import { readPalette, watchTheme } from './palette.ts';
import { toDetail } from './paintScene.ts';
import type { Scene } from './scene.ts';
import { Stage } from './stage.ts';

/** milliseconds without a move, after which boxes in sight become elements of the page */
const REST = 70;
/** boxes that are elements at most, and how far beyond the frame they are, in pixels */
const MOST_CARDS = 400;
const CARD_MARGIN = 120;

/** user timing: the first picture is painted */
const PAINTED = 'graph-painted';

export interface ViewerElements {
  readonly frame: HTMLDivElement;
  /** holds the elements of the page that stand in the world */
  readonly plane: HTMLDivElement;
  readonly front: HTMLCanvasElement;
  readonly back: HTMLCanvasElement;
}

/** Paths of the boxes that are near enough to be elements of the page. */
export type Near = ReadonlySet<string>;

export interface ViewerListener {
  readonly onNear: (near: Near) => void;
  /** a person has moved the camera, and it has come to rest */
  readonly onRest: (camera: Camera) => void;
}

/** What is drawn: a change of `scene` is another picture, all else another look of the same. */
export interface ViewerContent {
  readonly scene: Scene;
  readonly looks: ReadonlyMap<string, NodeLook>;
  /** what stands out; all else is faint. `null` = everything is equal */
  readonly focus: ReadonlySet<string> | null;
  /** stays in sight when the frame gets smaller; `null` = none */
  readonly selected: string | null;
}

/** Joins camera, canvases and page: what a person does moves all three together, and nothing is rendered anew for it. */
export class Viewer {
  readonly #elements: ViewerElements;
  readonly #listener: ViewerListener;
  readonly #stage: Stage;
  readonly #zoom: ZoomBehavior<HTMLDivElement, unknown>;
  readonly #selection: Selection<HTMLDivElement, unknown, null, undefined>;
  readonly #ends: readonly (() => void)[];
  #camera: Camera = { x: 0, y: 0, k: 1 };
  #size: FrameSize = { width: 0, height: 0 };
  #content: ViewerContent | null = null;
  #opening: Camera | null;
  #near: Near = new Set();
  #isFitted = true;
  /** a box that stays where it is on the screen when the picture changes */
  #held: { readonly id: string; readonly x: number; readonly y: number } | null = null;
  /** stays in sight when the frame gets smaller */
  #shown: string | null = null;
  #rest: ReturnType<typeof setTimeout> | undefined;

  /** `opening`: where the camera was in an earlier life of the panel. */
  constructor(elements: ViewerElements, opening: Camera | null, listener: ViewerListener) {
    const { frame, front, back } = elements;
    this.#elements = elements;
    this.#listener = listener;
    this.#opening = opening;
    this.#stage = new Stage(frame, front, back);
    this.#zoom = zoom<HTMLDivElement, unknown>()
      .scaleExtent([SMALLEST, LARGEST])
      .on('zoom', (event: { readonly transform: Camera; readonly sourceEvent: unknown }) => this.#onZoom(event));
    this.#selection = select(frame);
    this.#selection.call(this.#zoom).on('dblclick.zoom', null);
    const observer = new ResizeObserver(() => this.#onResize());
    observer.observe(frame);
    this.#ends = [
      () => observer.disconnect(),
      () => void this.#selection.on('.zoom', null),
      this.#followTheme(),
      () => this.#stage.dispose(),
    ];
  }

  show(content: ViewerContent): void {
    const before = this.#content;
    this.#shown = content.selected;
    this.#content = content;
    if (before?.scene !== content.scene) return this.#showScene(before?.scene);
    if (before?.focus !== content.focus) this.#paint();
    else if (before?.looks !== content.looks) this.#stage.changeLooks(content.looks);
  }

  zoomBy(factor: number): void {
    this.#zoom.scaleBy(this.#selection, factor);
  }

  fit(): void {
    const { scene } = this.#content ?? {};
    if (scene !== undefined) this.#go(toFit(this.#size, scene.width, scene.height));
    this.#isFitted = true;
  }

  /** Brings a box to sight; `closer` = large enough to be read. */
  reveal(id: string, closer: boolean): void {
    const box = this.#content?.scene.byId.get(id);
    if (box !== undefined) this.#go(toReveal(this.#camera, this.#size, box, closer));
  }

  /** In the next picture this box stays where it is on the screen. */
  hold(id: string): void {
    const box = this.#content?.scene.byId.get(id);
    this.#held = box === undefined ? null : { id, x: box.x, y: box.y };
  }

  dispose(): void {
    clearTimeout(this.#rest);
    for (const end of this.#ends) end();
  }

  #showScene(before: Scene | undefined): void {
    const { scene } = this.#content ?? {};
    if (scene === undefined) return;
    this.#measure();
    const held = this.#held === null ? undefined : scene.byId.get(this.#held.id);
    if (this.#held !== null && held !== undefined) this.#go(toAnchored(this.#camera, this.#held, held));
    else if (before === undefined || before.byId.size === 0) this.#open(scene);
    else if (this.#isFitted) this.fit();
    this.#held = null;
    this.#paint();
    this.#findNear();
    if (scene.byId.size > 0 && (before === undefined || before.byId.size === 0)) performance.mark(PAINTED);
  }

  /** In a frame that has no size yet it is done when it has one. */
  #open(scene: Scene): void {
    if (this.#size.width === 0 || scene.byId.size === 0) return;
    const first = scene.boxes[0];
    const start = first === undefined ? undefined : { x: first.x + first.width / 2 };
    this.#go(this.#opening ?? toOpening(this.#size, scene.width, scene.height, start));
    this.#isFitted = this.#opening === null && this.#camera.k === toFit(this.#size, scene.width, scene.height).k;
    this.#opening = null;
  }

  #paint(): void {
    if (this.#content !== null) this.#stage.show({ ...this.#content, palette: readPalette(this.#elements.frame) });
  }

  #go({ x, y, k }: Camera): void {
    this.#zoom.transform(this.#selection, zoomIdentity.translate(x, y).scale(k));
  }

  #onZoom({ transform: { x, y, k }, sourceEvent }: { readonly transform: Camera; readonly sourceEvent: unknown }): void {
    this.#camera = { x, y, k };
    this.#isFitted = false;
    const { plane } = this.#elements;
    plane.style.transform = `translate(${x}px, ${y}px) scale(${k})`;
    plane.classList.add('moving');
    this.#stage.move(this.#camera);
    clearTimeout(this.#rest);
    this.#rest = setTimeout(() => this.#onRest(), REST);
    // What is not a person's doing has an end at once.
    if (sourceEvent === null) this.#findNear();
  }

  #onRest(): void {
    this.#elements.plane.classList.remove('moving');
    this.#findNear();
    this.#listener.onRest(this.#camera);
  }

  /** The elements of the page follow the camera when it rests: until then the canvas shows the same boxes. */
  #findNear(): void {
    const { scene } = this.#content ?? {};
    if (scene === undefined) return;
    const area = toArea(this.#camera, this.#size, CARD_MARGIN);
    const isNear = toDetail(this.#camera.k) === 'full';
    const boxes = isNear ? Array.from(scene.boxesAt.find(area)).slice(0, MOST_CARDS) : [];
    const groups = toDetail(this.#camera.k) === 'none' ? [] : scene.groups;
    const near = [...groups, ...boxes.flatMap((index) => scene.boxes[index] ?? [])].map((box) => box.node.id);
    if (near.length === this.#near.size && near.every((id) => this.#near.has(id))) return;
    this.#near = new Set(near);
    this.#listener.onNear(this.#near);
  }

  #onResize(): void {
    const before = this.#size;
    if (!this.#measure()) return;
    if (before.width === 0 && this.#content !== null) this.#open(this.#content.scene);
    // Another width is another place for the panel; another height is a pane that came or went, and what one looks at stays.
    else if (this.#isFitted && before.width !== this.#size.width) this.fit();
    else if (this.#shown !== null) this.reveal(this.#shown, false);
    this.#findNear();
  }

  #measure(): boolean {
    const { clientWidth: width, clientHeight: height } = this.#elements.frame;
    if (width === this.#size.width && height === this.#size.height) return false;
    this.#size = { width, height };
    this.#stage.resize(this.#size);
    return true;
  }

  /** The icon font may come after the first picture; a theme may come at any time. */
  #followTheme(): () => void {
    const document = this.#elements.frame.ownerDocument;
    let isOver = false;
    void document.fonts.load('16px codicon').then(() => {
      if (!isOver) this.#paint();
    });
    const stop = watchTheme(document, () => this.#paint());
    return () => {
      isOver = true;
      stop();
    };
  }
}
