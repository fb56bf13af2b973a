import { build, type BuildOptions } from 'esbuild';
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import type { BrowserContext, Page } from 'playwright-core';
import { bundleTable } from '../../../tools/build/bundles.mjs';
import { root } from '../../../tools/setup/paths.mjs';
import { startBrowser } from './browser.ts';

const address = 'http://panel.test/';

/** Some of the variables that the editor gives to its panels in its dark theme; the rest falls back as in any theme that lacks them. */
const darkTheme = `
  --vscode-foreground: #cccccc; --vscode-descriptionForeground: #9d9d9d; --vscode-editor-background: #1f1f1f;
  --vscode-editorWidget-background: #202020; --vscode-editorWidget-border: #454545; --vscode-panel-border: #2b2b2b;
  --vscode-focusBorder: #0078d4; --vscode-button-background: #0078d4; --vscode-button-foreground: #ffffff;
  --vscode-button-secondaryBackground: #313131; --vscode-button-secondaryForeground: #cccccc; --vscode-sideBar-background: #181818;
  --vscode-font-family: system-ui, sans-serif; --vscode-font-size: 13px; --vscode-textLink-foreground: #4daafc;
  --vscode-input-background: #313131; --vscode-input-foreground: #cccccc; --vscode-list-hoverBackground: #2a2d2e;
  --vscode-list-activeSelectionBackground: #04395e; --vscode-list-activeSelectionForeground: #ffffff;
  --vscode-inputOption-activeBackground: #2489db82; --vscode-inputOption-activeForeground: #ffffff;
  --vscode-charts-blue: #4daafc; --vscode-charts-yellow: #d7ba7d; --vscode-charts-purple: #b180d7;`;

/** A panel's page outside of the editor: the bundle in a browser, with this process as its host. */
interface PanelPage {
  readonly page: Page;
  /** what the page has sent, oldest first */
  sent(): Promise<readonly { readonly type: string; readonly [name: string]: unknown }[]>;
  /** what the host tells the page */
  tell(message: object): Promise<void>;
  /** what the page asked the editor to keep */
  kept(): Promise<unknown>;
}

/** A panel's page in a browser of its own. */
export interface OwnPanelPage extends PanelPage, AsyncDisposable {
  /** what the page threw */
  readonly errors: readonly string[];
  /** Writes build/screenshots/NAME.png. */
  screenshot(name: string): Promise<void>;
}

/** Starts a browser for one panel, and tells it its first model. */
export async function startPanelPage(panel: string, model: object, state: object = {}): Promise<OwnPanelPage> {
  const folder = mkdtempSync(path.join(os.tmpdir(), 'panel-'));
  const stack = new AsyncDisposableStack();
  stack.defer(() => rmSync(folder, { recursive: true, force: true, maxRetries: 5, retryDelay: 100 }));
  try {
    const browser = await startBrowser(folder);
    stack.defer(() => browser.close());
    const opened = await openPanelPage(browser, panel, state);
    const errors: string[] = [];
    opened.page.on('pageerror', (error) => errors.push(error.message));
    await opened.tell({ type: 'model', model });
    const owned = stack.move();
    return { ...opened, errors, screenshot: (name) => takePicture(opened.page, name), [Symbol.asyncDispose]: () => owned.disposeAsync() };
  } finally {
    await stack.disposeAsync();
  }
}

async function takePicture(page: Page, name: string): Promise<void> {
  const folder = path.join(root, 'build/screenshots');
  mkdirSync(folder, { recursive: true });
  await page.screenshot({ path: path.join(folder, `${name}.png`) });
}

/** Bundles the panel as the build does, and opens it. `state`: what the editor restores it of. */
async function openPanelPage(browser: BrowserContext, panel: string, state: object = {}): Promise<PanelPage> {
  const { script, style } = await bundlePanel(path.join(root, 'webviews', panel, 'main.tsx'));
  const page = await browser.newPage();
  const html = `<!doctype html><html lang="en"><head><meta charset="utf-8"><title>Cairn</title><style>:root{${darkTheme}}</style>
<link rel="stylesheet" href="panel.css"></head><body><div id="root"></div><script>
  window.sent = []; window.state = ${JSON.stringify(state)};
  window.acquireVsCodeApi = () => ({ postMessage: (m) => window.sent.push(m), getState: () => window.state, setState: (s) => { window.state = s; } });
</script><script src="panel.js"></script></body></html>`;
  await page.route(`${address}**`, (route) => {
    const { pathname } = new URL(route.request().url());
    if (pathname === '/panel.js') return route.fulfill({ contentType: 'text/javascript', body: script });
    if (pathname === '/panel.css') return route.fulfill({ contentType: 'text/css', body: style });
    return pathname === '/' ? route.fulfill({ contentType: 'text/html', body: html }) : route.abort();
  });
  await page.goto(address);
  return {
    page,
    sent: () => page.evaluate('window.sent'),
    tell: (message) => page.evaluate((told) => window.postMessage(told, window.origin), message),
    kept: () => page.evaluate('window.state'),
  };
}

const bundles = new Map<string, Promise<{ readonly script: string; readonly style: string }>>();

function bundlePanel(entry: string): Promise<{ readonly script: string; readonly style: string }> {
  const made = bundles.get(entry) ?? bundle(entry);
  bundles.set(entry, made);
  return made;
}

async function bundle(entry: string): Promise<{ readonly script: string; readonly style: string }> {
  const options: BuildOptions = bundleTable.webviews();
  const { outputFiles = [] } = await build({
    ...options,
    entryPoints: { panel: entry },
    outdir: 'out',
    sourcemap: false,
    loader: { '.ttf': 'dataurl' },
  });
  const textOf = (ending: string): string => outputFiles.find((file) => file.path.endsWith(ending))?.text ?? '';
  return { script: textOf('.js'), style: textOf('.css') };
}
