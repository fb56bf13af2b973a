import type { Page } from 'playwright-core';

/** What stands behind the lines of the editors in sight: decorations, which style sheets make and the page's text does not hold. */
export function readAfterTexts(page: Page): Promise<readonly string[]> {
  return page.evaluate(() =>
    [...document.querySelectorAll('.monaco-editor .view-line span')].flatMap((span) => {
      const { content } = getComputedStyle(span, '::after');
      return content === 'none' || content === 'normal'
        ? []
        : [content.replace(/^"|"$/g, '').replaceAll('\\"', '"').replaceAll('\u00a0', ' ')];
    }),
  );
}
