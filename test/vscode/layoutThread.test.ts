import assert from 'node:assert/strict';
import { build } from 'esbuild';
import { mkdtempSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import type { BrowserContext, Page } from 'playwright-core';
import { workerCode } from '../../tools/build/workerCode.mjs';
import type { Layout, LayoutRequest } from '../../webviews/graph/layout/layout.ts';
import type { Layouter } from '../../webviews/graph/layout/layouter.ts';
import { layoutGraph } from '../../webviews/graph/layout/layoutGraph.ts';
import { createLayeredGraph } from '../support/layeredGraphs.ts';
import { startBrowser } from '../support/workbench/browser.ts';

const ROOT = path.join(import.meta.dirname, '../..');
const LARGE = createLayeredGraph({ nodes: 700, seed: 8 });

interface TestWindow {
  createLayouter(): Layouter;
  readonly violations: string[];
  /** addresses that workers were made of */
  readonly workers: string[];
}

/** What the page of a panel does with the layouter, in the browser's global scope. */
const PROGRAM = `
import { createLayouter } from './webviews/graph/layout/layouter.ts';
const workers: string[] = [];
const Real = Worker;
Object.assign(globalThis, {
  createLayouter,
  workers,
  violations: [],
  Worker: class extends Real { constructor(address: string) { super(address); workers.push(address); } },
});
document.addEventListener('securitypolicyviolation', (event) => globalThis.violations.push(event.violatedDirective));
`;

/** As the build makes the script of a panel. */
async function bundleProgram(): Promise<string> {
  const options = { target: 'chrome134', minify: true };
  const { outputFiles } = await build({
    stdin: { contents: PROGRAM, resolveDir: ROOT, loader: 'ts' },
    bundle: true,
    write: false,
    format: 'iife',
    plugins: [workerCode(options)],
    ...options,
  });
  return outputFiles[0]?.text ?? '';
}

describe('the thread of the layout, in a page with a content policy', () => {
  let folder: string;
  let browser: BrowserContext;
  let program: string;

  before(async () => {
    folder = mkdtempSync(path.join(os.tmpdir(), 'layout-'));
    browser = await startBrowser(folder);
    program = await bundleProgram();
  });

  after(async () => {
    await browser.close();
    rmSync(folder, { recursive: true, force: true });
  });

  async function openPage(policy: string): Promise<Page> {
    const page = await browser.newPage();
    const head = `<meta http-equiv="Content-Security-Policy" content="default-src 'none'; script-src 'nonce-x'; ${policy}">`;
    const text = program.replaceAll('</script', '<\\/script');
    await page.route('**/*', (route) =>
      route.fulfill({
        contentType: 'text/html',
        body: `<!doctype html><html><head>${head}</head><body><script nonce="x">${text}</script></body></html>`,
      }),
    );
    await page.goto('https://panel.example/');
    return page;
  }

  /** Also what was made and refused on the way. */
  async function layoutIn(
    page: Page,
  ): Promise<{ readonly layout: Layout | undefined; readonly workers: number; readonly violations: readonly string[] }> {
    return page.evaluate(async (request: LayoutRequest) => {
      const { createLayouter, workers, violations } = globalThis as typeof globalThis & TestWindow;
      const layouter = createLayouter();
      const layout = layouter.layoutNow(request) ?? (await layouter.layout(request));
      layouter.dispose();
      return { layout, workers: workers.length, violations };
    }, LARGE);
  }

  it('answers what is answered here, without a word of the policy', async () => {
    const page = await openPage('worker-src blob:');
    const { layout, workers, violations } = await layoutIn(page);
    assert.deepEqual([workers, violations], [1, []]);
    assert.deepEqual(layout, layoutGraph(LARGE));
    await page.close();
  });

  it('gives the same where the policy forbids workers, on the page itself', async () => {
    const page = await openPage("worker-src 'none'");
    const { layout } = await layoutIn(page);
    assert.deepEqual(layout, layoutGraph(LARGE));
    await page.close();
  });
});
