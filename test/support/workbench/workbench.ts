import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import type { BrowserContext, Frame, Locator, Page } from 'playwright-core';
import { root } from '../../../tools/setup/paths.mjs';
import { startBrowser } from './browser.ts';
import { startServer, type Server, type ServerOptions } from './server.ts';

export interface WorkbenchOptions extends Omit<ServerOptions, 'profile'> {
  /** The folder to open. */
  readonly folder: string;
  /** What extensions are told that the editor speaks; the editor itself keeps to English. */
  readonly language?: string;
}

/** A real VS Code on a folder, used as a person does: keys, clicks on what is shown, pictures. */
export interface Workbench extends AsyncDisposable {
  readonly page: Page;
  readonly server: Server;
  /** Messages of errors that the page itself threw. */
  readonly pageErrors: readonly string[];
  /** Runs the command whose whole title (with its category, `Cairn: Run`) is shown in the palette. Fails when it is not offered. */
  palette(title: string): Promise<void>;
  /** Waits for the row of the open quick pick (in the step of that title) that contains `text` and takes it. */
  pick(text: string, title?: string): Promise<void>;
  /** Types into the open input box or quick pick and presses Enter. `title`: waits for the step of that title, since steps share one box. */
  answer(text: string, title?: string): Promise<void>;
  /** Opens a file of the folder by its name, as the palette's file search does. */
  openFile(name: string): Promise<void>;
  /** The innermost frame of the webview that shows an element matching `selector`; waits for it. */
  webview(selector: string): Promise<Frame>;
  /** Waits for a notification that contains `text`, in the list behind the bell: under the test driver only errors pop up. */
  notified(text: string): Promise<void>;
  /** Writes build/screenshots/NAME.png and returns its path. Wait for the content first: a picture taken at once can show an empty view. */
  screenshot(name: string): Promise<string>;
}

const visibleWithin = { timeout: 60_000 };

/** Starts server and browser and waits until the workbench can be used. */
export async function startWorkbench({ folder, language, ...options }: WorkbenchOptions): Promise<Workbench> {
  const scratch = mkdtempSync(path.join(os.tmpdir(), 'wb-'));
  const stack = new AsyncDisposableStack();
  stack.defer(() => rmSync(scratch, { recursive: true, force: true, maxRetries: 5, retryDelay: 100 }));
  try {
    const server = stack.use(await startServer({ ...options, profile: path.join(scratch, 'profile') }));
    const browser = await startBrowser(path.join(scratch, 'browser'));
    stack.defer(() => browser.close());
    const page = await firstPage(browser);
    const pageErrors: string[] = [];
    page.on('pageerror', (error) => pageErrors.push(error.message));
    if (language !== undefined)
      await page.addInitScript((given) => void Object.assign(globalThis, { _VSCODE_NLS_LANGUAGE: given }), language);
    await page.goto(server.addressOf(folder));
    await page.locator('.explorer-folders-view .monaco-list-row').first().waitFor(visibleWithin);
    return { page, server, pageErrors, ...toGestures(page), [Symbol.asyncDispose]: () => stack.disposeAsync() };
  } catch (error) {
    await stack.disposeAsync();
    throw error;
  }
}

async function firstPage(browser: BrowserContext): Promise<Page> {
  return browser.pages()[0] ?? browser.newPage();
}

/** The same for another window of the workbench, such as one that a command has opened. */
export function toGestures(
  page: Page,
): Pick<Workbench, 'palette' | 'pick' | 'answer' | 'openFile' | 'webview' | 'notified' | 'screenshot'> {
  return {
    palette: (title) => runCommand(page, title),
    pick: (text, title) => pickRow(page, text, title),
    answer: (text, title) => answerInput(page, text, title),
    openFile: (name) => openFile(page, name),
    webview: (selector) => findWebview(page, selector),
    notified: (text) => findNotification(page, text),
    screenshot: (name) => takePicture(page, name),
  };
}

const input = '.quick-input-widget input[type=text]';

