/** A contestant's page as source: it defines `window.show(graph)`, `window.move(frame)` and `window.tick(ids)`. */
export interface PaintPage {
  readonly name: string;
  readonly source: string;
  /** npm packages at exact versions; none = ours */
  readonly packages: readonly string[];
}

/** What all pages are given: boxes with places that our layout has found, so that only drawing is compared. */
export interface PaintGraph {
  readonly nodes: readonly { readonly id: string; readonly x: number; readonly y: number }[];
  readonly edges: readonly { readonly from: string; readonly to: string }[];
}

/** The same way for all: around in circles, nearer and farther, by the frame's number. `k` is the scale. */
const path = `const camera = (frame) => ({ x: -2000 + 1500 * Math.sin(frame / 40), y: -1500 + 1200 * Math.cos(frame / 55), k: 0.55 + 0.45 * Math.sin(frame / 70) });`;

/** Ours is moved as a person does it: by the events of a drag and of a wheel. */
const ours = `
import { createElement } from 'react';
import { flushSync } from 'react-dom';
import { createRoot } from 'react-dom/client';
import '@vscode/codicons/dist/codicon.css';
import './webviews/shared/theme.css';
import { GraphCanvas } from './webviews/graph/GraphCanvas.tsx';
import { NO_LOOK } from './webviews/graph/graphModel.ts';
const root = createRoot(document.getElementById('root'));
const none = () => undefined;
let props;
const render = () => root.render(createElement(GraphCanvas, props));
window.show = (graph) => {
  const nodes = graph.nodes.map(({ id }) => ({ id, label: id, name: 'demo/' + id, kind: 'module', parent: null }));
  props = { graph: { nodes, edges: graph.edges }, looks: new Map(nodes.map(({ id }) => [id, NO_LOOK])), selected: null, onSelect: none, onOpen: none, onLog: none };
  render();
};
window.isShown = () => performance.getEntriesByName('graph-painted').length > 0;
window.drawing = () => performance.getEntriesByName('graph-painted')[0].startTime - performance.getEntriesByName('graph-laid-out').at(-1).startTime;
const send = (type, x, y, more) => document.querySelector('.frame').dispatchEvent(new (type === 'wheel' ? WheelEvent : MouseEvent)(type, { bubbles: true, cancelable: true, view: window, clientX: x, clientY: y, button: 0, ...more }));
let held = false;
window.move = (frame) => {
  if (frame % 90 < 60) {
    const [x, y] = [720 + 300 * Math.sin(frame / 12), 450 + 200 * Math.cos(frame / 17)];
    if (!held) send('mousedown', x, y);
    held = true;
    window.dispatchEvent(new MouseEvent('mousemove', { bubbles: true, view: window, clientX: x, clientY: y }));
    return;
  }
  if (held) window.dispatchEvent(new MouseEvent('mouseup', { bubbles: true, view: window }));
  held = false;
  send('wheel', 720, 450, { deltaY: 40 * Math.sin(frame / 25) });
};
window.tick = (ids, round) => {
  const looks = new Map(props.looks);
  for (const id of ids) looks.set(id, { ...NO_LOOK, tone: round % 2 ? 'ok' : 'busy', icon: 'pass', text: round % 2 ? 'succeeded' : 'running' });
  props = { ...props, looks };
  flushSync(render);
};
`;

const reactFlow = `
import { createElement, useState } from 'react';
import { createRoot } from 'react-dom/client';
import { ReactFlow } from '@xyflow/react';
import '@xyflow/react/dist/style.css';
${path}
let flow, setNodes;
const App = ({ graph }) => {
  const [nodes, set] = useState(() => graph.nodes.map(({ id, x, y }) => ({ id, position: { x, y }, data: { label: id }, width: 150, height: 40 })));
  const [edges] = useState(() => graph.edges.map(({ from, to }) => ({ id: from + '>' + to, source: from, target: to })));
  setNodes = set;
  return createElement(ReactFlow, { nodes, edges, onInit: (made) => { flow = made; }, onlyRenderVisibleElements: true, minZoom: 0.02, defaultViewport: { x: 0, y: 0, zoom: 0.8 } });
};
window.show = (graph) => createRoot(document.getElementById('root')).render(createElement(App, { graph }));
window.isShown = () => document.querySelector('.react-flow__node') !== null && document.querySelector('.react-flow__edge') !== null;
window.move = (frame) => { const { x, y, k } = camera(frame); void flow.setViewport({ x, y, zoom: k }); };
window.tick = (ids, round) => { const known = new Set(ids); setNodes((nodes) => nodes.map((node) => known.has(node.id) ? { ...node, data: { label: node.id + (round % 2 ? ' ok' : ' runs') } } : node)); };
`;

const cytoscape = `
import cytoscape from 'cytoscape';
${path}
let cy, isShown = false;
window.show = (graph) => {
  cy = cytoscape({
    container: document.getElementById('root'),
    elements: [...graph.nodes.map(({ id, x, y }) => ({ data: { id, label: id }, position: { x, y } })), ...graph.edges.map(({ from, to }) => ({ data: { source: from, target: to } }))],
    layout: { name: 'preset', fit: false },
    style: [{ selector: 'node', style: { shape: 'rectangle', width: 150, height: 40, label: 'data(label)', 'text-valign': 'center', 'background-color': '#888' } }, { selector: 'edge', style: { width: 1.5, 'curve-style': 'straight' } }],
    zoom: 0.8,
    minZoom: 0.02,
  });
  cy.one('render', () => { isShown = true; });
};
window.isShown = () => isShown;
window.move = (frame) => { const { x, y, k } = camera(frame); cy.viewport({ zoom: k, pan: { x, y } }); };
window.tick = (ids, round) => cy.batch(() => ids.forEach((id) => cy.getElementById(id).style('background-color', round % 2 ? '#3a3' : '#33a')));
`;

const sigma = `
import Graph from 'graphology';
import Sigma from 'sigma';
let graph, view, isShown = false;
window.show = (given) => {
  graph = new Graph();
  for (const { id, x, y } of given.nodes) graph.addNode(id, { x, y: -y, size: 4, label: id, color: '#888' });
  for (const { from, to } of given.edges) graph.mergeEdge(from, to, { size: 1 });
  view = new Sigma(graph, document.getElementById('root'), { allowInvalidContainer: true });
  view.on('afterRender', () => { isShown = true; });
};
window.isShown = () => isShown;
window.move = (frame) => view.getCamera().setState({ x: 0.5 + 0.3 * Math.sin(frame / 40), y: 0.5 + 0.3 * Math.cos(frame / 55), ratio: 0.3 + 0.2 * Math.sin(frame / 70) });
window.tick = (ids, round) => ids.forEach((id) => graph.setNodeAttribute(id, 'color', round % 2 ? '#3a3' : '#33a'));
`;

export const paintPages: readonly PaintPage[] = [
  { name: 'cairn', source: ours, packages: [] },
  { name: 'react-flow', source: reactFlow, packages: ['@xyflow/react@12.12.1', 'react@19.2.0', 'react-dom@19.2.0'] },
  { name: 'cytoscape', source: cytoscape, packages: ['cytoscape@3.33.1'] },
  { name: 'sigma', source: sigma, packages: ['sigma@3.0.2', 'graphology@0.26.0'] },
];
