import assert from 'node:assert/strict';
import fc from 'fast-check';
import { evaluateMarker } from '../../../../../../rde-agent/runtimes/process/python/marker.ts';
import { parseRequirements } from '../../../../../../rde-agent/runtimes/process/python/requirements.ts';
import { parseSpecifier } from '../../../../../../rde-agent/runtimes/process/python/versionSpecifier.ts';

const VARIABLES = { python_full_version: '3.13.0', sys_platform: 'linux' };
const LOCK = `# made by a tool
--index-url https://example.invalid/simple
cloudpickle==3.1.2 \\
    --hash=sha256:bbbb \\
    --hash=sha256:aaaa
    # via joblib
numpy==2.2.6 ; python_full_version < '3.11' \\
    --hash=sha256:0101
numpy==2.5.5 ; python_full_version >= '3.11' \\
    --hash=sha256:0202
Scikit_Learn[extra]==1.9.0 --hash=sha256:0303  # comment
colorama==0.4.6 ; sys_platform == 'win32' --hash=sha256:0404
`;

describe('locked requirements', () => {
  it('reads what applies to the interpreter, with sorted hashes and normalised names', () => {
    assert.deepEqual(parseRequirements(LOCK, VARIABLES), {
      kind: 'requirements',
      list: [
        { name: 'cloudpickle', version: '3.1.2', hashes: ['sha256:aaaa', 'sha256:bbbb'] },
        { name: 'numpy', version: '2.5.5', hashes: ['sha256:0202'] },
        { name: 'scikit-learn', version: '1.9.0', hashes: ['sha256:0303'] },
      ],
    });
  });

  it('reads an empty lock', () => {
    assert.deepEqual(parseRequirements('', VARIABLES), { kind: 'requirements', list: [] });
  });

  const bad: readonly (readonly [string, number])[] = [
    ['a==1 --hash=sha256:00\nb>=2 --hash=sha256:00', 2],
    ['a==1', 1],
    ['# c\n\na==1 ; colour == "red" --hash=sha256:00', 3],
    ['-e .', 1],
    ['-r other.txt', 1],
    ['a @ https://example.invalid/a.whl --hash=sha256:00', 1],
    ['a==1 --hash=sha256:00\na==2 --hash=sha256:00', 2],
    ['a==1 \\\n  --hash=sha256:00\n<<<<<<< HEAD', 3],
  ];
  for (const [text, line] of bad) {
    it(`names line ${String(line)} of ${JSON.stringify(text)}`, () => {
      const result = parseRequirements(text, VARIABLES);
      assert.equal(result.kind === 'unreadable' ? result.line : result.kind, line);
    });
  }

  it('answers whatever text it is given', () => {
    const words = fc.constantFrom(
      'sys_platform',
      '==',
      "'linux'",
      '(',
      ')',
      'and',
      'or',
      'not',
      'in',
      '3.11',
      '>=',
      '~=',
      '\\',
      '\n',
      ';',
      '--hash=sha256:00',
      '#',
      ' ',
    );
    const texts = fc.oneof(
      fc.string(),
      fc.array(words).map((parts) => parts.join(' ')),
    );
    fc.assert(
      fc.property(texts, (text) => {
        parseRequirements(text, VARIABLES);
        evaluateMarker(text, VARIABLES);
        parseSpecifier(text);
      }),
    );
  });
});
