// Lint and format of our Python with ruff's WebAssembly build: no Python, no network.
import { PositionEncoding, Workspace } from '@astral-sh/ruff-wasm-nodejs';
import { readFileSync, readdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { root } from '../setup/paths.mjs';

const settings = {
  'line-length': 140,
  'target-version': 'py310',
  lint: { select: ['E', 'F', 'I', 'B', 'UP', 'RUF'], ignore: ['B905'], isort: { 'known-first-party': ['cairn', 'cairn_analysis'] } },
};

const folders = ['rde-agent/runner/python', 'rde-agent/analysis/python', 'examples', 'test/python', 'test/oracle', 'test/fixtures'];

/** One line per finding: unformatted files and lint errors. With `write`, files are formatted in place instead. */
export function checkPython({ write = false } = {}) {
  const ruff = new Workspace(settings, PositionEncoding.Utf16);
  return folders.flatMap(pythonFiles).flatMap((file) => checkFile(ruff, file, write));
}

function checkFile(ruff, file, write) {
  const text = readFileSync(path.join(root, file), 'utf8');
  const formatted = ruff.format(text);
  if (write && formatted !== text) writeFileSync(path.join(root, file), formatted);
  const findings = ruff.check(write ? formatted : text);
  const lines = findings.map(({ code, message, start_location: at }) => `${file}:${at.row}:${at.column}: ${code ?? 'syntax'} ${message}`);
  return formatted === text || write ? lines : [...lines, `${file}: not formatted (npm run format)`];
}

function pythonFiles(folder) {
  try {
    const names = readdirSync(path.join(root, folder), { recursive: true });
    return names.filter((name) => name.endsWith('.py') && !name.includes('broken')).map((name) => path.join(folder, name));
  } catch (error) {
    if (error.code === 'ENOENT') return [];
    throw error;
  }
}
