import { spawn, spawnSync } from 'node:child_process';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { z } from 'zod';
import { LAYER_GAP, NODE_GAP, type LayoutRequest } from '../../webviews/graph/layout/layout.ts';
import type { Line } from '../support/layeredGraphs.ts';
import { findOrInstall, installNpmPeers, toPeerFolder, type Peer } from './peers.ts';

/** Somebody else's layout of a graph: the lines that it draws. */
export interface LayoutPeer {
  readonly name: string;
  layout(request: LayoutRequest): Promise<readonly Line[]>;
}

const ELK_VERSION = '0.12.1';
const D3_DAG_VERSION = '1.2.2';

/** The peers of row 11, each at its own defaults but for the gaps, which are ours. */
export function startLayoutPeers(): readonly Peer<LayoutPeer>[] {
  return [startDot(), startElk(), startD3Dag()];
}

function startElk(): Peer<LayoutPeer> {
  const folder = toPeerFolder('layout');
  try {
    installNpmPeers(folder, [`elkjs@${ELK_VERSION}`, `d3-dag@${D3_DAG_VERSION}`]);
  } catch (error) {
    return { kind: 'missing', reason: `elkjs: ${String(error)}` };
  }
  const Elk = z
    .custom<new () => { layout(graph: object): Promise<unknown> }>()
    .parse(createRequire(join(folder, 'package.json'))('elkjs/lib/elk.bundled.js'));
  const elk = new Elk();
  return {
    kind: 'ready',
    peer: { name: `elkjs ${ELK_VERSION}`, layout: async (request) => toElkLines(await elk.layout(toElkGraph(request))) },
  };
}

function toElkGraph({ nodes, edges }: LayoutRequest): object {
  return {
    id: 'root',
    layoutOptions: {
      'elk.algorithm': 'layered',
      'elk.direction': 'DOWN',
      'elk.edgeRouting': 'POLYLINE',
      'elk.spacing.nodeNode': String(NODE_GAP),
      'elk.layered.spacing.nodeNodeBetweenLayers': String(LAYER_GAP),
    },
    children: nodes.map(({ id, width, height }) => ({ id, width, height })),
    edges: edges.map(({ from, to }, index) => ({ id: `e${index}`, sources: [from], targets: [to] })),
  };
}

const Spot = z.object({ x: z.number(), y: z.number() });
const Section = z.object({ startPoint: Spot, endPoint: Spot, bendPoints: z.array(Spot).optional() });
const ElkAnswer = z.object({ edges: z.array(z.object({ sections: z.array(Section) })) });

function toElkLines(answer: unknown): readonly Line[] {
  const { edges } = ElkAnswer.parse(answer);
  return edges.flatMap(({ sections }) => sections.map((one) => [one.startPoint, ...(one.bendPoints ?? []), one.endPoint]));
}

interface D3Graph {
  links(): Iterable<{ readonly points: readonly (readonly [number, number])[] }>;
}
interface D3Sugiyama {
  (graph: D3Graph): unknown;
  nodeSize(size: readonly [number, number]): D3Sugiyama;
  gap(gap: readonly [number, number]): D3Sugiyama;
  coord(operator: unknown): D3Sugiyama;
}
interface D3Dag {
  graphStratify(): (rows: readonly { readonly id: string; readonly parentIds: readonly string[] }[]) => D3Graph;
  sugiyama(): D3Sugiyama;
  coordGreedy(): unknown;
}

function startD3Dag(): Peer<LayoutPeer> {
  const folder = toPeerFolder('layout');
  try {
    const d3 = z.custom<D3Dag>().parse(createRequire(join(folder, 'package.json'))('d3-dag'));
    return { kind: 'ready', peer: { name: `d3-dag ${D3_DAG_VERSION}`, layout: (request) => Promise.resolve(layoutByD3(d3, request)) } };
  } catch (error) {
    return { kind: 'missing', reason: `d3-dag: ${String(error)}` };
  }
}

function layoutByD3(d3: D3Dag, { nodes, edges }: LayoutRequest): readonly Line[] {
  const parents = Map.groupBy(edges, (edge) => edge.to);
  const graph = d3.graphStratify()(nodes.map(({ id }) => ({ id, parentIds: (parents.get(id) ?? []).map((edge) => edge.from) })));
  // Its default for the coordinates, a linear programme, takes minutes at this size.
  d3.sugiyama().coord(d3.coordGreedy()).nodeSize([150, 40]).gap([NODE_GAP, LAYER_GAP])(graph);
  return Array.from(graph.links(), ({ points }) => points.map(([x, y]) => ({ x, y })));
}

function startDot(): Peer<LayoutPeer> {
  const program = findOrInstall('dot', 'graphviz');
  if (program === undefined) return { kind: 'missing', reason: 'dot: no graphviz here, and none can be installed' };
  // It tells its version on its error output.
  const version = /[\d.]{3,}/.exec(spawnSync(program, ['-V'], { encoding: 'utf8' }).stderr)?.[0] ?? '';
  return {
    kind: 'ready',
    peer: { name: `dot ${version}`.trim(), layout: async (request) => toDotLines(await run(program, toDotText(request))) },
  };
}

/** Lengths in inches of 72 pixels. */
function toDotText({ nodes, edges }: LayoutRequest): string {
  const boxes = nodes.map(({ id, width, height }) => `"${id}" [width=${width / 72}, height=${height / 72}];`);
  const lines = edges.map(({ from, to }) => `"${from}" -> "${to}";`);
  const head = `nodesep=${NODE_GAP / 72}; ranksep=${LAYER_GAP / 72}; splines=polyline; node [shape=box, fixedsize=true, label=""];`;
  return `digraph { ${head}\n${boxes.join('\n')}\n${lines.join('\n')} }`;
}

function run(program: string, text: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const child = spawn(program, ['-Tplain', '-y'], { stdio: ['pipe', 'pipe', 'inherit'] });
    let output = '';
    child.stdout.setEncoding('utf8').on('data', (part: string) => (output += part));
    child.on('error', reject);
    child.on('close', (code) => (code === 0 ? resolve(output) : reject(new Error(`dot ended with ${String(code)}`))));
    child.stdin.end(text);
  });
}

/** `edge TAIL HEAD N x1 y1 … xN yN …`: of its curves every third point lies on the line. */
function toDotLines(plain: string): readonly Line[] {
  return plain.split('\n').flatMap((row) => {
    const [kind, , , count, ...numbers] = row.split(' ');
    if (kind !== 'edge') return [];
    const points = Array.from({ length: Number(count) }, (_, index) => ({
      x: Number(numbers[2 * index]) * 72,
      y: Number(numbers[2 * index + 1]) * 72,
    }));
    return [points.filter((_, index) => index % 3 === 0)];
  });
}
