// `npm run ide [-- FOLDER] [--port N]`: the real VS Code on the example with the packaged extension, for a browser on this machine.
// The address carries the server's own connection token; it is kept in a file that only this user can read, never on a command line.
import { execFileSync, spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { cache, checkoutId, dist, root } from './setup/paths.mjs';
import { installExtension, portIn, prepareProfile, serverArguments, withoutGallery } from './vscode/launch.mjs';

const { values, positionals } = parseArgs({ options: { port: { type: 'string', default: '0' } }, allowPositionals: true });
const folder = path.resolve(positionals[0] ?? path.join(root, 'examples/flights'));
const profile = path.join(cache, `ide-${checkoutId}`);
const tokenFile = path.join(profile, 'token');

// What is opened here is the user's own checkout: asking whether to trust it would only hide the extension behind a dialog.
prepareProfile(profile, { 'security.workspace.trust.enabled': false, 'workbench.colorTheme': 'Default Dark Modern' });
const token = readToken();
execFileSync(process.execPath, [path.join(root, 'tools/package.mjs')], { stdio: 'inherit' });
await installExtension(profile, path.join(dist, 'cairn.vsix'));

const server = spawn(process.execPath, serverArguments(profile, { tokenFile, port: Number(values.port) }), {
  cwd: folder,
  env: withoutGallery(),
  stdio: ['ignore', 'pipe', 'pipe'],
});
let output = '';
let told = false;
server.stdout.on('data', (data) => {
  output += data;
  const port = portIn(output);
  if (port === undefined || told) return;
  told = true;
  console.log(`\nVS Code on ${path.relative(process.cwd(), folder) || '.'}, stop it with Ctrl+C:\n`);
  console.log(`  http://127.0.0.1:${port}/?tkn=${token}&folder=${encodeURIComponent(folder)}\n`);
});
server.stderr.on('data', (data) => (output += data));
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, () => server.kill('SIGTERM'));
server.on('exit', (code) => {
  if (!told) console.error(`The VS Code server ended before it listened:\n${output.slice(-2000)}`);
  process.exit(told ? 0 : (code ?? 1));
});

/** Kept between starts, so that an address in the browser's history stays good. */
function readToken() {
  if (existsSync(tokenFile)) return readFileSync(tokenFile, 'utf8');
  mkdirSync(profile, { recursive: true, mode: 0o700 });
  const made = randomBytes(24).toString('base64url');
  writeFileSync(tokenFile, made, { mode: 0o600 });
  return made;
}
