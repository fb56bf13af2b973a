// `npm run package`: dist/cairn.vsix. The manifest inside is ours without what only a checkout needs.
import { execFileSync } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { dist, root } from './setup/paths.mjs';

/** What goes into the folder that is packed; .vscodeignore is the allow-list inside it. */
const members = ['dist', 'README.md', 'CHANGELOG.md', 'LICENSE', '.vscodeignore', 'media', 'language/schemas', 'language/syntaxes'];
const onlyForCheckouts = ['scripts', 'dependencies', 'devDependencies', 'optionalDependencies', 'allowScripts', 'type'];

const started = performance.now();
const stage = mkdtempSync(path.join(os.tmpdir(), 'vsix-'));
try {
  for (const member of members) copy(member);
  writeFileSync(path.join(stage, 'package.json'), JSON.stringify(shippedManifest(), null, 2));
  const target = path.join(dist, 'cairn.vsix');
  const vsce = path.join(root, 'node_modules/@vscode/vsce/vsce');
  // 'pipe': vsce lists every file; its warnings come on standard error.
  execFileSync(process.execPath, [vsce, 'package', '--no-dependencies', '--allow-missing-repository', '--out', target], {
    cwd: stage,
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  console.error(`package: ${path.relative(root, target)}, ${((performance.now() - started) / 1000).toFixed(1)} s`);
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
