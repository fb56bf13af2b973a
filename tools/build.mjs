// Builds dist/: `node tools/build.mjs` once, `--watch` on every change until it is stopped.
import { watch as watchFiles } from 'chokidar';
import { context } from 'esbuild';
import { readdirSync } from 'node:fs';
import path from 'node:path';
import { bundleTable, entryFiles } from './build/bundles.mjs';
import { copyFiles, writeRecord, writeWhole } from './build/output.mjs';
import { toNotices } from './build/notices.mjs';
import { dist, root } from './setup/paths.mjs';

const notices = 'THIRD-PARTY-NOTICES.txt';
const watching = process.argv.includes('--watch');
const contexts = await Promise.all(bundleTable().map((options) => context(options)));

const ok = await build();
if (watching) watch();
else {
  await Promise.all(contexts.map((bundle) => bundle.dispose()));
  process.exitCode = ok ? 0 : 1;
}

async function build() {
  const started = performance.now();
  const startedAt = Date.now();
  const results = await Promise.allSettled(contexts.map((bundle) => bundle.rebuild()));
  const failures = results.filter((result) => result.status === 'rejected').map((result) => result.reason);
  if (failures.length > 0) {
    failures.forEach(reportFailure);
    return false;
  }
  const made = results.map((result) => result.value);
  const outputs = made.flatMap((result) => result.outputFiles).map((file) => (writeWhole(file.path, file.contents), relative(file.path)));
  const inputs = made.flatMap((result) => Object.keys(result.metafile.inputs));
  const copied = copyFiles();
  writeWhole(path.join(dist, notices), toNotices([...inputs, ...copied.inputs]));
  writeRecord([...inputs, ...copied.inputs, ...toolInputs()], [...outputs, ...copied.outputs, `dist/${notices}`], startedAt);
  console.error(`build: ${outputs.length + copied.outputs.length} files, ${Math.round(performance.now() - started)} ms`);
  return true;
}

/** The build itself, and the places where new entries appear. */
function toolInputs() {
  const parts = readdirSync(path.join(root, 'tools/build')).map((name) => `tools/build/${name}`);
  return [...entryFiles(), 'webviews', 'package-lock.json', 'tools/build.mjs', ...parts];
}

function watch() {
  let pending = false;
  let running = Promise.resolve();
  const rebuild = () => {
    if (pending) return;
    pending = true;
    running = running.then(() => ((pending = false), build()));
  };
  watchFiles(['extension', 'language', 'rde-agent', 'webviews'], {
    cwd: root,
    ignoreInitial: true,
    ignored: /__pycache__|\.test\.ts$/,
  }).on('all', rebuild);
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
