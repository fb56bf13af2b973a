import type { Layout, LayoutRequest } from './layout.ts';
import { layoutGraph, layoutWithin } from './layoutGraph.ts';
import { layoutWorkerCode } from './layoutWorkerCode.ts';
import { unpackLayout, type PackedLayout } from './packedLayout.ts';

/** Boxes that are laid out from nothing in less than a frame or two: not worth another thread, and no moment without a picture. */
const MOST_AT_ONCE = 400;

export interface Layouter {
  /** At once, where that is quick: small graphs, and edits of large ones (`previous`). `undefined` = ask `layout`. */
  layoutNow(request: LayoutRequest): Layout | undefined;
  /** The same layout as `layoutGraph` gives, from another thread; `undefined` = a newer request took its place, or the layouter is disposed. */
  layout(request: LayoutRequest): Promise<Layout | undefined>;
  dispose(): void;
}

/** What a layouter needs of a worker. `onError` = it cannot be started, or it broke. */
export interface LayoutThread {
  post(request: LayoutRequest): void;
  stop(): void;
}
export type StartThread = (onAnswer: (packed: PackedLayout) => void, onError: () => void) => LayoutThread | undefined;

interface Job {
  readonly request: LayoutRequest;
  readonly resolve: (layout: Layout | undefined) => void;
}

/**
 * The newest request wins: of those that come while one is being laid out only the last one is laid out, and the one under way is not
 * answered. Where there can be no worker the page's own thread does it.
 */
export function createLayouter(startThread: StartThread = startWorker): Layouter {
  let thread: LayoutThread | undefined;
  let canThread = true;
  let current: Job | undefined;
  let next: Job | undefined;

  const begin = (job: Job): void => {
    current = job;
    if (canThread) thread ??= startThread(onAnswer, onError);
    canThread &&= thread !== undefined;
    if (thread === undefined) finish(layoutGraph(job.request));
    else thread.post(job.request);
  };
  const finish = (layout: Layout | undefined): void => {
    const [done, following] = [current, next];
    [current, next] = [undefined, undefined];
    done?.resolve(following === undefined ? layout : undefined);
    if (following !== undefined) begin(following);
  };
  const onAnswer = (packed: PackedLayout): void => {
    if (current !== undefined) finish(next === undefined ? unpackLayout(packed, current.request) : undefined);
  };
  const onError = (): void => {
    thread?.stop();
    thread = undefined;
    canThread = false;
    if (current !== undefined) finish(next === undefined ? layoutGraph(current.request) : undefined);
  };

  return {
    layoutNow: (request) => layoutWithin(request, MOST_AT_ONCE),
    layout: (request) =>
      new Promise((resolve) => {
        next?.resolve(undefined);
        if (current === undefined) begin({ request, resolve });
        else next = { request, resolve };
      }),
    dispose: () => {
      for (const job of [current, next]) job?.resolve(undefined);
      [current, next] = [undefined, undefined];
      thread?.stop();
      thread = undefined;
    },
  };
}

function startWorker(onAnswer: (packed: PackedLayout) => void, onError: () => void): LayoutThread | undefined {
  if (layoutWorkerCode === '' || typeof Worker === 'undefined') return undefined;
  const address = URL.createObjectURL(new Blob([layoutWorkerCode], { type: 'text/javascript' }));
  try {
    const worker = new Worker(address);
    worker.onmessage = ({ data }: MessageEvent<PackedLayout>): void => onAnswer(data);
    // A page whose content policy forbids workers says so here.
    worker.onerror = onError;
    return {
      post: (request) => worker.postMessage(request),
      stop: () => {
        worker.terminate();
        URL.revokeObjectURL(address);
      },
    };
  } catch {
    // Some browsers refuse by throwing: the page's own thread does it then.
    URL.revokeObjectURL(address);
    return undefined;
  }
}
