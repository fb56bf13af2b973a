import assert from 'node:assert/strict';
import { globSync, readFileSync } from 'node:fs';
import { root } from '../../../../tools/setup/paths.mjs';

const read = (pattern: string): string =>
  globSync(pattern, { cwd: root })
    .map((file) => readFileSync(`${root}/${file}`, 'utf8'))
    .join('\n');

describe('portal/theme', () => {
  it('has each variable of the editor that a style uses without another choice', () => {
    const known = new Set(Array.from(read('rde-agent/portal/styles/theme.css').matchAll(/^\s*(--vscode-[\w-]+):/gm), ([, name]) => name));
    const used = Array.from(read('{webviews,rde-agent/portal}/**/*.css').matchAll(/var\((--vscode-[\w-]+)\)/g), ([, name]) => name);
    assert.ok(used.length > 100);
    assert.deepEqual([...new Set(used)].filter((name) => !known.has(name) && !isOfForcedColours(name)).sort(), []);
  });
});

/** Only where the system forces its colours are these there; everywhere else nothing is drawn with them. */
function isOfForcedColours(name: string | undefined): boolean {
  return name === '--vscode-contrastBorder' || name === '--vscode-contrastActiveBorder';
}
