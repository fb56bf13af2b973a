import assert from 'node:assert/strict';
import { readLockedPackages } from '../../../../language/parse/lockText.ts';

describe('readLockedPackages', () => {
  it('reads names, normalised, over hashes, markers, extras and comments', () => {
    const text =
      '# made by uv\r\nScikit_Learn==1.5 ; python_version >= "3.10" \\\r\n    --hash=sha256:aa \\\n    --hash=sha256:bb\n    # via x\nuvicorn[standard]==0.3\npkg @ https://example.com/p.whl\n--index-url https://x\n\n';
    assert.deepEqual([...(readLockedPackages(text) ?? [])], ['scikit-learn', 'uvicorn', 'pkg']);
  });

  it('does not judge what it does not understand', () => {
    for (const text of ['-r other.txt', '-e .', 'numpy>=1', 'numpy']) assert.equal(readLockedPackages(text), undefined, text);
  });
});
