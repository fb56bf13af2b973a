import { chromium, type BrowserContext } from 'playwright-core';
import { findChromium } from '../../../tools/setup/chromium.mjs';

/** As root Chromium needs no-sandbox; without the networking flags it tries to reach its maker many times at every start. */
const flags = [
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-dev-shm-usage',
  '--disable-sync',
];

/** A headless browser with a fresh profile in `folder`. */
export async function startBrowser(folder: string): Promise<BrowserContext> {
  const executablePath = findChromium();
  if (executablePath === undefined) throw new Error('no Chromium here: `npm test` installs it, or name one in CHROME_PATH');
  const context = await chromium.launchPersistentContext(folder, {
    executablePath,
    headless: true,
    viewport: { width: 1440, height: 900 },
    args: flags,
  });
  await context.grantPermissions(['clipboard-read', 'clipboard-write']);
  return context;
}
