// Writes what a build made so that a program that is running from dist/ never meets half a file, and unchanged files stay as they are.
import { existsSync, mkdirSync, readFileSync, readdirSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { recordOf, stampOf } from '../setup/bundles.mjs';
import { root } from '../setup/paths.mjs';
import { copies } from './bundles.mjs';

/** Returns true when the file was written, false when it already had these contents. */
export function writeWhole(file, contents) {
  if (existsSync(file) && readFileSync(file).equals(Buffer.from(contents))) return false;
  mkdirSync(path.dirname(file), { recursive: true });
  const draft = `${file}.${process.pid}.new`;
  writeFileSync(draft, contents);
  renameSync(draft, file);
  return true;
}

/** Copies what is shipped with a bundle as it is; returns inputs (files and folders, for the record) and outputs. */
export function copyFiles(bundle) {
  const inputs = [];
  const outputs = [];
  for (const { from, to, edit } of copies[bundle] ?? []) {
    if (!existsSync(path.join(root, from))) continue;
    const { files, folders } = filesBelow(from);
    inputs.push(...files, ...folders);
    for (const file of files) {
      const target = to + file.slice(from.length);
      const contents = readFileSync(path.join(root, file));
      writeWhole(path.join(root, target), edit ? edit(contents.toString('utf8')) : contents);
      outputs.push(target);
    }
  }
  return { inputs, outputs };
}

function filesBelow(place) {
  if (!statSync(path.join(root, place)).isDirectory()) return { files: [place], folders: [] };
  const files = [];
  const folders = [place];
  for (const entry of readdirSync(path.join(root, place), { withFileTypes: true })) {
    if (entry.name === '__pycache__') continue;
    const below = filesBelow(`${place}/${entry.name}`);
    files.push(...below.files);
    folders.push(...below.folders);
  }
  return { files, folders };
}

const packageFolder = /^(?:.*\/)?node_modules\/(?:@[^/]+\/)?[^/]+/;

/** Records inputs, packages and outputs of a bundle, so that set-up can tell cheaply whether a build is due; packages are covered by the lock file. */
export function writeRecord(bundle, { inputs, outputs, startedAt }) {
  removeFormer(bundle, new Set(outputs));
  const own = [...new Set(inputs)].filter((file) => !file.startsWith('node_modules/')).sort();
  const stamps = Object.fromEntries(own.map((file) => [file, isNewer(file, startedAt) ? 'saved during the build' : stampOf(file)]));
  const packages = [...new Set(inputs.map((file) => packageFolder.exec(file)?.[0]))].filter((folder) => folder !== undefined).sort();
  writeWhole(recordOf(bundle), JSON.stringify({ inputs: stamps, packages, outputs: outputs.sort() }, null, 1));
}

/** What an earlier build made and this one does not must not live on in dist/. */
function removeFormer(bundle, kept) {
  if (!existsSync(recordOf(bundle))) return;
  const former = JSON.parse(readFileSync(recordOf(bundle), 'utf8')).outputs;
  for (const file of former) if (!kept.has(file)) rmSync(path.join(root, file), { force: true });
}

function isNewer(file, time) {
  const stats = statSync(path.join(root, file), { throwIfNoEntry: false });
  return stats !== undefined && stats.isFile() && stats.mtimeMs >= time;
}
