// `npm run package`: dist/cairn.vsix. The manifest inside is ours without what only a checkout needs.
import { spawnSync } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { toNotices } from './build/notices.mjs';
import { dist, root } from './setup/paths.mjs';

/** What goes into the folder that is packed; .vscodeignore is the allow-list inside it. */
const members = [
  'dist',
  'package.nls.json',
  'l10n',
  'README.md',
  'CHANGELOG.md',
  'LICENSE',
  '.vscodeignore',
  'extension/media',
  'media/walkthrough',
  'language/schemas',
  'language/syntaxes',
];
const onlyForCheckouts = ['scripts', 'dependencies', 'devDependencies', 'optionalDependencies', 'allowScripts', 'type'];

const started = performance.now();
const stage = mkdtempSync(path.join(os.tmpdir(), 'vsix-'));
try {
  for (const member of members) copy(member);
  writeFileSync(path.join(stage, 'package.json'), JSON.stringify(shippedManifest(), null, 2));
  writeFileSync(path.join(stage, 'dist/THIRD-PARTY-NOTICES.txt'), toNotices());
  const target = path.join(dist, 'cairn.vsix');
  // Whole or not at all: somebody may be reading the former one.
  const made = `${target}.${process.pid}.vsix`;
  const vsce = path.join(root, 'node_modules/@vscode/vsce/vsce');
  const args = [vsce, 'package', '--no-dependencies', '--allow-missing-repository', '--no-rewrite-relative-links', '--out', made];
  // It lists every file on standard output; errors and warnings come on the other.
  const { status } = spawnSync(process.execPath, args, { cwd: stage, stdio: ['ignore', 'pipe', 'inherit'] });
  process.exitCode = status ?? 1;
  if (status === 0) renameSync(made, target);
  else rmSync(made, { force: true });
  if (status === 0) console.error(`package: ${path.relative(root, target)}, ${((performance.now() - started) / 1000).toFixed(1)} s`);
} finally {
  rmSync(stage, { recursive: true, force: true });
}

function copy(member) {
  try {
    mkdirSync(path.dirname(path.join(stage, member)), { recursive: true });
    cpSync(path.join(root, member), path.join(stage, member), { recursive: true, filter: (file) => !file.endsWith('.vsix') });
  } catch (error) {
    if (error.code !== 'ENOENT') throw error;
  }
}

function shippedManifest() {
  const manifest = JSON.parse(readFileSync(path.join(root, 'package.json'), 'utf8'));
  for (const key of onlyForCheckouts) delete manifest[key];
  return manifest;
}
