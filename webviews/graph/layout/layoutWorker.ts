// The thread that lays out large graphs; its text is put into the bundle of each panel by the build (`layoutWorkerCode.ts`).
import type { LayoutRequest } from './layout.ts';
import { layoutGraph } from './layoutGraph.ts';
import { packLayout, toBuffers } from './packedLayout.ts';

self.onmessage = ({ data }: MessageEvent<LayoutRequest>): void => {
  const packed = packLayout(layoutGraph(data), data);
  self.postMessage(packed, { transfer: toBuffers(packed) });
};
