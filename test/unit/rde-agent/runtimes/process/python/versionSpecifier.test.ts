import assert from 'node:assert/strict';
import { compareVersions, parseVersion } from '../../../../../../rde-agent/runtimes/process/python/version.ts';
import { parseSpecifier } from '../../../../../../rde-agent/runtimes/process/python/versionSpecifier.ts';

function matches(specifier: string, version: string): boolean | undefined {
  const parsed = parseVersion(version);
  assert.ok(parsed, version);
  return parseSpecifier(specifier)?.(parsed);
}

describe('version specifiers', () => {
  const cases: readonly (readonly [string, readonly string[], readonly string[]])[] = [
    ['>=3.10,<3.15', ['3.10.0', '3.14.9'], ['3.9.18', '3.15.0', '3.15.0a1']],
    ['3.11', ['3.11.0', '3.11.7'], ['3.1.1', '3.110.0', '3.12.0']],
    ['3', ['3.10.1'], ['4.0.0']],
    ['3.11.7', ['3.11.7'], ['3.11.8']],
    ['==3.12.*', ['3.12.0', '3.12.1'], ['3.13.0']],
    ['==3.12', ['3.12.0'], ['3.12.1']],
    ['~=3.11', ['3.11.0', '3.14.0'], ['3.10.9', '4.0.0']],
    ['~=3.11.2', ['3.11.2', '3.11.9'], ['3.11.1', '3.12.0']],
    ['>=3.10,!=3.12.1', ['3.12.0', '3.12.2'], ['3.12.1']],
    ['!=3.12.*', ['3.11.0'], ['3.12.4']],
    ['>3.11', ['3.11.1', '3.12.0'], ['3.11.0', '3.11']],
    ['<=3.12', ['3.12.0'], ['3.12.1']],
    ['===3.13.0', ['3.13.0'], ['3.13.1']],
    [' >= 3.10 , < 3.13 ', ['3.12.9'], ['3.13.0']],
  ];
  for (const [specifier, admitted, refused] of cases) {
    it(`${specifier} admits ${admitted.join(', ')} and not ${refused.join(', ')}`, () => {
      for (const version of admitted) assert.equal(matches(specifier, version), true, version);
      for (const version of refused) assert.equal(matches(specifier, version), false, version);
    });
  }

  it('says of other texts that they are none', () => {
    for (const text of ['', 'python', '>=', '>=3.10,', '>=3.10.*', '~=3', '=3.10', '3.x'])
      assert.equal(parseSpecifier(text), undefined, text);
  });
});

describe('versions', () => {
  it('are ordered as PEP 440 orders them', () => {
    const ordered = [
      '3.13.0.dev1',
      '3.13.0a1.dev1',
      '3.13.0a1',
      '3.13.0a2',
      '3.13.0b1',
      '3.13.0rc1',
      '3.13.0',
      '3.13.0.post1',
      '3.13.1',
      '3.14',
    ];
    const parsed = ordered.map((text) => parseVersion(text) ?? assert.fail(text));
    const sorted = [...parsed].reverse().sort(compareVersions);
    assert.deepEqual(sorted, parsed);
  });

  it('reads a build between two releases as the release', () => {
    assert.equal(matches('==3.13.0', '3.13.0+'), true);
  });
});
