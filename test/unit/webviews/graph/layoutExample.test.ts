import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'yaml';
import { z } from 'zod';
import { layoutGraph } from '../../../../webviews/graph/layout/layoutGraph.ts';
import { assertGolden } from '../../../support/golden.ts';
import { createBox } from '../../../support/layeredGraphs.ts';

const EXAMPLE = join(import.meta.dirname, '../../../../examples/flights/workflows/train-delay-model.workflow.yaml');
const Workflow = z.object({ steps: z.record(z.string(), z.object({ in: z.record(z.string(), z.string()).optional() })) });

describe('the layout of the example', () => {
  it('is as it was looked at', () => {
    const { steps } = Workflow.parse(parse(readFileSync(EXAMPLE, 'utf8')));
    const edges = Object.entries(steps).flatMap(([to, step]) => {
      return Object.values(step.in ?? {}).map((reference) => ({ from: /^\w+/.exec(reference)?.[0] ?? '', to }));
    });
    const layout = layoutGraph({ nodes: Object.keys(steps).map((id) => createBox(id)), edges });
    const boxes = layout.nodes.map(({ id, layer, x, y }) => `${id}: row ${layer}, ${x} ${y}`);
    const lines = layout.edges.map(({ from, to, points }) => `${from} > ${to}: ${points.map(({ x, y }) => `${x} ${y}`).join(', ')}`);
    assertGolden('layout/example.txt', [...boxes, ...lines, `${layout.width} x ${layout.height}`, ''].join('\n'));
  });
});
