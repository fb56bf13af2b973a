// How a VS Code server is started here: for the tests and for `npm run ide`.
import { mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { execute } from '../setup/execute.mjs';
import { serverProgram } from './server.mjs';

/** Nothing that moves, asks, calls out or covers what is to be looked at. */
const quietSettings = {
  'workbench.startupEditor': 'none',
  'workbench.secondarySideBar.defaultVisibility': 'hidden',
  'workbench.tips.enabled': false,
  'chat.disableAIFeatures': true,
  'extensions.autoCheckUpdates': false,
  'extensions.autoUpdate': false,
  'extensions.ignoreRecommendations': true,
  'telemetry.telemetryLevel': 'off',
  'git.openRepositoryInParentFolders': 'never',
  'typescript.disableAutomaticTypeAcquisition': true,
  'json.schemaDownload.enable': false,
};

/** Makes the folders of a profile and its settings; `settings` win over the quiet ones. */
export function prepareProfile(profile, settings = {}) {
  mkdirSync(path.join(profile, 'extensions'), { recursive: true });
  mkdirSync(path.join(profile, 'data/User'), { recursive: true });
  writeFileSync(path.join(profile, 'data/User/settings.json'), JSON.stringify({ ...quietSettings, ...settings }, null, 2));
}

/** Installs a VSIX into a profile. */
export async function installExtension(profile, vsix) {
  await execute(process.execPath, [serverProgram, ...profileArguments(profile), '--install-extension', vsix], { env: withoutGallery() });
}

/** Arguments of the server's program: any free port of loopback. Without `tokenFile` anybody on this machine may connect (tests only). */
export function serverArguments(profile, { tokenFile, driver = false, trust = true, port = 0 } = {}) {
  const access = tokenFile ? ['--connection-token-file', tokenFile] : ['--without-connection-token'];
  // Without the driver, new versions ignore `payload` in the address, which starts tests in the extension host.
  const testing = driver ? ['--enable-smoke-test-driver'] : [];
  // Every folder is trusted, unless trust is what is looked at.
  if (driver && trust) testing.push('--disable-workspace-trust');
  // Extension hosts outlive their page by this many seconds; the default is hours.
  const grace = ['--reconnection-grace-time', driver ? '2' : '600'];
  return [serverProgram, '--host', '127.0.0.1', '--port', String(port), ...access, ...testing, ...grace, ...profileArguments(profile)];
}

/** The environment of the server: no call to an extension gallery. */
export function withoutGallery(environment = process.env) {
  return { ...environment, EXTENSIONS_GALLERY: '{}' };
}

/** The port in what the server prints when it is ready, or undefined. */
export function portIn(output) {
  const found = /agent listening on (\d+)/.exec(output);
  return found ? Number(found[1]) : undefined;
}

function profileArguments(profile) {
  const folders = ['--user-data-dir', 'data', '--server-data-dir', 'server', '--extensions-dir', 'extensions'];
  const absolute = folders.map((word) => (word.startsWith('--') ? word : path.join(profile, word)));
  return [...absolute, '--accept-server-license-terms', '--telemetry-level', 'off'];
}
