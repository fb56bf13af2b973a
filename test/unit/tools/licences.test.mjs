import assert from 'node:assert/strict';
import { findForbidden } from '../../../tools/check/licences.mjs';

const check = (entry, expected, name = 'some-package') => {
  const found = findForbidden({ '': { license: 'GPL-3.0' }, [`node_modules/${name}`]: entry });
  assert.equal(found.length === 0, expected, found.join());
};

describe('licence gate', () => {
  it('takes free licences in what is shipped', () => check({ license: 'MIT' }, true));
  it('takes either of two', () => check({ license: '(GPL-3.0 OR MIT)' }, true));
  it('needs both of two', () => check({ license: 'MIT AND GPL-3.0' }, false));
  it('refuses copyleft', () => check({ license: 'GPL-3.0-only', dev: true }, false));
  it('refuses silence', () => check({}, false));
  it('takes weak copyleft in development only', () => {
    check({ license: 'MPL-2.0', dev: true }, true);
    check({ license: 'MPL-2.0' }, false);
  });
  it('takes an exception in development only', () => {
    check({ license: 'SEE LICENSE IN LICENSE.txt', dev: true }, true, '@vscode/vsce-sign');
    check({ license: 'SEE LICENSE IN LICENSE.txt' }, false, '@vscode/vsce-sign');
  });
});