/** The palette's list is made when it opens and can lag behind the text, and puts similar titles first: Enter is pressed only on the exact row. */
async function runCommand(page: Page, title: string): Promise<void> {
  const deadline = Date.now() + visibleWithin.timeout;
  // The whole label: what was typed is marked inside of longer ones, as an element of its own.
  const label = page.locator('.label-name').filter({ hasText: new RegExp(`^${title.replaceAll(/[.*+?^${}()|[\]\\]/g, '\\$&')}$`) });
  const exact = page.locator('.quick-input-list .monaco-list-row').filter({ has: label });
  const focused = page.locator('.quick-input-list .monaco-list-row.focused').filter({ has: label });
  while (Date.now() < deadline) {
    await page.keyboard.press('F1');
    if (await fills(page.locator(input).first(), `>${title}`)) {
      const isOffered = await appears(exact.first(), 2_500);
      for (let step = 0; isOffered && step < 12; step++) {
        if (await appears(focused, 150)) return page.keyboard.press('Enter');
        await page.keyboard.press('ArrowDown');
      }
    }
    await page.keyboard.press('Escape');
  }
  throw new Error(`the palette does not offer "${title}"`);
}

/** False when the palette closed again, as it does when a new panel takes the focus. */
async function fills(field: Locator, text: string): Promise<boolean> {
  return field.fill(text, { timeout: 2_000 }).then(
    () => true,
    () => false,
  );
}

async function appears(locator: Locator, timeout: number): Promise<boolean> {
  return locator.waitFor({ timeout }).then(
    () => true,
    () => false,
  );
}

/** By the keyboard: rows move while a list is filled, so a click can hit another one. */
async function pickRow(page: Page, text: string, title?: string): Promise<void> {
  if (title !== undefined) await page.locator('.quick-input-title', { hasText: title }).waitFor(visibleWithin);
  const focused = page.locator('.quick-input-list .monaco-list-row.focused', { hasText: text });
  const deadline = Date.now() + visibleWithin.timeout;
  while (Date.now() < deadline) {
    if ((await fills(page.locator(input).first(), text)) && (await appears(focused, 1_000))) return page.keyboard.press('Enter');
  }
  throw new Error(`no list offers "${text}"`);
}

async function answerInput(page: Page, text: string, title: string | undefined): Promise<void> {
  if (title !== undefined) await page.locator('.quick-input-title', { hasText: title }).waitFor(visibleWithin);
  const field = page.locator(input).first();
  await field.waitFor(visibleWithin);
  await field.fill(text);
  await page.keyboard.press('Enter');
}

/** The box may be taken away by what was done before, such as a command that moves editors: then it is opened again. */
async function openFile(page: Page, name: string): Promise<void> {
  const row = page.locator('.quick-input-list .monaco-list-row.focused', { hasText: path.basename(name) });
  const deadline = Date.now() + visibleWithin.timeout;
  for (;;) {
    await page.keyboard.press('Control+P');
    if ((await fills(page.locator(input).first(), name)) && (await appears(row, 5_000))) break;
    if (Date.now() > deadline) throw new Error(`no file ${name} is offered`);
    await page.keyboard.press('Escape');
  }
  await page.keyboard.press('Enter');
  await page.locator('.tab.active', { hasText: path.basename(name) }).waitFor(visibleWithin);
}

/**
 * The list closes by itself when its last row goes, as that of a finished progress does just before the message that follows it:
 * it is opened until it shows the row.
 */
async function findNotification(page: Page, text: string): Promise<void> {
  const bell = page.locator('[id="status.notifications"]');
  const list = page.locator('.notifications-center.visible');
  const row = list.locator('.notification-list-item', { hasText: text }).first();
  const deadline = Date.now() + visibleWithin.timeout;
  while (!(await appears(row, 500))) {
    if (Date.now() > deadline) throw new Error(`no notification says "${text}"`);
    if (!(await list.isVisible())) await bell.click(visibleWithin);
  }
  while (await list.isVisible()) await bell.click(visibleWithin);
}

async function findWebview(page: Page, selector: string): Promise<Frame> {
  const deadline = Date.now() + visibleWithin.timeout;
  while (Date.now() < deadline) {
    for (const frame of page.frames().filter((candidate) => candidate.url().includes('fake.html'))) {
      // A frame can be replaced while we look into it: then it is not the one.
      if (
        (await frame
          .locator(selector)
          .count()
          .catch(() => 0)) > 0
      )
        return frame;
    }
    await page.waitForTimeout(50);
  }
  throw new Error(`no webview shows ${selector}`);
}

async function takePicture(page: Page, name: string): Promise<string> {
  const file = path.join(root, 'build/screenshots', `${name}.png`);
  mkdirSync(path.dirname(file), { recursive: true });
  await page.screenshot({ path: file });
  return file;
}
