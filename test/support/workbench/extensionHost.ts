import { build } from 'esbuild';
import { mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { root } from '../../../tools/setup/paths.mjs';
import { startBrowser } from './browser.ts';
import { startServer, type Server, type ServerOptions } from './server.ts';

export interface HostTest {
  readonly title: string;
  readonly error?: string;
}

export interface HostTestOptions extends Omit<ServerOptions, 'profile' | 'hideRepository'> {
  /** The folder that is open while the tests run. */
  readonly folder: string;
  /** Folder with the tests, `*.hostTest.ts`: mocha's describe and it, `import * as vscode from 'vscode'`. */
  readonly tests: string;
}

/** mocha is an ES module: the bundle of tests, which VS Code needs as CommonJS, imports it by its address. */
const mochaAddress = pathToFileURL(path.join(root, 'node_modules/mocha/index.js')).href;

const endsWithinMilliseconds = 150_000;

/**
 * Runs mocha inside the real extension host, where the installed VSIX lives, and returns every test.
 * Fails when the host dies, no result is written, or nothing ran: a killed host reports success to the page.
 */
export async function runInExtensionHost(options: HostTestOptions): Promise<readonly HostTest[]> {
  const scratch = mkdtempSync(path.join(os.tmpdir(), 'eh-'));
  try {
    const development = await bundleTests(options.tests, scratch);
    const results = path.join(scratch, 'results.json');
    const environment = { ...inherited(options.environment), CAIRN_HOST_RESULTS: results, CAIRN_HOST_MOCHA: mochaAddress };
    await using server = await startServer({ ...options, environment, profile: path.join(scratch, 'profile') });
    await runPage(server, options.folder, development, path.join(scratch, 'browser'));
    return readResults(results, server);
  } finally {
    rmSync(scratch, { recursive: true, force: true, maxRetries: 5, retryDelay: 100 });
  }
}

function inherited(environment: HostTestOptions['environment']): Record<string, string> {
  return (
    environment ?? Object.fromEntries(Object.entries(process.env).flatMap(([name, value]) => (value === undefined ? [] : [[name, value]])))
  );
}

/** One CommonJS file of the runner and all tests, inside an empty extension: so that the tests meet the installed one. */
async function bundleTests(tests: string, scratch: string): Promise<string> {
  const development = path.join(scratch, 'host');
  const files = readdirSync(tests)
    .filter((name) => name.endsWith('.hostTest.ts'))
    .sort();
  const loads = files.map((name) => `() => import(${JSON.stringify(path.join(tests, name))})`);
  const runner = JSON.stringify(path.join(import.meta.dirname, 'hostRunner.ts'));
  await build({
    stdin: { contents: `import { runTests } from ${runner};\nexport const run = () => runTests([${loads.join(', ')}]);`, resolveDir: root },
    outfile: path.join(development, 'run.js'),
    bundle: true,
    platform: 'node',
    format: 'cjs',
    target: 'node22',
    external: ['vscode'],
    // Otherwise esbuild reads every tsconfig.json upwards, beyond the checkout too.
    tsconfigRaw: {},
    logLevel: 'error',
  });
  const manifest = {
    name: 'cairn-test-host',
    publisher: 'cairn',
    version: '0.0.0',
    engines: { vscode: '^1.105.0' },
    extensionKind: ['workspace'],
  };
  writeFileSync(path.join(development, 'package.json'), JSON.stringify(manifest));
  return development;
}

async function runPage(server: Server, folder: string, development: string, browserFolder: string): Promise<void> {
  const browser = await startBrowser(browserFolder);
  try {
    const page = browser.pages()[0] ?? (await browser.newPage());
    const ended = Promise.withResolvers<void>();
    await page.exposeFunction('codeAutomationLog', () => {});
    await page.exposeFunction('codeAutomationExit', () => ended.resolve());
    const remote = `vscode-remote://127.0.0.1:${server.port}${development}`;
    await page.goto(
      server.addressOf(folder, [
        ['extensionDevelopmentPath', remote],
        ['extensionTestsPath', `${remote}/run`],
      ]),
    );
    const timer = setTimeout(() => ended.reject(new Error('the tests in the extension host did not end')), endsWithinMilliseconds);
    await ended.promise.finally(() => clearTimeout(timer));
  } finally {
    await browser.close();
  }
}

function readResults(file: string, server: Server): readonly HostTest[] {
  const tests = JSON.parse(readFileSync(file, 'utf8')) as readonly HostTest[];
  if (tests.length === 0) throw new Error('no test ran in the extension host');
  if (server.brokenHosts().length > 0) throw new Error(`the extension host broke: ${server.brokenHosts().join('; ')}`);
  return tests;
}
