import assert from 'node:assert/strict';
import { toGraphJson } from '../../../../webviews/graph/export/toGraphJson.ts';
import { toMermaid } from '../../../../webviews/graph/export/toMermaid.ts';
import { toSvg } from '../../../../webviews/graph/export/toSvg.ts';
import { NO_LOOK } from '../../../../webviews/graph/graphModel.ts';
import { toVisible } from '../../../../webviews/graph/visibleGraph.ts';
import { toWorkflowGraph } from '../../../../webviews/graph/workflowGraph.ts';
import { inner, outer, sketchScene } from '../../../support/graphs.ts';

const hostile = '<script>alert(1)</script>"\'&\u0000';
const colour = '#123';
const tones = { idle: colour, ok: colour, reused: colour, bad: colour, busy: colour, quiet: colour, due: colour, maybe: colour };
const palette = {
  background: colour,
  card: colour,
  border: colour,
  text: colour,
  quiet: colour,
  edge: colour,
  mark: colour,
  group: colour,
  tones,
  font: 'a, "b c"',
};
const measuring = (font: string) => ({ font, measureText: (text: string) => ({ width: text.length * 6 }) });
const looks = new Map([['load', { ...NO_LOOK, text: hostile, note: hostile }]]);

describe('a graph as a file', () => {
  it('as SVG holds every step as text, and nothing that could run or be fetched', () => {
    const svg = toSvg({ scene: sketchScene(outer, [inner]), looks, palette, title: hostile }, measuring);
    assert.ok(svg.startsWith('<svg xmlns="http://www.w3.org/2000/svg"'));
    for (const step of ['load', 'clean', 'check', 'fit', 'score', 'report']) assert.match(svg, new RegExp(`>${step}<`));
    assert.doesNotMatch(svg, /<script|href|url\(|<style|<image|\son\w+=/i);
    assert.equal(svg.match(/https?:/g)?.length, 1);
    assert.ok(svg.includes('&lt;script&gt;alert(1)&lt;/script&gt;&quot;'));
    assert.ok(!svg.includes('\u0000'));
  });

  it('as Mermaid draws what is on the picture, nested workflows as subgraphs', () => {
    const graph = toWorkflowGraph(outer, [inner]);
    const text = toMermaid(toVisible(graph, {}), looks);
    assert.match(text, /^flowchart TD\n/);
    assert.match(text, /subgraph n\d+\["check"\]\n {4}n\d+\["fit"\]/);
    assert.equal(text.match(/-->/g)?.length, 5);
    assert.doesNotMatch(text, /<script|"[^"\n]*"[^"\n]*"[^"\n]*"/);
    assert.match(toMermaid(toVisible(graph, { check: false }), new Map()), /\[\["check"\]\]/);
  });

  it('as JSON holds the whole structure with what stands on each step', () => {
    const { v, steps, edges } = JSON.parse(toGraphJson('demo/outer', toWorkflowGraph(outer, [inner]), looks)) as {
      readonly v: number;
      readonly steps: readonly { readonly step: string; readonly state?: string; readonly in?: string }[];
      readonly edges: readonly object[];
    };
    assert.deepEqual([v, steps.length, edges.length], [1, 6, 5]);
    assert.equal(steps.find((one) => one.step === 'check/fit')?.in, 'check');
    assert.equal(steps[0]?.state, hostile);
  });
});
