// What `npm start` says at the end, as text: graph, steps, metric against baseline, what was reused and why, where to go on.
import { readFileSync } from 'node:fs';
import { parse } from 'yaml';

/** @param {{ first: object, second: object, workflowFile: string }} runs two documents of `cairn run --json` */
export function summarize({ first, second, workflowFile }) {
  const parts = [
    ['Workflow', graphLines(parse(readFileSync(workflowFile, 'utf8')).steps, first.steps)],
    [`First pass: ${first.state} in ${seconds(first.seconds)}`, stepLines(first.steps)],
    ['Result on held-out months', metricLines(first.steps)],
    [`Second pass: ${second.state} in ${seconds(second.seconds)}, ${countReused(second)}`, reasonLines(second.steps)],
    [`Time saved by reuse: ${seconds(second.saved)}`, []],
    ['Go on', nextLines(first)],
  ];
  return parts
    .map(([title, lines]) => `\n${title}\n${lines.map((line) => `  ${line}\n`).join('')}`)
    .join('')
    .trimEnd();
}

/** One line per step, in the order of the file: what it is, what flows into it. */
function graphLines(steps, ran) {
  const rows = Object.entries(steps).map(([name, step]) => {
    const elements = ran.filter((task) => task.step.startsWith(`${name}[`)).length;
    const shown = elements > 0 ? `${name} ×${elements}` : name;
    const sources = [
      ...new Set(
        Object.values(step.in ?? {})
          .flat()
          .map((source) => String(source).replace(/[[.].*/, '')),
      ),
    ];
    return [shown, step.dataset ? `dataset ${step.dataset}` : `module ${step.module}`, sources.length > 0 ? `← ${sources.join(', ')}` : ''];
  });
  return align(rows);
}

function stepLines(steps) {
  return align([
    ['step', 'state', 'decision', 'time', 'start', 'process', 'parent'],
    ...steps.map((step) => [
      step.step,
      step.state,
      step.decision ?? '',
      seconds(step.seconds),
      step.worker?.mode ?? '',
      step.worker ? String(step.worker.pid) : '',
      step.worker ? String(step.worker.parent) : '',
    ]),
    ...steps.filter((step) => step.error).map((step) => [`${step.step}: ${step.error.message}`]),
  ]);
}

function metricLines(steps) {
  const metrics = steps.find((step) => step.metrics.baseline_mae !== undefined)?.metrics;
  if (!metrics) return ['no metric: the evaluation did not succeed'];
  const better = `${(100 * metrics.improvement).toFixed(1)} % better`;
  return [
    `mean absolute error ${metrics.mae.toFixed(2)} min; baseline (median of the training months) ${metrics.baseline_mae.toFixed(2)} min: ${better}`,
  ];
}

function reasonLines(steps) {
  return align(steps.map((step) => [step.step, step.decision ?? step.state, step.reasons[0]?.message ?? '']));
}

function countReused({ steps }) {
  const reused = steps.filter((step) => step.decision === 'reused').length;
  return `${reused} of ${steps.length} steps reused`;
}

function nextLines(first) {
  return align([
    ['npm run ide', 'the same workspace in a real VS Code, in your browser'],
    [`npm run -s cairn -- --workspace examples/flights show ${first.run}`, 'this run again'],
    ['npm run -s cairn -- agent stop', 'end the agent; it ends by itself when it has nothing to do'],
  ]);
}

function seconds(value) {
  return value < 0.1 ? `${Math.round(value * 1000)} ms` : `${value.toFixed(value < 10 ? 2 : 1)} s`;
}

/** Columns as wide as their widest cell, the last one free. */
function align(rows) {
  const widths = [];
  for (const row of rows.filter((cells) => cells.length > 1))
    row.forEach((cell, at) => (widths[at] = Math.max(widths[at] ?? 0, cell.length)));
  return rows.map((row) =>
    row
      .map((cell, at) => (at === row.length - 1 ? cell : cell.padEnd(widths[at])))
      .join('  ')
      .trimEnd(),
  );
}
