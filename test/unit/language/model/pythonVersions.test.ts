import assert from 'node:assert/strict';
import { hasCommonPython } from '../../../../language/model/pythonVersions.ts';

describe('hasCommonPython', () => {
  const rows: readonly (readonly [readonly string[], boolean])[] = [
    [['>=3.10,<3.15'], true],
    [['>=3.12,<3.10'], false],
    [['>=3.13', '>=3.10,<3.12'], false],
    [['3.11', '>=3.10'], true],
    [['3.11', '>=3.11.5'], true],
    [['3.11', '3.12'], false],
    [['3.11.4', '3.11'], true],
    [['==3.11.*', '!=3.11.*'], false],
    [['>3.11,<3.11.1'], false],
    [['>3.11', '<3.12'], true],
    [['~=3.11', '>=3.14'], true],
    [['~=3.11.2', '>=3.12'], false],
    [['<3.10', '>=2.7'], true],
    [['>=3', '<4'], true],
    [['nonsense', '3.11'], true],
    [[], true],
  ];
  for (const [specifiers, expected] of rows) {
    it(`${specifiers.join(' and ') || 'nothing'}: ${String(expected)}`, () => assert.equal(hasCommonPython(specifiers), expected));
  }
});
