import { execFileSync } from 'node:child_process';
import type { Layout, LayoutGroup, LayoutRequest } from '../../webviews/graph/layout/layout.ts';
import { layoutGraph } from '../../webviews/graph/layout/layoutGraph.ts';
import { createBox, createLayeredGraph, measureLayout, measureLines, type Quality } from '../support/layeredGraphs.ts';
import { startLayoutPeers, type LayoutPeer } from './layoutPeers.ts';
import { alternate, printTable, ratio, summarize, type Contestant } from './samples.ts';

const SEED = 11;
const EDITS = 40;
/** nodes in the group that is collapsed */
const GROUP = 100;

/** Rounds of all contestants: the peers take from a second to minutes. */
function toRounds(nodes: number): number {
  return nodes <= 1000 ? 3 : nodes <= 3000 ? 2 : 1;
}

/** Row 11: a graph laid out from nothing, beside dot, d3-dag and elkjs; then edits of it. `npm run bench 11 [SIZE…]` (of 10,000 the peers take minutes). */
async function measure(sizes: readonly number[]): Promise<void> {
  const started = startLayoutPeers();
  for (const one of started) if (one.kind === 'missing') console.log(`peer missing: ${one.reason}`);
  const peers = started.flatMap((one) => (one.kind === 'ready' ? [one.peer] : []));
  for (const nodes of sizes) {
    const request = createLayeredGraph({ nodes, seed: SEED });
    console.log(`\n${nodes} nodes, ${request.edges.length} edges`);
    await measureFresh(request, nodes, peers);
    measureEdits(request);
  }
}

async function measureFresh(request: LayoutRequest, nodes: number, peers: readonly LayoutPeer[]): Promise<void> {
  const drawn = new Map<string, Quality>();
  const own: Contestant = { name: 'cairn', once: () => Promise.resolve(timeOf(() => layoutGraph(request))) };
  const others = peers.map(({ name, layout }): Contestant => ({
    name,
    once: async () => {
      const began = performance.now();
      const lines = await layout(request);
      const took = performance.now() - began;
      if (!drawn.has(name)) drawn.set(name, measureLines(lines));
      return took;
    },
  }));
  const cpu = summarize(
    'cairn, processor time',
    Array.from({ length: nodes > 3000 ? 10 : 30 }, () => cpuOf(() => layoutGraph(request))),
  );
  const summaries = await alternate([own, ...others], toRounds(nodes), 0);
  printTable([...summaries, cpu, summarize('cairn, first layout of a process', [firstLayout(nodes)])]);
  for (const peer of summaries.slice(1)) console.log(ratio(peer, summaries[0]));
  printQuality(measureLayout(layoutGraph(request)), drawn);
  console.log(
    `bar: 1,000 nodes <= 50 ms, 10,000 <= 1 s; measured ${cpu.min.toFixed(1)} ms at least, ${cpu.p50.toFixed(1)} ms in the middle`,
  );
}

function printQuality(own: Quality, drawn: ReadonlyMap<string, Quality>): void {
  for (const [name, { crossings, length, sideways }] of [['cairn', own] as const, ...drawn]) {
    const shares = [own.crossings / crossings, own.length / length, own.sideways / sideways].map((share) => share.toFixed(2)).join(', ');
    console.log(
      `${name}: ${crossings} crossings, ${(length / 1000).toFixed(0)}k pixels of lines, ${(sideways / 1000).toFixed(0)}k of them sideways; ours are ${shares} of that`,
    );
  }
  console.log('bar: crossings and length <= 1.1 x those of elkjs');
}

