// A real VS Code server, made from npm's code-server: its lib/vscode, the packages it names, and our stand-in for its one native logger.
import { chmodSync, cpSync, existsSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { execute } from '../setup/execute.mjs';
import { nodeExecutable } from '../setup/node.mjs';
import { cache } from '../setup/paths.mjs';
import { createFolder, npm, unpackPackage } from '../setup/unpack.mjs';

const version = '4.139.1';
const folder = path.join(cache, `vscode-${version}`);

/** The server's program; the step `vscodeServer` must be done. */
export const serverProgram = path.join(folder, 'lib/vscode/out/server-main.js');

export const vscodeServer = {
  name: `VS Code server (code-server ${version})`,
  isDone: () => existsSync(path.join(folder, 'complete')),
  run: () => createFolder(folder, install),
};

async function install(draft) {
  await unpackPackage(`code-server@${version}`, draft, ['lib/vscode']);
  const vscode = path.join(draft, 'lib/vscode');
  // `npm ci` fails here: the shrinkwrap is out of step with the manifest.
  const args = ['install', '--omit=dev', '--ignore-scripts', '--no-save'];
  await npm(args, vscode);
  await npm(args, path.join(vscode, 'extensions'));
  replaceLogger(vscode);
  removeUnused(vscode);
  makeSearchExecutable(path.join(vscode, 'node_modules/@vscode'));
  await execute(nodeExecutable(), [path.join(vscode, 'out/server-main.js'), '--version']);
  writeFileSync(path.join(draft, 'complete'), version);
}

function replaceLogger(vscode) {
  const target = path.join(vscode, 'node_modules/@vscode/spdlog');
  const main = JSON.parse(readFileSync(path.join(target, 'package.json'), 'utf8')).main ?? 'index.js';
  cpSync(path.join(import.meta.dirname, 'spdlog.cjs'), path.join(target, main));
}

function makeSearchExecutable(scope) {
  for (const name of readdirSync(scope).filter((entry) => entry.startsWith('ripgrep'))) {
    for (const file of readdirSync(path.join(scope, name), { recursive: true })) {
      if (path.basename(file) === 'rg') chmodSync(path.join(scope, name, file), 0o755);
    }
  }
}

const unused = [
  'node_modules/@github',
  'node_modules/@microsoft/mxc-sdk',
  'node_modules/@devcontainers',
  'node_modules/node-pty/deps',
  'node_modules/node-pty/third_party',
  'node_modules/node-pty/src',
  'extensions/copilot',
  'extensions/mermaid-markdown-features',
  'extensions/microsoft-authentication',
];

/** Half of the megabytes belong to other platforms and to services that these tests never call. */
function removeUnused(vscode) {
  for (const place of unused) rmSync(path.join(vscode, place), { recursive: true, force: true });
  keepPlatform(path.join(vscode, 'node_modules/node-pty/prebuilds'));
  keepPlatform(path.join(vscode, 'node_modules/@vscode/ripgrep-universal/bin'));
}

function keepPlatform(parent) {
  if (!existsSync(parent)) return;
  const own = `${process.platform}-${process.arch}`;
  for (const name of readdirSync(parent)) if (name !== own) rmSync(path.join(parent, name), { recursive: true, force: true });
}
