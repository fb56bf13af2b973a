// `npm run format`: prettier and ruff over everything that `npm run check` looks at.
import { spawnSync } from 'node:child_process';
import path from 'node:path';
import { checkPython } from './check/ruff.mjs';
import { root } from './setup/paths.mjs';

const paths = process.argv.slice(2);
const prettier = path.join(root, 'node_modules/.bin/prettier');
const { status } = spawnSync(process.execPath, [prettier, '--write', '--log-level', 'warn', ...(paths.length > 0 ? paths : ['.'])], {
  cwd: root,
  stdio: 'inherit',
});
const left = paths.length > 0 ? [] : checkPython({ write: true });
if (left.length > 0) console.log(left.join('\n'));
process.exitCode = status || (left.length > 0 ? 1 : 0);
