import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import path from 'node:path';
import type { Page } from 'playwright-core';
import { dropTranslated, readPseudoWords } from '../support/pseudoLanguage.ts';
import { HOSTILE, writeStudio } from '../support/studioWorkspace.ts';
import { waitFor } from '../support/waitFor.ts';
import { cleanUpAfter } from '../support/workbench/cleanUp.ts';
import { openShipped, shipExtension, type ShippedExtension } from '../support/workbench/shippedExtension.ts';
import type { Workbench } from '../support/workbench/workbench.ts';

const visible = { timeout: 30_000 };
const LANGUAGE = 'qps-ploc';

/** Puts a language into a VSIX in which every text is marked. */
function addLanguage(vsix: string): void {
  const script =
    'import sys, zipfile\nwith zipfile.ZipFile(sys.argv[1], "a") as z:\n  for name in sys.argv[2::2]: z.writestr(name, sys.argv[sys.argv.index(name) + 1])';
  const bundle = JSON.stringify(readPseudoWords('l10n/bundle.l10n.json'));
  const manifest = JSON.stringify(readPseudoWords('package.nls.json'));
  execFileSync('python3', [
    '-c',
    script,
    vsix,
    `extension/l10n/bundle.l10n.${LANGUAGE}.json`,
    bundle,
    `extension/package.nls.${LANGUAGE}.json`,
    manifest,
  ]);
}

/** What is a name, a number or a unit in every language; all else that the views show is marked. */
const NAMES =
  /«[^»]*»|studio\/\w+|shared\/\w+|\b(?:studio|shared|numbers|double|sum|total|plain|data|local|team-people|csv|name|age|string|int64|restricted|public|latestAlpha|Python|default|Cairn|AM|PM|ms|s|MB)\b/g;

/** In a page: every text of it, and what its elements are called. */
const HEARD_AND_READ = `[...document.body.querySelectorAll('*')].flatMap((element) => [
  ...[...element.childNodes].filter((node) => node.nodeType === 3).map((node) => node.data),
  ...['aria-label', 'title', 'placeholder', 'alt'].flatMap((name) => element.getAttribute(name) ?? []),
])`;

/** What people wrote, types, keys of the keyboard, and a reason of the agent, which is the same in every record. */
const WRITTEN = /has no earlier result|studio\/\w+|shared\/\w+|\b(?:numbers|double|total|rows|out|json|Enter|Alt|Space|Esc)\b/g;

const dropWritten = (text: string): string => text.replaceAll(HOSTILE, '').replaceAll(WRITTEN, '');

describe('the views in another language', function () {
  this.timeout(120_000);
  let shipped: ShippedExtension;
  let workbench: Workbench;
  let page: Page;

  before(async function () {
    this.timeout(180_000);
    shipped = await shipExtension();
    addLanguage(shipped.vsix);
    writeStudio(shipped.folder);
    workbench = await openShipped(shipped, { language: LANGUAGE });
    page = workbench.page;
  });

  cleanUpAfter('translated', () => ({ workbench, shipped }));

  it('show no English of their own', async () => {
    await page.locator('.activitybar').getByRole('tab', { name: 'Cairn' }).click(visible);
    await page.locator('.sidebar .monaco-list-row', { hasText: 'double' }).waitFor(visible);
    await page
      .locator('.sidebar')
      .getByRole('button', { name: /Run a Workflow/ })
      .waitFor(visible);
    for (const view of ['Clusters', 'Environments', 'Datasets', 'Schedules']) {
      await page.locator(`.sidebar .pane-header[aria-label^="«${view}» "]`).click({ position: { x: 8, y: 8 } });
    }
    const texts = (): Promise<readonly string[]> =>
      page
        .locator('.sidebar .label-name, .sidebar .label-description, .sidebar .pane-header .title, .sidebar .welcome-view-content')
        .allTextContents();
    await waitFor(
      'all views',
      async () => (await texts()).join(' ').includes('«0 of 2 places taken»') && (await texts()).join(' ').includes('plain'),
      30,
    );
    await workbench.screenshot('translated');
    const plain = (await texts()).map((text) => text.replaceAll(NAMES, '')).filter((text) => /\p{L}{2,}/u.test(text));
    assert.deepEqual(plain, []);
  });

  it('and their commands, too', async () => {
    await workbench.palette('Cairn: «Push»');
    await workbench.notified('«Pushed');
  });

  it('nor do panels', async () => {
    await workbench.openFile('nightly.workflow.yaml');
    await workbench.palette('Cairn: «Show Graph»');
    const graph = await workbench.webview('.frame');
    await graph.locator('#step-double').click(visible);
    await graph.locator('aside').getByRole('button', { name: '«Open code»' }).waitFor(visible);
    await graph.locator('.frame').press('?');
    await graph.getByRole('dialog', { name: '«Keys of the graph»' }).waitFor(visible);
    await workbench.screenshot('translated-panel');
    assert.equal(await graph.locator('html').getAttribute('lang'), LANGUAGE);
    const plain = (await graph.evaluate<readonly string[]>(HEARD_AND_READ))
      .map((text) => dropTranslated(text, dropWritten))
      .filter((text) => /\p{L}{2,}/u.test(text));
    assert.deepEqual(plain, []);
  });

  it('nor does the language server', async () => {
    writeFileSync(
      path.join(shipped.folder, 'workflows/broken.workflow.yaml'),
      'workflow: studio/broken\nsteps:\n  numbers: { module: studio/numberz }\n',
    );
    await workbench.openFile('broken.workflow.yaml');
    const titles = (): Promise<readonly string[]> => page.locator('.codelens-decoration a').allTextContents();
    await waitFor('the lenses', async () => (await titles()).includes('«Plan»'), 60);
    assert.deepEqual(
      (await titles()).filter((title) => dropTranslated(title, dropWritten).trim() !== ''),
      [],
    );
    await workbench.palette('Problems: Focus on Problems View');
    await page.locator('.markers-panel .monaco-list-row', { hasText: '«There is no «module» `studio/numberz`' }).waitFor(visible);
    await workbench.screenshot('translated-problems');
  });
});
