import { build } from 'esbuild';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Page } from 'playwright-core';
import { bundleTable } from '../../tools/build/bundles.mjs';
import { root } from '../../tools/setup/paths.mjs';
import { layoutGraph } from '../../webviews/graph/layout/layoutGraph.ts';
import { createLayeredGraph } from '../support/layeredGraphs.ts';
import { startBrowser } from '../support/workbench/browser.ts';
import { paintPages, type PaintGraph, type PaintPage } from './paintPages.ts';
import { installNpmPeers, toPeerFolder } from './peers.ts';
import { printTable, ratio, summarize, type Summary } from './samples.ts';

const SEED = 12;
const ROUNDS = 3;
/** milliseconds of panning and zooming, and of ticks */
const MOVING = 5000;
const TICKING = 3000;
/** nodes that change their state in a second */
const TICKS = 500;

interface Measured {
  readonly shown: number[];
  /** from the places to the first picture: ours alone, whose first paint includes its layout */
  readonly drawn: number[];
  readonly moving: number[];
  readonly ticking: number[];
}

/**
 * Row 12: painting a graph in headless Chromium (software raster) beside React Flow, cytoscape and sigma; `npm run bench 12 [SIZE…]`. First
 * paint is from the data to two frames later; ours lays out in it, the peers are given places.
 */
async function measure(sizes: readonly number[]): Promise<void> {
  const contestants = await prepare();
  for (const size of sizes) await measureSize(contestants, size);
}

interface Contestant extends PaintPage {
  readonly script: string;
  readonly style: string;
}

async function prepare(): Promise<readonly Contestant[]> {
  const prepared: Contestant[] = [];
  for (const page of paintPages) {
    try {
      prepared.push({ ...page, ...(await bundle(page)) });
    } catch (error) {
      console.log(`peer missing: ${page.name}: ${error instanceof Error ? (error.message.split('\n')[0] ?? '') : String(error)}`);
    }
  }
  return prepared;
}

async function bundle({ name, source, packages }: PaintPage): Promise<{ readonly script: string; readonly style: string }> {
  const folder = packages.length === 0 ? root : toPeerFolder(`paint-${name}`);
  if (packages.length > 0) installNpmPeers(folder, packages);
  const { outputFiles = [] } = await build({
    ...bundleTable.webviews(),
    absWorkingDir: folder,
    entryPoints: [],
    stdin: { contents: source, resolveDir: folder, loader: 'js' },
    outdir: join(folder, 'out'),
    loader: { '.ttf': 'dataurl' },
    sourcemap: false,
    metafile: false,
  });
  const textOf = (ending: string): string => outputFiles.find((file) => file.path.endsWith(ending))?.text ?? '';
  return { script: textOf('.js'), style: textOf('.css') };
}

async function measureSize(contestants: readonly Contestant[], size: number): Promise<void> {
  const request = createLayeredGraph({ nodes: size, seed: SEED });
  const graph: PaintGraph = { nodes: layoutGraph(request).nodes.map(({ id, x, y }) => ({ id, x, y })), edges: request.edges };
  const figures = new Map(contestants.map(({ name }): [string, Measured] => [name, { shown: [], drawn: [], moving: [], ticking: [] }]));
  for (let round = 0; round < ROUNDS; round++) {
    for (const contestant of contestants) {
      const measured = figures.get(contestant.name);
      if (measured !== undefined) await measureOnce(contestant, graph, measured);
    }
  }
  console.log(`\n${size} nodes, ${graph.edges.length} edges, ${ROUNDS} rounds`);
  print('first paint', figures, (one) => one.shown);
  print('first paint, drawing alone', new Map([...figures].slice(0, 1)), (one) => one.drawn);
  print(`frames of ${MOVING / 1000} s panning and zooming`, figures, (one) => one.moving);
  print(`frames of ${TICKS} changes of state a second`, figures, (one) => one.ticking);
}

function print(title: string, figures: ReadonlyMap<string, Measured>, pick: (measured: Measured) => readonly number[]): void {
  console.log(`\n${title}`);
  const summaries = [...figures].flatMap(([name, measured]): Summary[] =>
    pick(measured).length === 0 ? [] : [summarize(name, pick(measured))],
  );
  printTable(summaries);
  for (const peer of summaries.slice(1)) console.log(ratio(peer, summaries[0]));
}

/** In a browser of its own: one that breaks takes nobody along. */
async function measureOnce(contestant: Contestant, graph: PaintGraph, measured: Measured): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'row12-'));
  const browser = await startBrowser(folder);
  try {
    await measurePage(await browser.newPage(), contestant, graph, measured);
  } catch (error) {
    const [reason = ''] = String(error instanceof Error ? error.message : error).split('\n');
    console.log(`${contestant.name} gave up at ${graph.nodes.length} nodes: ${reason}`);
  } finally {
    await browser.close().catch(() => undefined); // it may have broken by itself
    rmSync(folder, { recursive: true, force: true, maxRetries: 5, retryDelay: 100 });
  }
}

async function measurePage(page: Page, contestant: Contestant, graph: PaintGraph, measured: Measured): Promise<void> {
  await page.setContent(
    `<!doctype html><style>html, body, #root { height: 100%; margin: 0 }</style><style>${contestant.style}</style><div id="root"></div>`,
  );
  await page.addScriptTag({ content: contestant.script });
  measured.shown.push(await page.evaluate<number>(`(${SHOW})(${JSON.stringify(graph)})`));
  if (contestant.name === 'cairn') measured.drawn.push(await page.evaluate<number>('window.drawing()'));
  measured.moving.push(...(await readFrames(page, `window.move(frame)`, MOVING)));
  const each = Math.ceil(TICKS / 60);
  const ids = `Array.from({ length: ${each} }, (_, at) => 'step-' + ((frame * ${each} + at) % ${graph.nodes.length}))`;
  measured.ticking.push(...(await readFrames(page, `window.tick(${ids}, frame)`, TICKING)));
}

/** In the page: milliseconds from the data to two frames after the first picture. */
const SHOW = `(graph) => new Promise((resolve) => {
  const began = performance.now();
  window.show(graph);
  const look = () => window.isShown()
    ? requestAnimationFrame(() => requestAnimationFrame(() => resolve(performance.now() - began)))
    : requestAnimationFrame(look);
  look();
})`;

/** In the page: does something once a frame, and answers how long each frame took. */
function readFrames(page: Page, act: string, milliseconds: number): Promise<readonly number[]> {
  return page.evaluate<readonly number[]>(`new Promise((resolve) => {
    const took = [];
    let frame = 0;
    let before = performance.now();
    const end = before + ${milliseconds};
    const step = (now) => {
      if (frame > 1) took.push(now - before);
      before = now;
      ${act};
      frame += 1;
      if (now < end) requestAnimationFrame(step);
      else resolve(took);
    };
    requestAnimationFrame(step);
  })`);
}

const sizes = process.argv.slice(2).map(Number);
await measure(sizes.length > 0 ? sizes : [2000, 10_000]);
