// Builds dist/: `node tools/build.mjs [BUNDLE...]` once, `--watch` on every change until it is stopped.
import { watch as watchFiles } from 'chokidar';
import { context } from 'esbuild';
import { readdirSync } from 'node:fs';
import path from 'node:path';
import { bundleTable, panelEntries } from './build/bundles.mjs';
import { copyFiles, writeRecord, writeWhole } from './build/output.mjs';
import { root } from './setup/paths.mjs';

const words = process.argv.slice(2);
const named = words.filter((word) => !word.startsWith('-'));
const names = named.length > 0 ? named : Object.keys(bundleTable);
const contexts = await Promise.all(names.map(async (name) => [name, await Promise.all([bundleTable[name]()].flat().map(context))]));

const ok = await buildAll();
if (words.includes('--watch')) watch();
else {
  await Promise.all(contexts.flatMap(([, parts]) => parts.map((part) => part.dispose())));
  process.exitCode = ok ? 0 : 1;
}

/** Each bundle by itself: one that fails leaves its last good files, the others are written. */
async function buildAll() {
  const done = await Promise.all(contexts.map(([name, parts]) => build(name, parts)));
  return done.every(Boolean);
}

async function build(name, parts) {
  const started = performance.now();
  const startedAt = Date.now();
  try {
    const built = await Promise.all(parts.map((part) => part.rebuild()));
    const outputFiles = built.flatMap((one) => one.outputFiles);
    for (const file of outputFiles) writeWhole(file.path, file.contents);
    const copied = copyFiles(name);
    writeRecord(name, {
      inputs: [...built.flatMap(({ metafile }) => Object.keys(metafile.inputs)), ...copied.inputs, ...toolInputs(name)],
      outputs: [...outputFiles.map((file) => relative(file.path)), ...copied.outputs],
      startedAt,
    });
    console.error(`build: ${name}: ${outputFiles.length + copied.outputs.length} files, ${Math.round(performance.now() - started)} ms`);
    return true;
  } catch (error) {
    reportFailure(error);
    return false;
  }
}

/** The build itself, the places where new panels appear, and what is bundled into them as text. */
function toolInputs(name) {
  const panels =
    name === 'webviews' ? ['webviews', 'webviews/graph/layout/layoutWorker.ts', ...panelEntries().map(([, file]) => file)] : [];
  const parts = readdirSync(path.join(root, 'tools/build')).map((part) => `tools/build/${part}`);
  return [...panels, ...parts, 'package-lock.json', 'tools/build.mjs'];
}

function watch() {
  let pending = false;
  let running = Promise.resolve();
  const rebuild = () => {
    if (pending) return;
    pending = true;
    running = running.then(() => ((pending = false), buildAll()));
  };
  const ignored = /__pycache__|\.test\.ts$/;
  watchFiles(['extension', 'language', 'rde-agent', 'webviews'], { cwd: root, ignoreInitial: true, ignored }).on('all', rebuild);
  console.error('build: watching');
}

function reportFailure(error) {
  if (!error.errors) throw error;
  for (const { text, location } of error.errors) {
    const place = location ? `${location.file}:${location.line}:${location.column + 1}: ` : '';
    console.error(`${place}${text}${location ? `\n    ${location.lineText.trim()}` : ''}`);
  }
}

function relative(file) {
  return path.relative(root, file).replaceAll(path.sep, '/');
}
