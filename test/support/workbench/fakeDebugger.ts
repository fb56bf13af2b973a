import { execFileSync } from 'node:child_process';
import path from 'node:path';
import { root } from '../../../tools/setup/paths.mjs';

const pack = `import os, sys, zipfile
with zipfile.ZipFile(sys.argv[1], "w") as vsix:
    for name in sorted(os.listdir(sys.argv[2])):
        vsix.write(os.path.join(sys.argv[2], name), "extension/" + name)`;

/** An extension that debugs Python as far as a test needs it: it starts what it is asked to, and tells when that has ended. */
export function packFakeDebugger(folder: string): string {
  const vsix = path.join(folder, 'fake-debugger.vsix');
  execFileSync('python3', ['-c', pack, vsix, path.join(root, 'test/fixtures/fakeDebugger')]);
  return vsix;
}