/** Each edit is of the same layout, and unlike the one before. */
function measureEdits(request: LayoutRequest): void {
  const previous = layoutGraph(request);
  const opened = withGroup(request);
  const openLayout = layoutGraph(opened);
  const series = [
    { name: 'one more node', before: previous, make: (turn: number) => withNode(request, turn) },
    { name: 'one more edge', before: previous, make: (turn: number) => withEdge(request, previous, turn) },
    { name: `a group of ${GROUP} collapsed`, before: openLayout, make: () => collapsed(opened) },
  ];
  const results = series.map(({ name, before, make }) => {
    const taken: number[] = [];
    const moved: number[] = [];
    for (let turn = 0; turn < EDITS; turn++) {
      const edited = { ...make(turn), previous: before };
      let after = before;
      taken.push(cpuOf(() => (after = layoutGraph(edited))));
      moved.push(shareMoved(before, after));
    }
    const most = moved.reduce((a, b) => Math.max(a, b));
    return {
      summary: summarize(name, taken),
      moved: `${name}: ${(100 * mean(moved)).toFixed(1)} % of the unchanged nodes moved, ${(100 * most).toFixed(1)} % at most`,
    };
  });
  printTable(results.map((one) => one.summary));
  for (const { moved } of results) console.log(moved);
  console.log('bar: edits <= 5 ms, unchanged nodes move <= 5 %');
}

function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}

function withNode({ nodes, edges }: LayoutRequest, turn: number): LayoutRequest {
  const parent = nodes[(turn * 104_729) % nodes.length]?.id ?? '';
  return { nodes: nodes.toSpliced((turn * 7919) % nodes.length, 0, createBox('new')), edges: [...edges, { from: parent, to: 'new' }] };
}

function withEdge({ nodes, edges }: LayoutRequest, layout: Layout, turn: number): LayoutRequest {
  const one = layout.nodes[(turn * 104_729) % nodes.length];
  const other = layout.nodes.find((node, index) => index >= (turn * 7919) % nodes.length && node.layer !== one?.layer);
  const [upper, lower] = (one?.layer ?? 0) < (other?.layer ?? 0) ? [one, other] : [other, one];
  return { nodes, edges: [...edges, { from: upper?.id ?? '', to: lower?.id ?? '' }] };
}

const OPENED: LayoutGroup = { id: 'step-0', width: 150, height: 40, header: 30, padding: 16 };

/** The first step as a nested workflow that is expanded. */
function withGroup({ nodes, edges }: LayoutRequest): LayoutRequest {
  const inner = createLayeredGraph({ nodes: GROUP, seed: SEED + 1 });
  const rename = (id: string): string => `step-0/${id}`;
  return {
    nodes: [...inner.nodes.map((node) => ({ ...node, id: rename(node.id), group: 'step-0' })), ...nodes.slice(1)],
    groups: [OPENED],
    edges: [...edges, ...inner.edges.map(({ from, to }) => ({ from: rename(from), to: rename(to) }))],
  };
}

function collapsed({ nodes, edges }: LayoutRequest): LayoutRequest {
  return {
    nodes: [createBox('step-0'), ...nodes.filter((node) => node.group === undefined)],
    edges: edges.filter((edge) => !edge.from.includes('/')),
  };
}

/** A row that closes up, as that of a collapsed group does, takes what is under it along: that is no move among neighbours. */
function shareMoved(before: Layout, after: Layout): number {
  const places = new Map(before.nodes.map((node) => [node.id, node]));
  const kept = after.nodes.filter((node) => places.has(node.id) && node.group === places.get(node.id)?.group);
  const rise = new Map<number, number>();
  for (const node of kept) rise.set(node.layer, node.y - (places.get(node.id)?.y ?? 0));
  const moved = kept.filter((node) => {
    const there = places.get(node.id);
    return there?.x !== node.x || there.layer !== node.layer || node.y - there.y !== rise.get(node.layer);
  });
  return moved.length / Math.max(1, kept.length);
}

function timeOf(work: () => unknown): number {
  const began = performance.now();
  work();
  return performance.now() - began;
}

/** Of this process: what others do on the machine at the time does not count. */
function cpuOf(work: () => unknown): number {
  const began = process.cpuUsage();
  work();
  const { user, system } = process.cpuUsage(began);
  return (user + system) / 1000;
}

/** With nothing compiled yet, as in the first moment of a panel. */
function firstLayout(nodes: number): number {
  return Number(execFileSync(process.execPath, [import.meta.filename, '--once', String(nodes)], { encoding: 'utf8' }));
}

const [first, second] = process.argv.slice(2);
if (first === '--once') {
  const request = createLayeredGraph({ nodes: Number(second), seed: SEED });
  console.log(timeOf(() => layoutGraph(request)));
} else {
  const sizes = process.argv.slice(2).map(Number);
  await measure(sizes.length > 0 ? sizes : [1000, 3000]);
}
