// `npm run bench ROW`: one row of the scorecard (a number), or `twelve` (the everyday edits), the file of test/bench that carries its number.
import { spawn } from 'node:child_process';
import { readdirSync } from 'node:fs';
import path from 'node:path';
import { root } from './setup/paths.mjs';

const folder = path.join(root, 'test/bench');
const rows = new Map(readdirSync(folder).flatMap((name) => toRow(name)));

/** `row5WarmDispatch.ts` is 5, `twelveEdits.ts` is twelve. */
function toRow(name) {
  const [, row] = /^row(\d+)[A-Z].*\.ts$/.exec(name) ?? /^(twelve)Edits\.ts$/.exec(name) ?? [];
  return row === undefined ? [] : [[row, name]];
}
const [row, ...rest] = process.argv.slice(2);
if (!rows.has(row)) {
  console.error(`Usage: npm run bench ROW\nRows: ${[...rows].map(([number, name]) => `${number} (${name})`).join(', ') || 'none yet'}`);
  process.exit(2);
}
const child = spawn(process.execPath, [path.join(folder, rows.get(row)), ...rest], { cwd: root, stdio: 'inherit' });
for (const signal of ['SIGINT', 'SIGTERM']) process.on(signal, () => child.kill(signal));
child.on('exit', (code) => process.exit(code ?? 1));
