import type { Score } from './report.ts';

const STYLE = 'body{font:16px/1.5 system-ui;margin:3rem auto;max-width:44rem}td,th{padding:.3rem 1rem;text-align:right}th:first-child,td:first-child{text-align:left}';

/** One page without anything from elsewhere. */
export function toPage(title: string, scores: readonly Score[], toGain: (score: Score) => number): string {
  const rows = scores.map((score) => toRow([score.slice, String(score.flights), score.mae.toFixed(2), score.carry_over_mae.toFixed(2), `${(toGain(score) * 100).toFixed(1)} %`]));
  const head = ['Slice', 'Flights', 'Error, min', 'Carried over, min', 'Better by'].map((name) => `<th>${name}</th>`).join('');
  return `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<title>${escape(title)}</title>
<style>${STYLE}</style>
<h1>${escape(title)}</h1>
<table>
<tr>${head}</tr>
${rows.join('\n')}
</table>
</html>
`;
}

function toRow(cells: readonly string[]): string {
  return `<tr>${cells.map((cell) => `<td>${escape(cell)}</td>`).join('')}</tr>`;
}

function escape(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
}
